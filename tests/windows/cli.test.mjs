// The command line under node.exe, on scripted Windows: each command is a process, and they share one scripted world.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runNode } from '@roamkit/lab-windows'

const CLI = fileURLToPath(import.meta.resolve('roamkit')).replace('index.js', 'cli.js')
/** Makes `windows()` load the scripted DLLs: nothing in the shipped command line can. */
const SCRIPTED_WINDOWS = new URL('scripted-windows.mjs', import.meta.url).href
const SCRIPT = `
adapter add Wi-Fi type=wifi
wifi add Wi-Fi
network add Home bssid=02:00:00:00:00:01
profile add Wi-Fi Home security=open
profile add Wi-Fi Gone security=open
network add Bakery bssid=02:00:00:00:00:02
network add Locked bssid=02:00:00:00:00:03 key="correct horse"
vpn add Office
`

const CABLE = `
adapter add Cable
adapter up Cable
adapter address Cable add 10.5.0.2/24
`

/** @param {readonly string[]} words */
function roamkit(...words) {
  const script = join(mkdtempSync(join(tmpdir(), 'roamkit-')), 'world')
  // The laws want a link that is up.
  const isUp = words.includes('--self-test') ? CABLE : ''
  writeFileSync(script, SCRIPT + isUp)
  return runNode(['--import', SCRIPTED_WINDOWS, CLI, ...words], {
    env: { ROAMKIT_LAB_SCRIPT: script, NO_COLOR: '1' },
    limit: 45_000,
  })
}

test('list: the platform of Windows is windows, and its configurations are there', async () => {
  const { code, output, errors } = await roamkit('list', '--json')
  assert.equal(code, 0, errors)
  const names = JSON.parse(output).map((/** @type {{ name: string }} */ { name }) => name)
  for (const name of ['Home', 'Gone', 'Office']) assert.ok(names.includes(name), output)
})

test('open brings a link up, holds it while a command runs, and takes it down', async () => {
  const { code, output, errors } = await roamkit(
    'open',
    'Home',
    '--',
    process.execPath,
    '--eval',
    'console.log(6 * 7)',
  )
  assert.equal(code, 0, errors)
  assert.equal(output.trim(), '42')
  assert.match(errors, /connected/)
  assert.match(errors, /disconnected/)
})

test('scan lists the networks without a profile, too, with their security', async () => {
  const { code, output, errors } = await roamkit('scan', '--json')
  assert.equal(code, 0, errors)
  const found = JSON.parse(output).filter((/** @type {{ isSaved: boolean }} */ { isSaved }) => !isSaved)
  assert.deepEqual(
    found.map((/** @type {any} */ { name, wifi }) => [name, wifi.security]),
    [
      ['Bakery', 'open'],
      ['Locked', 'wpa'],
    ],
  )
})

test('open joins an open network that has no profile', async () => {
  const { code, errors } = await roamkit('open', 'Bakery', '--hold', '0')
  assert.equal(code, 0, errors)
  assert.match(errors, /connected/)
})

test('open says which key is missing if there is no terminal to ask on', async () => {
  const { code, errors } = await roamkit('open', 'Locked', '--hold', '0')
  assert.equal(code, 1)
  assert.match(errors, /needs its key \(psk\)/)
  assert.match(errors, /a password or key is missing/)
})

test('open says that a configuration is out of range', async () => {
  const { code, errors } = await roamkit('open', 'Office', '--hold', '0')
  assert.equal(code, 1)
  assert.match(errors, /Office/)
})

test('monitor prints the configurations, and ends', async () => {
  const { code, output, errors } = await roamkit('monitor', '--json', '--for', '500')
  assert.equal(code, 0, errors)
  assert.match(output, /Home/)
})

test('roam opens the best uplink, and ends', async () => {
  const { code, output, errors } = await roamkit('roam', '--for', '2000')
  assert.equal(code, 0, errors)
  assert.match(output, /Home/)
})

test('doctor says which backend it is', async () => {
  const { output } = await roamkit('doctor', '--json')
  assert.equal(JSON.parse(output).backend.name, 'windows')
})

test('doctor --self-test: every law that touches no link is kept, but for those that have nothing to look at', async () => {
  const { code, output, errors } = await roamkit('doctor', '--self-test', '--json')
  const { backend, verdicts, world } = JSON.parse(output)
  assert.equal(code, 0, `${errors} ${output}`)
  assert.equal(backend.name, 'windows')
  assert.equal(world.hasScope, true)
  assert.ok(verdicts.length > 20)
  const unkept = verdicts.filter((/** @type {{ outcome: string }} */ { outcome }) => outcome !== 'kept')
  // Each command has a world of its own, and in this one no link ever goes down.
  const waived = (/** @type {string} */ law, /** @type {string} */ reason) => {
    return { law, outcome: 'waived', reason, untried: [] }
  }
  assert.deepEqual(unkept, [waived('ended-is-over', 'no activation ever ended')])
})
