// Runs turbo tasks and says of each whether it passed, and whether the answer came from turbo's cache.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand, withoutNoise } from './run-command.mjs'

const SUMMARIES = join(root, '.turbo/runs')

/**
 * @typedef {{ id: string, exists: boolean, outcome: 'passed' | 'failed' | 'not run', cached: boolean, output: string }} Task
 * @param {readonly string[]} names
 * @param {readonly string[]} [packages] all that have the task, when left out
 * @returns {Promise<{ ok: boolean, output: string, tasks: Task[] }>} tasks that the named ones depend on are there too
 */
export async function runTurbo(names, packages = []) {
  rmSync(SUMMARIES, { recursive: true, force: true })
  const filters = packages.map((name) => `--filter=${name}`)
  const flags = ['--summarize', '--continue=dependencies-successful', '--output-logs=none', '--no-color']
  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  const { ok, output } = await runCommand(process.execPath, [turbo, 'run', ...names, ...filters, ...flags])
  const [summary] = existsSync(SUMMARIES) ? readdirSync(SUMMARIES) : []
  const tasks =
    summary === undefined ? [] : JSON.parse(readFileSync(join(SUMMARIES, summary), 'utf8')).tasks.map(toTask)
  rmSync(SUMMARIES, { recursive: true, force: true })
  return { ok, output, tasks }
}

/** @param {any} task of a summary @returns {Task} */
function toTask({ taskId, command, cache, execution, logFile }) {
  const cached = cache.status === 'HIT'
  const log = join(root, logFile)
  const ended = cached ? 0 : execution?.exitCode
  const outcome = ended === undefined || ended === null ? 'not run' : ended === 0 ? 'passed' : 'failed'
  return {
    id: taskId,
    exists: command !== '<NONEXISTENT>',
    outcome,
    cached,
    output: outcome === 'failed' && existsSync(log) ? withoutNoise(readFileSync(log, 'utf8')) : '',
  }
}
