// labs/windows/run, seen from the machine: on the Linux side, by `node --test`.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const RUN = fileURLToPath(new URL('../run', import.meta.url))
const SHOW_NETWORK = 'readlink /proc/self/ns/net'
/** node.exe that runs for ever, and wineserver with it. */
const FOR_EVER = `${SHOW_NETWORK}
wine-node -e "setInterval(() => {}, 1000); fs.writeFileSync('Z:/run/runs', '')" &
until [ -e /run/runs ]; do sleep 0.02; done
echo begun; wait`

/** @param {string[]} args @param {string[]} [before] */
function start(args, before = []) {
  const [file = '', ...rest] = [...before, RUN, ...args]
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { output: '', errors: '' }
  child.stdout.on('data', (data) => {
    said.output += data
  })
  child.stderr.on('data', (data) => {
    said.errors += data
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...said }))
  return { child, ended, said }
}

/** @param {() => boolean} holds @param {() => unknown} seen */
async function until(holds, seen) {
  const end = performance.now() + 30_000
  while (!holds()) {
    assert.ok(performance.now() < end, JSON.stringify(seen()))
    await delay(20)
  }
}

/** @param {string} network */
function processesIn(network) {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/net`) === network
    } catch {
      return false // gone, or a zombie
    }
  })
}

/** @param {string} output the network's name is its first line */
async function nothingIsLeft(output) {
  const [network = ''] = output.split('\n')
  assert.match(network, /^net:\[\d+\]$/)
  await until(
    () => processesIn(network).length === 0,
    () => processesIn(network),
  )
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  assert.doesNotMatch(mounts, /roamkit-lab|@koromix/)
}

describe('labs/windows/run', () => {
  test("runs node.exe, and ends with the program's exit code", async () => {
    const args = [
      '--node',
      '20',
      '-e',
      'console.log(process.platform); console.error(1); process.exitCode = 7',
    ]
    const { code, output, errors } = await start(args).ended
    assert.deepEqual({ code, output, errors }, { code: 7, output: 'win32\n', errors: '1\n' })
  })

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGKILL'])) {
    test(`leaves nothing behind when it is ended by ${signal}`, async () => {
      const { child, ended, said } = start(['--machine', 'bash', '-c', FOR_EVER])
      await until(
        () => said.output.includes('begun'),
        () => said,
      )
      child.kill(signal)
      await ended
      await nothingIsLeft(said.output)
    })
  }

  test('leaves nothing behind when the process that started it is killed', async () => {
    const parent = ['bash', '-c', '"$@" & wait', 'bash']
    const { child, said } = start(['--machine', 'bash', '-c', FOR_EVER], parent)
    await until(
      () => said.output.includes('begun'),
      () => said,
    )
    child.kill('SIGKILL')
    await nothingIsLeft(said.output)
  })

  test('ends a program that takes too long, and shows what it has said', async () => {
    const { code, output, errors } = await start([
      '--limit',
      '20',
      '-e',
      'console.log("begun"); setInterval(() => {}, 1000)',
    ]).ended
    assert.deepEqual({ code, output }, { code: 124, output: 'begun\n' })
    assert.match(errors, /^lab: not within 20 s/)
  })

  test('says what is wrong with its options', async () => {
    const { code, errors } = await start(['--node', '6', 'x.mjs']).ended
    assert.deepEqual({ code, errors }, { code: 125, errors: 'lab: --node 20 or 22\n' })
  })
})
