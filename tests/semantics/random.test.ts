import type { NetworkSession } from '@roamkit/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action as AnyAction, calmDown, control, TIMES, WORLD_ACTIONS } from './actions.js'
import { openLab } from './lab.js'
import { Ledger } from './ledger.js'
import { Watch } from './watch.js'

type Action = AnyAction<(typeof ACTIONS)[number]>

const CALLS = [
  'open',
  'open',
  'open',
  'openBriefly',
  'openKept',
  'close',
  'close',
  'stop',
  'waitForOpened',
] as const
const ACTIONS = [...CALLS, ...WORLD_ACTIONS]

const LINKS = ['a', 'b', 'x', 'y'] as const
const WORLD = [
  { id: 'a', link: 'up' },
  { id: 'b' },
  // Two on one device.
  { id: 'x', device: 'wlan0', bearer: 'wlan' },
  { id: 'y', device: 'wlan0', bearer: 'wlan' },
] as const

const action = fc.record({
  what: fc.constantFrom(...ACTIONS),
  which: fc.nat({ max: 7 }),
  much: fc.nat({ max: 7 }),
})
/** What is in one list happens in one tick. */
const ticks = fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { maxLength: 20 })

/** A script carried out against the library, and what must hold whatever it was. */
async function play(
  script: readonly (readonly Action[])[],
  reactions: readonly Action[],
  times: (typeof TIMES)[number],
): Promise<string[]> {
  const options = { closeTimeout: 5000, windDownTimeout: 1000, ...times }
  const lab = await openLab(WORLD, {
    ...options,
    closes: 'byItself',
    spy: {
      activating: (id) => checkDevice(id),
      activated: (_id, activation) => ours.add(activation),
      deactivating: (id, activation) => checkDeactivate(id, activation),
      // What the system would not take down is the system's (rule S8).
      refused: (_id, activation) => ours.delete(activation),
    },
  })
  const other = await lab.another()
  for (const id of LINKS) for (const manager of [lab.manager, other]) manager.setConnectTimeout(id, 500)
  const watches = LINKS.flatMap((id) => [
    new Watch(`${id}1`, lab.manager.createSession(id)),
    new Watch(`${id}2`, other.createSession(id)),
  ])
  const wrong: string[] = []
  const ledger = new Ledger()
  /** Activations that our sessions brought about. */
  const ours = new Set<string>()
  /** Links that somebody is calling `stop()` on, and how many are. */
  const stops = new Map<string, number>()

  /** No held link is taken down by us, but by a `stop()`. */
  function checkDeactivate(id: string, activation: string): void {
    const current = lab.world.snapshot().configurations.find((link) => link.id === id)?.activation
    if (activation !== current || (stops.get(id) ?? 0) > 0) return
    const holder = holderOf(id)
    if (holder !== undefined) wrong.push(`${id} was taken down while ${holder.name} held it`)
  }

  /** No held link loses its device to another one (rule H5). */
  function checkDevice(id: string): void {
    const { configurations } = lab.world.snapshot()
    const device = configurations.find((link) => link.id === id)?.device
    for (const rival of configurations) {
      if (rival.id === id || rival.device !== device || rival.link !== 'up') continue
      const holder = holderOf(rival.id)
      if (holder !== undefined)
        wrong.push(`${id} took the device of ${rival.id} while ${holder.name} held it`)
    }
  }

  function holderOf(id: string): Watch | undefined {
    return watches.find(({ session }) => session.isOpen && session.configuration.identifier === id)
  }

  let reaction = 0
  for (const watch of watches) {
    for (const event of ['stateChanged', 'opened', 'closed', 'error'] as const) {
      watch.session.on(event, () => {
        const next = reactions[reaction]
        reaction += 1
        if (next !== undefined) call(watch.session, next)
      })
    }
  }

  function call(session: NetworkSession, { what }: Action): void {
    const id = session.configuration.identifier
    if (what === 'open') ledger.open(session)
    else if (what === 'openKept') ledger.open(session, { keepOpen: true })
    else if (what === 'openBriefly') {
      const controller = new AbortController()
      ledger.open(session, { signal: controller.signal })
      queueMicrotask(() => controller.abort())
    } else if (what === 'close') ledger.close(session)
    else if (what === 'stop') {
      stops.set(id, (stops.get(id) ?? 0) + 1)
      void ledger.stop(session).then(() => stops.set(id, (stops.get(id) ?? 0) - 1))
    } else if (what === 'waitForOpened') ledger.waitForOpened(session, -1)
  }

  const { clock, world } = lab
  function act(one: Action): void {
    const id = LINKS[one.which % LINKS.length] ?? 'a'
    const phase = world.snapshot().configurations.find((link) => link.id === id)
    switch (one.what) {
      case 'wait':
      case 'waitLong':
        return
      case 'loseService':
        return world.loseService()
      case 'restoreService':
        return world.restoreService()
      case 'add':
        if (phase === undefined && world.snapshot().service === 'ready')
          world.add({ id, ...(id > 'b' ? { device: 'wlan0', bearer: 'wlan' } : {}) })
        return
      default: {
        const watch = watches[one.which]
        if (CALLS.some((what) => what === one.what)) return watch && call(watch.session, one)
        if (phase !== undefined) return control(lab, id, one)
      }
    }
  }

  for (const tick of script) {
    for (const one of tick) act(one)
    const last = tick.at(-1)
    if (last?.what === 'wait') await clock.advance(last.much * 3)
    else if (last?.what === 'waitLong') await clock.advance(last.much * 500)
    else for (let microtasks = 0; microtasks < (last?.much ?? 0) * 2; microtasks += 1) await null
  }
  // Now everything calms down, and every session is closed.
  calmDown(lab)
  reaction = reactions.length
  await clock.advance(20_000)
  for (const { session } of watches) ledger.close(session)
  await clock.advance(20_000)
  if (ledger.pending.length > 0) wrong.push(`never settled: ${ledger.pending.join(', ')}`)
  wrong.push(...ledger.wrong)
  for (const { id, link, activation } of world.snapshot().configurations) {
    if (activation === null || (link !== 'up' && link !== 'activating')) continue
    if (ours.has(activation)) wrong.push(`${id} is up as ${activation}, brought up by us and held by nobody`)
  }
  const timers = clock.pending
  if (timers > 0) wrong.push(`${timers} timers are left`)
  for (const watch of watches) {
    if (watch.opened !== watch.closed)
      wrong.push(`${watch.name}: ${watch.opened} opened, ${watch.closed} closed`)
    for (const one of watch.wrong) wrong.push(`${watch.name}: ${one} in ${watch.told.join(' ')}`)
  }
  await lab.close()
  return wrong
}

const RUNS = Number(process.env.ROAMKIT_RUNS ?? 2500)
/** The same scripts in every run of CI; others with ROAMKIT_SEED. */
const SEED = Number(process.env.ROAMKIT_SEED ?? 1)

describe('whatever happens', () => {
  it('sessions report each change truly and once, nothing is left up or taken down wrongly, and every promise settles by its own call', async () => {
    console.log(`${RUNS} random scripts, ROAMKIT_SEED=${SEED}`)
    await fc.assert(
      fc.asyncProperty(
        ticks,
        fc.array(action, { maxLength: 8 }),
        fc.constantFrom(...TIMES),
        async (script, reactions, times) => {
          expect(await play(script, reactions, times)).toEqual([])
        },
      ),
      { numRuns: RUNS, seed: SEED },
    )
  }, 3_600_000)
})
