// What D-Bus costs beside a C program with sd-bus: `node bench/dbus.mjs [--rounds 5] [--signals 100000] [--objects 40]`. Each contestant runs in every
// round, in turn, in a process of its own, and its own CPU time counts, all threads included. dbus/client.mjs and sd-bus.c say what each does.
import { parseArgs } from 'node:util'
import { Contest } from './dbus/contest.mjs'
import { median, record } from './results.mjs'

/** @typedef {import('./dbus/contest.mjs').Way} Way */
/** @typedef {Record<string, string>} Names of contestants, in words */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    signals: { type: 'string', default: '100000' },
    objects: { type: 'string', default: '40' },
  },
})
const rounds = Number(values.rounds)
if (!(rounds >= 1)) throw new RangeError('at least one round')

const GROUP = 'D-Bus'
const SD_BUS = 'sd-bus (C)'

/** @type {Record<Way, { words: string, goal: number }>} */
const WAYS = {
  direct: { words: 'on a direct socket', goal: 0.8 },
  daemon: { words: 'through dbus-daemon', goal: 1.1 },
}
/** @type {Names} */
const READERS = {
  framing: 'Node cutting the bytes into messages and no more',
  mirror: 'backend-linux, from the socket to its mirror of the objects',
  listener: "from the socket to core's listeners",
  'dbus-next': "dbus-next's MessageBus",
}

/**
 * The medians by contestant, in microseconds of CPU time for each signal or call of the last task. The tasks before it are for the compiler.
 *
 * @param {Contest} contest
 * @param {readonly string[]} names
 * @param {readonly import('./dbus/contest.mjs').Task[]} tasks
 */
async function measure(contest, names, tasks) {
  /** @type {Map<string, number[]>} */
  const times = new Map(names.map((name) => [name, []]))
  const { times: count = 1 } = tasks.at(-1) ?? {}
  for (let round = 0; round < rounds; round += 1)
    for (const [name, all] of times) all.push(((await contest.run(name, tasks)).at(-1) ?? Number.NaN) / count)
  return (/** @type {string} */ name) => median(times.get(name) ?? [])
}

/** @param {Contest} contest @param {Way} way */
async function signals(contest, way) {
  const { words, goal } = WAYS[way]
  const times = Contest.signals(Number(values.signals))
  const task = { command: /** @type {const} */ ('signals'), times }
  const of = await measure(contest, ['sd-bus', ...Object.keys(READERS)], [task, task])
  const reference = of('sd-bus')
  for (const [name, who] of Object.entries(READERS)) {
    const isOurs = name === 'mirror' || name === 'listener'
    record({
      ...{ group: GROUP, name: `CPU per PropertiesChanged ${words}: ${who}`, unit: 'µs', ours: of(name) },
      ...{ reference, referenceName: SD_BUS, goal: isOurs ? goal : null },
    })
  }
}

/** @param {Contest} contest */
async function objects(contest) {
  const task = (/** @type {number} */ times) => ({ command: /** @type {const} */ ('objects'), times })
  const calls = Number(values.objects)
  const warm = await measure(contest, ['sd-bus', 'values', 'dbus-next'], [task(calls), task(calls)])
  const all = { group: GROUP, unit: 'ms' }
  const beside = { reference: warm('sd-bus') / 1000, referenceName: SD_BUS }
  const name = 'CPU per GetManagedObjects of 302 objects'
  record({ ...all, ...beside, name: `${name}, warm`, ours: warm('values') / 1000, goal: 1 })
  record({
    ...all,
    ...beside,
    name: `${name}, warm: ${READERS['dbus-next']}`,
    ours: warm('dbus-next') / 1000,
  })
  const cold = await measure(contest, ['dbus-next', 'values'], [task(1)])
  const bare = { reference: cold('dbus-next') / 1000, referenceName: 'dbus-next' }
  record({
    ...all,
    ...bare,
    name: `${name}, the first in a process`,
    ours: cold('values') / 1000,
    goal: 0.35,
  })
}

for (const way of /** @type {const} */ (['direct', 'daemon'])) {
  const contest = await Contest.open(way)
  try {
    await signals(contest, way)
    if (way === 'direct') await objects(contest)
  } finally {
    await contest.close()
  }
}
