// How long it takes from the kernel's message that a cable is out, or in again, until each observer has said so. All watch the same cable at
// once, so they also wait for each other: on few processors, those who need least are first.
import { setTimeout as delay } from 'node:timers/promises'
import { carrier } from '@roamkit/lab-linux'
import { median, record } from '../results.mjs'
import { qtObstacle } from '../set-up-lab.mjs'
import { nodeProgram, pythonProgram, Teller } from '../teller.mjs'
import { DEVICE, GROUP, PROFILE } from './lab.mjs'

/** How often those poll who poll, in milliseconds. */
const [FAST_POLL, SLOW_POLL] = [1000, 10_000]
/** An observer that has said nothing until then says nothing, in milliseconds. NetworkManager gives a link up after 6 s without a carrier. */
const LIMIT = 2 * SLOW_POLL
/** For an outage so short that NetworkManager keeps the link. */
const MOMENT = 2 * FAST_POLL
/** The kernel may put a message off for a second. */
const SOON = 5000

/** What is printed of each observer. */
const TITLES = {
  networkmanager: 'a session on networkManager()',
  kernel: 'a session on kernel()',
  nmcli: 'nmcli monitor, of the device',
  'nmcli connectivity': 'nmcli monitor, of Connectivity',
  'dbus-monitor': 'dbus-monitor, of Carrier as NetworkManager reports it',
  ip: 'ip monitor link address',
  'qt networkmanager': "Qt 5.15's QNetworkSession on NetworkManager's profile",
  'qt generic': "Qt 5.15's QNetworkSession on the interface",
  polling: 'os.networkInterfaces() every second',
  'node-wifi': 'node-wifi',
}
/** @typedef {keyof typeof TITLES} Who */

/** Ours, and what each is compared with. @type {Partial<Record<Who, readonly Who[]>>} */
const BESIDE = {
  networkmanager: [
    'nmcli',
    'nmcli connectivity',
    'dbus-monitor',
    'ip',
    'qt networkmanager',
    'qt generic',
    'polling',
    'node-wifi',
  ],
  kernel: ['ip', 'polling'],
}
const OURS = /** @type {Who[]} */ (Object.keys(BESIDE))

/**
 * What is done to the cable; `limit`: how long observers are waited for, in milliseconds; `without`: who tells of less than that.
 *
 * @typedef {{ name: string, says: 'up' | 'down', limit: number, without?: Who }} Change
 * @type {readonly Change[]}
 */
const CHANGES = [
  { name: 'a cable goes out for a moment', says: 'down', limit: MOMENT },
  { name: 'a cable is in again after a moment', says: 'up', limit: MOMENT },
  { name: 'a cable goes out', says: 'down', limit: LIMIT },
  // By now NetworkManager has given the link up: it takes more than a carrier to be connected again.
  {
    name: 'a cable is in again, and DHCP gives an address',
    says: 'up',
    limit: LIMIT,
    without: 'dbus-monitor',
  },
]

/**
 * Who watches. `times`: milliseconds, a row for each change; `misses`: why there is none.
 *
 * @typedef {{ who: Who, teller: Teller, times: Map<Change, number[]>, misses: Map<Change, string> }} Observer
 */

/** @param {number} rounds */
export async function carrierToHandler(rounds) {
  const witness = new Teller(pythonProgram('linux/witness.py', DEVICE))
  await witness.started()
  const { tellers, observers } = await startObservers()
  for (let round = 0; round < rounds; round += 1) {
    for (const change of CHANGES) {
      // What polls is met at every phase of its period: otherwise it would always just have looked.
      const period = FAST_POLL + (change.limit === MOMENT ? 0 : SLOW_POLL)
      await delay((period * (round + 0.5)) / rounds)
      await make(change, witness, observers)
    }
  }
  await Promise.all([witness, ...tellers].map((one) => one.end()))
  for (const change of CHANGES) for (const ours of OURS) report(change, ours, observers)
}

async function startObservers() {
  const kinds = [...OURS, 'nmcli', 'dbus-monitor', 'ip', 'polling', 'node-wifi']
  const commands = kinds.map((kind) => nodeProgram('linux/observer.mjs', kind, DEVICE, PROFILE))
  const obstacle = qtObstacle()
  if (obstacle === null) commands.push(pythonProgram('linux/qt.py', 'observe', DEVICE, PROFILE))
  else console.log(`Qt 5.15's QNetworkSession: left out, ${obstacle}`)
  const tellers = commands.map((command) => new Teller(command))
  /** @type {Observer[]} */
  const observers = []
  for (const teller of tellers) {
    const { says, who, why } = await teller.started()
    for (const one of /** @type {Who[]} */ (who)) {
      const times = new Map(CHANGES.map((change) => [change, /** @type {number[]} */ ([])]))
      const misses = new Map(says === 'unable' ? CHANGES.map((change) => [change, String(why)]) : [])
      observers.push({ who: one, teller, times, misses })
    }
  }
  return { tellers, observers }
}

/** Changes the cable, and waits for all who have not missed that change before. @param {Change} change @param {Teller} witness @param {Observer[]} observers */
async function make(change, witness, observers) {
  const { says, limit } = change
  // Who polls slowly may have noticed the end of the last outage only now, or not yet.
  if (says === 'down') await Promise.all(observers.map(untilUp))
  const heard = witness.after((line) => line.says === says)
  const awaited = observers
    .filter(({ misses }) => !misses.has(change))
    // On its way up a link may well be down. It is never up while the cable is out.
    .map((observer) => ({
      observer,
      told: observer.teller.after(
        (line) => line.who === observer.who && (line.says === says || says === 'down'),
      ),
    }))
  await carrier('a', says)
  const seen = await heard(SOON)
  if (seen === null) throw new Error(`the kernel did not say that the cable is ${says}`)
  await Promise.all(
    awaited.map(async ({ observer: { times, misses }, told }) => {
      const line = await told(limit)
      if (line?.says === says) times.get(change)?.push((line.at - seen.at) / 1e6)
      else misses.set(change, line === null ? `says nothing within ${limit / 1000} s` : 'says the opposite')
    }),
  )
}

/** @param {Observer} observer */
async function untilUp({ who, teller }) {
  const last = teller.lines.findLast((line) => line.who === who)
  if (last?.says === 'down') await teller.after((line) => line.who === who && line.says === 'up')(LIMIT)
}

/** @param {Change} change @param {Who} ours @param {readonly Observer[]} observers */
function report(change, ours, observers) {
  const mine = observers.find(({ who }) => who === ours)
  if (mine === undefined || mine.misses.has(change)) throw new Error(`${ours}: ${mine?.misses.get(change)}`)
  const time = (/** @type {Observer} */ { times }) => median(times.get(change) ?? [])
  const name = `${change.name}: until the handler of ${TITLES[ours]}`
  const found = { group: GROUP, name, unit: 'ms', ours: time(mine) }
  for (const observer of observers) {
    const { who, misses } = observer
    if (!BESIDE[ours]?.includes(who) || change.without === who) continue
    const missed = misses.get(change)
    if (missed === undefined) record({ ...found, reference: time(observer), referenceName: TITLES[who] })
    else record({ ...found, referenceName: `${TITLES[who]}: ${missed}` })
  }
}
