// Processes of node.exe on one scripted Windows: who holds a link, and who takes it down (rules H1, H2, H3).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from './until.mjs'

const CLI = fileURLToPath(import.meta.resolve('roamkit')).replace('index.js', 'cli.js')
/** Makes `windows()` load the scripted DLLs: nothing in the shipped command line can. */
const SCRIPTED_WINDOWS = new URL('scripted-windows.mjs', import.meta.url).href
const SCRIPT = `
adapter add Wi-Fi type=wifi
wifi add Wi-Fi
network add Home bssid=02:00:00:00:00:01
profile add Wi-Fi Home security=open
`
/** Runs until a file is there. */
const WAIT =
  "const { existsSync } = require('node:fs'); setInterval(() => existsSync(process.argv[1]) && process.exit(), 20)"

/** A process that holds Home until leave() is called or it is killed. @param {import('node:test').TestContext} context @param {string} world */
async function holder(context, world) {
  const place = mkdtempSync(join(tmpdir(), 'roamkit-'))
  const [script, end, output] = [join(place, 'world'), join(place, 'end'), join(place, 'output')]
  writeFileSync(script, SCRIPT)
  const file = openSync(output, 'w')
  const command = [CLI, 'open', 'Home', '--', process.execPath, '--eval', WAIT, end]
  const child = spawn(process.execPath, ['--import', SCRIPTED_WINDOWS, ...command], {
    stdio: ['ignore', file, file],
    env: {
      ...process.env,
      ROAMKIT_LAB_SCRIPT: script,
      ROAMKIT_LAB_WORLD: world,
      NO_COLOR: '1',
    },
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const said = () => readFileSync(output, 'utf8')
  context.after(async () => {
    child.kill()
    await exited
    writeFileSync(end, '')
    closeSync(file)
  })
  await until('open', () => /is open/.test(said()) || child.exitCode !== null, {
    within: 120_000,
    seen: said,
  })
  return {
    said,
    /** Lets go, and ends by itself. */
    async leave() {
      writeFileSync(end, '')
      assert.equal(await exited, 0, said())
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

test('the first process to leave leaves the link up, and the last one takes it down, in any order', async (context) => {
  const first = await holder(context, 'leave')
  const last = await holder(context, 'leave')
  assert.match(first.said(), /connecting/)
  assert.doesNotMatch(last.said(), /connecting/)
  await first.leave()
  assert.doesNotMatch(first.said(), /disconnected/)
  assert.doesNotMatch(last.said(), /closing/)
  await last.leave()
  assert.match(last.said(), /disconnected/)
})

test('a killed process does not count as a holder, and the last one takes the link down', async (context) => {
  const killed = await holder(context, 'kill')
  const last = await holder(context, 'kill')
  await killed.kill()
  await last.leave()
  assert.match(last.said(), /disconnected/)
})
