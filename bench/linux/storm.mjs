// What it costs to listen while a thousand signals a second arrive.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { beside, median, record } from '../results.mjs'
import { qtObstacle } from '../set-up-lab.mjs'
import { nodeProgram, pythonProgram, Teller } from '../teller.mjs'
import { GROUP, untilSubscribed } from './lab.mjs'
import { childrenOf, cpuOf } from './watched.mjs'

const SIGNALS = 5000
const LONG = 60_000

/** @typedef {{ name: string, pids: readonly number[], costs: number[] }} Contestant */

/** Signals of a FAKE NetworkManager, on a bus of its own. @param {number} rounds */
export async function signalStorm(rounds) {
  const fake = new Teller(nodeProgram('linux/fake-storm.mjs'))
  const { address } = await fake.started()
  const env = { DBUS_SYSTEM_BUS_ADDRESS: String(address) }
  const ours = new Teller(nodeProgram('linux/storm-client.mjs', 'networkmanager', 'home'), env)
  await ours.started()
  const nmcli = spawn('nmcli', ['monitor'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const [first] = await once(createInterface(nmcli.stdout), 'line')
  nmcli.stdout.resume()
  if (first !== 'NetworkManager is running') throw new Error(`nmcli monitor says ${first}`)
  const obstacle = qtObstacle()
  const qt = obstacle === null ? new Teller(pythonProgram('linux/qt.py', 'idle'), env) : null
  await qt?.started()

  const contestants = [contestant('networkManager()', ours.pid), contestant('nmcli monitor', nmcli.pid ?? 0)]
  if (qt !== null)
    contestants.push(contestant("Qt 5.15's bearer, which does not listen to access points", qt.pid))
  for (let round = -1; round < rounds; round += 1) {
    await measure(contestants, round, async () => {
      const sent = fake.after(({ says }) => says === 'sent')
      fake.ask(String(SIGNALS))
      if ((await sent(LONG)) === null) throw new Error('the fake did not send its signals')
      await untilSeen(ours)
    })
  }
  nmcli.kill()
  await Promise.all([fake, ours, qt].map((one) => one?.end()))
  report('a signal of a storm of access points (FAKE NetworkManager)', contestants)
  if (obstacle !== null) console.log(`Qt 5.15's bearer: left out, ${obstacle}`)
}

/** @param {string} name @param {...number} pids @returns {Contestant} */
const contestant = (name, ...pids) => ({ name, pids, costs: [] })

/**
 * What each has cost while something ran. The first round is for the compiler, and does not count.
 *
 * @param {readonly Contestant[]} contestants @param {number} round @param {() => Promise<void>} act
 */
async function measure(contestants, round, act) {
  const cost = (/** @type {Contestant} */ { pids }) => pids.map(cpuOf).reduce((all, one) => all + one, 0)
  const before = contestants.map(cost)
  await act()
  if (round < 0) return
  for (const [index, one] of contestants.entries())
    one.costs.push((cost(one) - (before[index] ?? 0)) / SIGNALS)
}

/** What it knows now. @param {Teller} ours */
async function ask(ours) {
  const answer = ours.after(({ says }) => says === 'seen')
  ours.ask('seen?')
  const line = await answer(LONG)
  if (line === null) throw new Error('it does not answer')
  return line
}

/** The storm ends with signals of full strength: they must have arrived. @param {Teller} ours */
async function untilSeen(ours) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await ask(ours)).signal === 100) return
    await delay(50)
  }
  throw new Error('the last signals did not arrive')
}

/** @param {string} what @param {readonly Contestant[]} contestants ours comes first */
function report(what, [ours, ...others]) {
  if (ours === undefined) return
  const found = { group: GROUP, name: `processor time for ${what}, ${ours.name}`, unit: 'µs' }
  for (const { name, costs } of others)
    record({ ...found, ours: median(ours.costs), ...beside(name, median(costs)) })
}

/** Messages of the kernel about a link that changes nothing that matters: its alias. @param {number} rounds */
export async function kernelStorm(rounds) {
  const ours = new Teller(nodeProgram('linux/storm-client.mjs', 'kernel', 'eth-a'))
  const reader = new Teller(nodeProgram('linux/observer.mjs', 'ip', 'eth-a', 'lab-a'))
  const monitor = spawn('ip', ['-oneline', 'monitor', 'link'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = 0
  createInterface(monitor.stdout).on('line', () => {
    heard += 1
  })
  await Promise.all([ours.started(), reader.started(), untilSubscribed(monitor.pid ?? 0)])
  const contestants = [
    contestant('kernel()', ours.pid),
    contestant('ip monitor link', monitor.pid ?? 0),
    contestant('a Node program that reads ip monitor link address', reader.pid, ...childrenOf(reader.pid)),
  ]
  const ip = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'inherit', 'inherit'] })
  for (let round = -1; round < rounds; round += 1) {
    await measure(contestants, round, async () => {
      const wanted = heard + SIGNALS
      const start = performance.now()
      for (let sent = 0; sent < SIGNALS; sent += 10) {
        const lines = Array.from(
          { length: 10 },
          (_, index) => `link set dev eth-c alias ${round}-${sent + index}\n`,
        )
        ip.stdin.write(lines.join(''))
        await delay(Math.max(0, start + sent - performance.now()))
      }
      while (heard < wanted) await delay(10)
      // It answers when it has read what came before.
      await ask(ours)
    })
  }
  ip.stdin.end()
  monitor.kill()
  await Promise.all([ours.end(), reader.end()])
  report("a message of a storm of the kernel's", contestants)
}
