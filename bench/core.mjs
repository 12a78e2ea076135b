// What core costs: a change of a configuration, of a session and of a ranking, with few and with many others that did not change; memory
// of each; and many sessions and managers at once. On the mock, in virtual time: `node bench/core.mjs [--rounds 7]`

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { median, record } from './results.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    events: { type: 'string', default: '20000' },
    only: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const events = Number(values.events)

/** What a contestant does so many times. @typedef {(events: number) => Promise<void>} Run */

/** @param {number} count */
const others = (count) => Array.from({ length: count }, (_, index) => ({ id: `other-${index}` }))

/** @param {import('@roamkit/backend-mock').MockConfiguration[]} configurations */
async function open(configurations) {
  const driver = mock({ configurations })
  return { driver, manager: await NetworkConfigurationManager.open(driver, { clock: new VirtualClock() }) }
}

let told = 0
const tell = () => {
  told += 1
}
/** Until so many were told. @param {number} count */
async function heard(count) {
  while (told < count) await null
}

/** One configuration changes its signal, and a listener of the manager is told. @param {number} configurations @returns {Promise<Run>} */
async function signalChanges(configurations) {
  const { driver, manager } = await open([
    { id: 'one', bearer: 'wlan', signal: 50 },
    ...others(configurations - 1),
  ])
  manager.on('configurationChanged', tell)
  return async (count) => {
    for (let event = 0; event < count; event += 1) {
      const before = told
      driver.world.set('one', { signal: event % 2 === 0 ? 70 : 50 })
      await heard(before + 1)
    }
  }
}

/** A link loses its carrier or has it again, and each session on it tells a listener. @param {number} sessions @returns {Promise<Run>} */
async function sessionsFollow(sessions) {
  const { driver, manager } = await open([{ id: 'link', link: 'up' }, ...others(9)])
  const all = Array.from({ length: sessions }, () => manager.createSession('link'))
  for (const session of all) session.on('stateChanged', tell)
  await Promise.all(all.map((session) => session.open()))
  let carries = true
  return async (count) => {
    for (let event = 0; event < count; event += sessions) {
      carries = !carries
      const before = told
      driver.world.carrier('link', carries)
      await heard(before + sessions)
    }
  }
}

/** A session on a service network of so many: the signal of one changes, and it is ranked again. @param {number} children @returns {Promise<Run>} */
async function rankingFollows(children) {
  const networks = Array.from({ length: children }, (_, index) => ({
    ...{
      id: `network-${index}`,
      bearer: /** @type {const} */ ('wlan'),
      signal: 30,
      link: /** @type {const} */ ('down'),
    },
  }))
  const { driver, manager } = await open([{ id: 'best', link: 'up' }, ...networks])
  manager.defineServiceNetwork({ identifier: 'all', members: ['best', ...networks.map(({ id }) => id)] })
  await manager.createSession('all').open()
  manager.on('configurationChanged', tell)
  return async (count) => {
    for (let event = 0; event < count; event += 1) {
      const before = told
      driver.world.set('network-0', { signal: event % 2 === 0 ? 60 : 30 })
      await heard(before + 1)
    }
  }
}

/**
 * CPU time of one event for each, in ns: in turn, the median of all rounds.
 *
 * @param {Record<string, { prepare: () => Promise<Run>, events: number }>} contestants
 */
async function measure(contestants) {
  const all = await Promise.all(
    Object.entries(contestants).map(async ([name, { prepare, events: count }]) => ({
      ...{ name, count, run: await prepare(), times: /** @type {number[]} */ ([]) },
    })),
  )
  // One round for the compiler, which does not count.
  for (let round = -1; round < rounds; round += 1)
    for (const { run, count, times } of all) {
      const start = process.cpuUsage()
      await run(count)
      const { user, system } = process.cpuUsage(start)
      if (round >= 0) times.push(((user + system) * 1000) / count)
    }
  return new Map(all.map(({ name, times }) => [name, median(times)]))
}

/**
 * Records each beside the first of them.
 *
 * @param {{ name: string, goal: number, of: (size: number) => Promise<Run>, sizes: readonly number[], word: string }} what
 */
async function compareSizes({ name, goal, of, sizes, word }) {
  const medians = await measure(
    Object.fromEntries(sizes.map((size) => [String(size), { prepare: () => of(size), events }])),
  )
  const [first = 0, ...more] = sizes
  const reference = medians.get(String(first)) ?? 0
  const label = (/** @type {number} */ size) => `${size.toLocaleString('en').replace(',', ' ')} ${word}`
  record({ group: 'Core', name: `${name}, ${label(first)}`, unit: 'ns', ours: reference })
  for (const size of more)
    record({
      ...{ group: 'Core', name: `${name}, ${label(size)}`, unit: 'ns', ours: medians.get(String(size)) ?? 0 },
      ...{ reference, referenceName: `with ${first}`, goal },
    })
}

/** Bytes of the heap that one more takes. @param {'configuration' | 'session'} of */
async function bytesOfEach(of) {
  const collect = /** @type {() => void} */ (globalThis.gc)
  const [few, many] = [100, 5100]
  const used = async (/** @type {number} */ count) => {
    const world = await open([{ id: 'link', link: 'up' }, ...others(of === 'configuration' ? count : 0)])
    const sessions = Array.from({ length: of === 'session' ? count : 0 }, () =>
      world.manager.createSession('link'),
    )
    await Promise.all(sessions.map((session) => session.open()))
    world.manager.allConfigurations()
    collect()
    return { ...world, sessions, heap: process.memoryUsage().heapUsed }
  }
  const before = await used(few)
  const after = await used(many)
  const bytes = (after.heap - before.heap) / many
  if (before.manager === after.manager) throw new Error('both are held until here')
  console.log(bytes)
}

/** A transition is a change of a session's state that a listener was told of. */
async function transitions() {
  const medians = await measure({ all: { prepare: () => sessionsFollow(100), events: 200_000 } })
  console.log(medians.get('all'))
}

if (values.only !== undefined) {
  if (values.only === 'transitions') await transitions()
  else await bytesOfEach(/** @type {'configuration' | 'session'} */ (values.only))
  process.exit()
}

/** The median of three processes, in each of which nothing else was done before. @param {string} what @param {readonly string[]} flags */
function alone(what, flags = []) {
  const args = [...flags, fileURLToPath(import.meta.url), '--only', what, '--rounds', values.rounds]
  return median(
    Array.from({ length: 3 }, () => Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))),
  )
}

await compareSizes({
  ...{ name: 'a configuration changes its signal, to a listener', goal: 1.3 },
  ...{ of: signalChanges, sizes: [10, 300, 10_000], word: 'configurations' },
})
await compareSizes({
  ...{ name: 'a session changes its state, to a listener', goal: 1.3 },
  ...{ of: sessionsFollow, sizes: [1, 100, 10_000], word: 'sessions on the link' },
})
await compareSizes({
  ...{ name: 'a signal changes in a service network in use', goal: 1.3 },
  ...{ of: rankingFollows, sizes: [10, 300], word: 'access points' },
})

record({
  group: 'Core',
  name: 'a million transitions of sessions on the mock, 100 on the link',
  unit: 's',
  ours: alone('transitions') / 1000,
  goal: 1,
})
for (const of of ['configuration', 'session'])
  record({ group: 'Core', name: `memory of one more ${of}`, unit: 'B', ours: alone(of, ['--expose-gc']) })

/** @param {() => Promise<unknown>} run */
async function timed(run) {
  const start = performance.now()
  await run()
  return performance.now() - start
}

// Nothing of the mock keeps a process alive.
const alive = setInterval(() => {}, 1000)
const MANAGERS = 245
const shared = mock({ scope: 'bench', configurations: [{ id: 'link' }] })
const managers = await Promise.all(
  Array.from({ length: MANAGERS }, () => NetworkConfigurationManager.open(shared)),
)
const held = managers.map((manager) => manager.createSession('link'))
const opened = await timed(() => Promise.all(held.map((session) => session.open())))
const closed = await timed(() => Promise.all(held.map((session) => session.close())))
await Promise.all(managers.map((manager) => manager.close()))
clearInterval(alive)
record({ group: 'Core', name: `${MANAGERS} managers open a session on one link`, unit: 'ms', ours: opened })
record({ group: 'Core', name: `${MANAGERS} managers close it`, unit: 'ms', ours: closed })
if (told === 0) throw new Error('nothing was told')
