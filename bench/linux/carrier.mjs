// How long it takes from the kernel's message that a cable is out, or in again, until each observer has said so.
import { setTimeout as delay } from 'node:timers/promises'
import { carrier } from '@roamkit/lab-linux'
import { median, record } from '../results.mjs'
import { qtObstacle } from '../set-up-lab.mjs'
import { DEVICE, GROUP, PROFILE } from './lab.mjs'
import { nodeProgram, pythonProgram, Teller } from '../teller.mjs'

/** How often those poll who poll, in milliseconds. */
const [FAST_POLL, SLOWEST_POLL] = [1000, 10_000]
/** An observer that has said nothing until then says nothing, in milliseconds. NetworkManager gives a link up after 6 s without a carrier. */
const LIMIT = 2 * SLOWEST_POLL
/** For an outage so short that NetworkManager keeps the link. */
const MOMENT = 2 * FAST_POLL
/** The kernel may put a message off for a second. */
const SOON = 5000

/** What is printed of each. */
const TITLES = {
  networkmanager: 'a session on networkManager()',
  kernel: 'a session on kernel()',
  nmcli: 'nmcli monitor, of the device',
  'nmcli connectivity': 'nmcli monitor, of Connectivity',
  ip: 'ip monitor link',
  'qt networkmanager': "Qt 5.15's QNetworkSession on NetworkManager's profile",
  'qt generic': "Qt 5.15's QNetworkSession on the interface",
  polling: 'os.networkInterfaces() every second',
  'node-wifi': 'node-wifi',
}
const OURS = /** @type {const} */ (['networkmanager', 'kernel'])
/** @typedef {keyof typeof TITLES} Who */

/** What of these says more or less the same thing. */
const BESIDE = {
  networkmanager: ['nmcli', 'nmcli connectivity', 'ip', 'qt networkmanager', 'qt generic', 'polling'],
  kernel: ['ip', 'polling'],
}

/** What is done to the cable in a round, with how long observers are waited for, in milliseconds. */
const CHANGES = /** @type {const} */ ({
  'a cable goes out for a moment': { says: 'down', limit: MOMENT },
  'a cable is in again after a moment': { says: 'up', limit: MOMENT },
  'a cable goes out': { says: 'down', limit: LIMIT },
  'a cable is in again after NetworkManager gave the link up': { says: 'up', limit: LIMIT },
})
/** @typedef {keyof typeof CHANGES} Change */

/** @typedef {{ who: Who, teller: Teller, times: Record<Change, number[]>, wrong: Set<Change>, silent: Set<Change> }} Observer */

/** @param {number} rounds */
export async function carrierToHandler(rounds) {
  const witness = new Teller(pythonProgram('linux/witness.py', DEVICE))
  await witness.started()
  const { tellers, observers } = await startObservers()
  for (let round = 0; round < rounds; round += 1) {
    for (const change of /** @type {Change[]} */ (Object.keys(CHANGES))) {
      // What polls is met at every phase of its period: otherwise it would always just have looked.
      const period = FAST_POLL + (CHANGES[change].limit === MOMENT ? 0 : SLOWEST_POLL)
      await delay((period * (round + 0.5)) / rounds)
      await make(change, witness, observers)
    }
  }
  await Promise.all([witness, ...tellers].map((one) => one.end()))
  report(observers, rounds)
}

async function startObservers() {
  const kinds = [...OURS, 'nmcli', 'ip', 'polling', 'node-wifi']
  const commands = kinds.map((kind) => nodeProgram('linux/observer.mjs', kind, DEVICE, PROFILE))
  const obstacle = qtObstacle()
  if (obstacle === null) commands.push(pythonProgram('linux/qt.py', 'observe', DEVICE, PROFILE))
  else console.log(`Qt 5.15's QNetworkSession: left out, ${obstacle}`)
  const tellers = commands.map((command) => new Teller(command))
  /** @type {Observer[]} */
  const observers = []
  for (const teller of tellers) {
    const { says, who, why } = await teller.started()
    for (const one of /** @type {Who[]} */ (/** @type {unknown} */ (who))) {
      if (says === 'unable') console.log(`${TITLES[one]}: left out, ${why}`)
      else observers.push({ who: one, teller, times: noTimes(), wrong: new Set(), silent: new Set() })
    }
  }
  return { tellers, observers }
}

const noTimes = () =>
  /** @type {Record<Change, number[]>} */ (Object.fromEntries(Object.keys(CHANGES).map((one) => [one, []])))

/** Changes the cable, and waits for all who have not been silent before. @param {Change} change @param {Teller} witness @param {Observer[]} observers */
async function make(change, witness, observers) {
  const { says, limit } = CHANGES[change]
  // On its way up a link may well be down. It is never up while the cable is out.
  const tells = (/** @type {import('./teller.mjs').Line} */ line, /** @type {Who} */ who) =>
    line.who === who && (line.says === says || says === 'down')
  const heard = witness.after((line) => line.says === says)
  const awaited = observers
    .filter(({ silent }) => !silent.has(change))
    .map((observer) => ({ observer, line: observer.teller.after((one) => tells(one, observer.who)) }))
  await carrier('a', says)
  const seen = await heard(SOON)
  if (seen === null) throw new Error(`the kernel did not say that the cable is ${says}`)
  await Promise.all(
    awaited.map(async ({ observer: { times, wrong, silent }, line }) => {
      const said = await line(limit)
      if (said === null) silent.add(change)
      else if (said.says === says) times[change].push((said.at - seen.at) / 1e6)
      else wrong.add(change)
    }),
  )
}

/** @param {Observer[]} observers @param {number} rounds */
function report(observers, rounds) {
  for (const change of /** @type {Change[]} */ (Object.keys(CHANGES))) {
    for (const ours of OURS) {
      const mine = observers.find(({ who }) => who === ours)
      if (mine?.times[change].length !== rounds) throw new Error(`${ours} missed that ${change}`)
      const name = `${change}: until the handler of ${TITLES[ours]}`
      const found = { group: GROUP, name, unit: 'ms', ours: median(mine.times[change]) }
      for (const { who, times, wrong, silent } of observers.filter(({ who }) => BESIDE[ours].includes(who))) {
        if (times[change].length === rounds)
          record({ ...found, reference: median(times[change]), referenceName: TITLES[who] })
        else {
          const limit = `within ${CHANGES[change].limit / 1000} s`
          const why = wrong.has(change) ? 'said the opposite' : silent.has(change) ? `said nothing ${limit}` : ''
          record({ ...found, referenceName: `${TITLES[who]}: ${why}` })
        }
      }
    }
  }
}
