// From the kernel's message that a cable is out until a session on a service network is connected over another one.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { carrier } from '@roamkit/lab-linux'
import { median, record } from '../results.mjs'
import { now, pythonProgram, Teller } from '../teller.mjs'
import { byName, DEVICE, GROUP, run, untilDefault, untilSubscribed, within } from './lab.mjs'

const [FIRST, SECOND] = ['lab-a', 'lab-b']
/** The kernel may put a message off for a second. */
const SOON = 5000

/** @param {number} rounds */
export async function roamTime(rounds) {
  const witness = new Teller(pythonProgram('linux/witness.py', DEVICE))
  await witness.started()
  /** @type {Record<'warm' | 'primary' | 'cold' | 'script', number[]>} */
  const times = { warm: [], primary: [], cold: [], script: [] }
  for (let round = 0; round < rounds; round += 1) {
    await run('nmcli', 'connection', 'up', SECOND)
    const primary = await primaryMoves()
    times.warm.push(await roam(witness))
    times.primary.push(await primary.since(last(witness)))
    await restore()
    times.cold.push(await roam(witness))
    await restore()
    times.script.push(await scripted(witness))
    await restore()
  }
  await witness.end()
  record({
    ...{ group: GROUP, name: 'from a lost cable to connected on a link that is up', unit: 'ms' },
    ...{ ours: median(times.warm), reference: median(times.primary) },
    referenceName: "NetworkManager's own primary connection, as nmcli monitor tells it",
  })
  record({
    ...{ group: GROUP, name: 'from a lost cable to connected on a link that was down', unit: 'ms' },
    ...{ ours: median(times.cold), reference: median(times.script), goal: 1 },
    referenceName: 'a program that reads ip monitor and then runs nmcli connection up',
  })
}

/** The witness's last time. @param {Teller} witness */
const last = (witness) => witness.lines.at(-1)?.at ?? Number.NaN

/** Pulls the cable under a session that uses it; resolves to the milliseconds until it is connected again. @param {Teller} witness */
async function roam(witness) {
  const manager = await NetworkConfigurationManager.open(networkManager())
  const members = [FIRST, SECOND].map((name) => byName(manager, name).identifier)
  const session = manager.createSession(manager.defineServiceNetwork({ identifier: 'bench', members }))
  // What comes up is tried out by NetworkManager for a moment, before it has the default route.
  await untilDefault(manager, FIRST)
  await session.open()
  if (session.activeConfiguration !== members[0]) throw new Error('it is not open on the first link')
  /** @type {Promise<number>} */
  const connected = new Promise((resolve) => {
    session.on('stateChanged', (state) => {
      if (state === 'connected') resolve(now())
    })
  })
  const at = await pull(witness)
  const ms = ((await within('the session has roamed', connected)) - at) / 1e6
  if (session.activeConfiguration !== members[1]) throw new Error('it is not connected over the second link')
  await manager.close()
  return ms
}

/** Pulls the cable; resolves to when the kernel said so. @param {Teller} witness */
async function pull(witness) {
  const heard = witness.after(({ says }) => says === 'down')
  await carrier('a', 'down')
  const line = await heard(SOON)
  if (line === null) throw new Error('the kernel did not say that the cable is out')
  return line.at
}

/** What one might write instead. @param {Teller} witness */
async function scripted(witness) {
  const monitor = spawn('ip', ['-oneline', 'monitor', 'link'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lost = new Promise((resolve) => {
    createInterface(monitor.stdout).on('line', (line) => {
      if (line.includes(` ${DEVICE}`) && line.includes('NO-CARRIER')) resolve(null)
    })
  })
  await untilSubscribed(monitor.pid ?? 0)
  const up = lost.then(() => run('nmcli', 'connection', 'up', SECOND)).then(now)
  const at = await pull(witness)
  const ms = ((await within('the other link is up', up)) - at) / 1e6
  monitor.kill()
  return ms
}

/** NetworkManager's own idea of which link is the one that is used. */
async function primaryMoves() {
  const monitor = spawn('nmcli', ['monitor'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(monitor.stdout)
  /** @type {Promise<number>} */
  const moved = new Promise((resolve) => {
    lines.on('line', (line) => {
      if (line === `'${SECOND}' is now the primary connection`) resolve(now())
    })
  })
  await new Promise((resolve) => lines.once('line', resolve))
  return {
    /** @param {number} at */
    async since(at) {
      const ms = ((await within('NetworkManager has moved', moved)) - at) / 1e6
      monitor.kill()
      return ms
    },
  }
}

/** The first link up with its cable in, the second one down. */
async function restore() {
  await carrier('a', 'up')
  const active = await run('nmcli', '--terse', '--fields', 'NAME', 'connection', 'show', '--active')
  if (active.split('\n').includes(SECOND)) await run('nmcli', 'connection', 'down', SECOND)
  await run('nmcli', 'connection', 'up', FIRST)
}
