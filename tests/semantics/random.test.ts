import type { NetworkSession } from '@roamkit/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action as AnyAction, control, WORLD_ACTIONS } from './actions.js'
import { openLab } from './lab.js'
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

/** A script carried out against the library, and what must hold whatever it was. */
async function play(script: readonly Action[], reactions: readonly Action[]): Promise<string[]> {
  const lab = await openLab(WORLD, {
    closeTimeout: 5000,
    windDownTimeout: 1000,
    spy: {
      activating: (id) => checkDevice(id),
      activated: (_id, activation) => ours.add(activation),
      deactivating: (id, activation) => checkDeactivate(id, activation),
    },
  })
  const other = await lab.another()
  for (const id of LINKS) for (const manager of [lab.manager, other]) manager.setConnectTimeout(id, 500)
  const watches = LINKS.flatMap((id) => [
    new Watch(`${id}1`, lab.manager.createSession(id)),
    new Watch(`${id}2`, other.createSession(id)),
  ])
  const wrong: string[] = []
  const pending = new Set<string>()
  /** Activations that our sessions brought about. */
  const ours = new Set<string>()
  /** Links that somebody has called `stop()` on. */
  const stops = new Set<string>()
  let calls = 0
  const settle = (name: string, promise: Promise<unknown>) => {
    calls += 1
    const key = `${name} #${calls}`
    pending.add(key)
    const done = () => {
      pending.delete(key)
    }
    promise.then(done, done)
  }

  /** No held link is taken down by us, but by a `stop()`. */
  function checkDeactivate(id: string, activation: string): void {
    const current = lab.world.snapshot().configurations.find((link) => link.id === id)?.activation
    if (activation !== current || stops.has(id)) return
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
    if (what === 'open') settle(`open ${id}`, session.open())
    else if (what === 'openKept') settle(`open ${id}`, session.open({ keepOpen: true }))
    else if (what === 'openBriefly') {
      const controller = new AbortController()
      settle(`open ${id}`, session.open({ signal: controller.signal }))
      queueMicrotask(() => controller.abort())
    } else if (what === 'close') settle(`close ${id}`, session.close())
    else if (what === 'stop') {
      stops.add(id)
      settle(`stop ${id}`, session.stop())
    } else if (what === 'waitForOpened') settle(`wait ${id}`, session.waitForOpened(-1))
  }

  async function act(one: Action): Promise<void> {
    const { clock, world } = lab
    const id = LINKS[one.which % LINKS.length] ?? 'a'
    const phase = world.snapshot().configurations.find((link) => link.id === id)
    switch (one.what) {
      case 'wait':
        return clock.advance(one.much * 3)
      case 'waitLong':
        return clock.advance(one.much * 1000)
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
        if (['open', 'openBriefly', 'openKept', 'close', 'stop', 'waitForOpened'].includes(one.what))
          return watch && call(watch.session, one)
        if (phase !== undefined) return control(lab, id, one)
      }
    }
  }

  for (const one of script) {
    await act(one)
  }
  const { clock, world } = lab
  // Now everything calms down: what was stalled is let go, every session is closed.
  world.restoreService()
  for (const { id, link } of world.snapshot().configurations) {
    world.release(id)
    if (link === 'deactivating') world.down(id, 'requested')
  }
  reaction = reactions.length
  await clock.advance(20_000)
  for (const { session } of watches) settle('last close', session.close())
  await clock.advance(20_000)
  if (pending.size > 0) wrong.push(`never settled: ${[...pending].join(', ')}`)
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
  return wrong
}

const RUNS = Number(process.env.ROAMKIT_RUNS ?? 10_000)
/** The same scripts in every run of CI; others with ROAMKIT_SEED. */
const SEED = Number(process.env.ROAMKIT_SEED ?? 1)

describe('whatever happens', () => {
  it('sessions tell the truth once, nothing is left up or taken down wrongly, and every promise settles', async () => {
    console.log(`${RUNS} random scripts, ROAMKIT_SEED=${SEED}`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 30 }),
        fc.array(action, { maxLength: 8 }),
        async (script, reactions) => {
          expect(await play(script, reactions)).toEqual([])
        },
      ),
      { numRuns: RUNS, seed: SEED },
    )
  }, 600_000)
})
