// npm start: what this machine's network looks like to Roamkit, then a session's life on a scripted network.
// npm start -- <arguments>: the command line from these sources, with those arguments.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, runCommand } from './run-command.mjs'
import { setup } from './setup.mjs'
import { runTurbo } from './turbo.mjs'

const CLI = join(root, 'packages/roamkit/dist/cli.js')

/** @param {string} command */
async function roamkit(command) {
  console.log(`\n$ npx roamkit ${command}\n`)
  const { ok } = await runCommand(process.execPath, [CLI, command], { show: true })
  if (!ok) throw new Error(`roamkit ${command} failed`)
}

try {
  await setup({ labs: [] })
  const { ok, output, tasks } = await runTurbo(['build'])
  const failed = tasks
    .filter(({ outcome }) => outcome === 'failed')
    .map((task) => `${task.id}\n${task.output}`)
  if (!ok) throw new Error(`the build failed\n\n${failed.join('\n') || output}`)
  if (!existsSync(CLI)) throw new Error(`the build made no ${CLI}`)
  const words = process.argv.slice(2)
  if (words.length > 0) {
    // In this process: its streams, its signals and its exit code are the command line's.
    await import(pathToFileURL(CLI).href)
  } else {
    await roamkit('list')
    await roamkit('demo')
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
