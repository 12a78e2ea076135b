import { byOrder, type ManagerOptions, type RoamingStart } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import type { GuestAction, SessionMirror } from '../src/index.js'
import { openLab } from './lab.js'

const ROAMING: readonly GuestAction[] = ['open', 'consult', 'migrate', 'ignore', 'accept', 'reject']

/** A guest with an open session on a network of `b`, which is in use, and `a`, which is better and out of range. */
async function openRoamer(allow: readonly GuestAction[] = ROAMING, options: ManagerOptions = {}) {
  const lab = await openLab([{ id: 'a', inRange: false, activate: 'unknown' }, { id: 'b' }], options)
  const members = ['a', 'b']
  lab.manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
  await lab.settle()
  const visit = await lab.connect({ allow })
  const session = visit.mirror.createSession('net')
  await lab.finish(session.open())
  expect(session.activeConfiguration).toBe('b')
  const better = async () => {
    // The host hears of the listeners first.
    await lab.settle()
    lab.world.setInRange('a', true)
    await lab.advance(1000)
  }
  return { ...lab, ...visit, session, better }
}

/** The events of roaming, as words. */
function listen(session: SessionMirror): string[] {
  const told: string[] = []
  session.on('stateChanged', (state) => told.push(state))
  session.on('roamingStarted', ({ from, to, because }: RoamingStart) =>
    told.push(`${from.identifier} to ${to.identifier}: ${because}`),
  )
  session.on('preferredConfigurationChanged', ({ identifier }, isSeamless, offer) =>
    told.push(`offer ${identifier} ${isSeamless} ${offer.id === session.offer?.id}`),
  )
  session.on('offerWithdrawn', ({ identifier }) => told.push(`withdrawn ${identifier}`))
  session.on('newConfigurationActivated', (trial) =>
    told.push(
      `trial ${trial.configuration.identifier} after ${trial.from.identifier} ${trial === session.trial}`,
    ),
  )
  session.on('activeConfigurationChanged', (identifier) => told.push(`on ${identifier}`))
  return told
}

describe('a guest that is asked before its session roams', () => {
  it('migrates and accepts', async () => {
    const { session, better, finish } = await openRoamer()
    const told = listen(session)
    await better()
    expect(told).toEqual(['b to a: better', 'offer a false true'])
    expect(session.getSnapshot().offer).toMatchObject({ deadline: null, remaining: null })
    expect(await finish(session.migrate())).toBe(true)
    expect(told.slice(2)).toEqual(['roaming', 'trial a after b true', 'on a'])
    const { trial } = session
    expect(trial?.remaining).toBeGreaterThan(20_000)
    expect(await finish(trial?.accept() ?? Promise.resolve(false))).toBe(true)
    expect(session.state).toBe('connected')
    expect(session.activeConfiguration).toBe('a')
    expect(await finish(trial?.accept() ?? Promise.resolve(true))).toBe(false)
    expect(trial?.remaining).toBe(0)
  })

  it('ignores an offer, and rejects a trial', async () => {
    const { session, better, finish, world, advance } = await openRoamer()
    listen(session)
    await better()
    expect(await finish(session.offer?.ignore() ?? Promise.resolve(false))).toBe(true)
    expect(session.offer).toBeNull()
    world.setInRange('a', false)
    await advance(1000)
    await better()
    expect(await finish(session.migrate(session.offer?.id))).toBe(true)
    expect(await finish(session.reject())).toBe(true)
    expect(session.activeConfiguration).toBe('b')
  })

  it('is told that an offer is withdrawn', async () => {
    const { session, better, world, advance } = await openRoamer()
    const told = listen(session)
    await better()
    world.setInRange('a', false)
    await advance(0)
    expect(told.slice(2)).toEqual(['withdrawn a'])
    expect(session.offer).toBeNull()
  })

  it('answers with the id of what it was asked: another id has no effect (R22)', async () => {
    const { session, better, finish } = await openRoamer()
    listen(session)
    await better()
    expect(await finish(session.migrate((session.offer?.id ?? 0) + 1))).toBe(false)
    expect(session.state).toBe('connected')
  })

  it('has the trial rejected at its deadline if it requires a decision (L7)', async () => {
    const { session, better, finish, advance } = await openRoamer()
    listen(session)
    await better()
    await finish(session.migrate())
    session.trial?.requireDecision()
    await advance(60_000)
    expect(session.activeConfiguration).toBe('b')
  })

  it('is asked no longer when its last listener leaves, but one that comes in the same tick is', async () => {
    const { session, better, advance } = await openRoamer()
    const undo = session.on('preferredConfigurationChanged', () => {})
    await better()
    const { offer } = session
    undo()
    const again = session.on('preferredConfigurationChanged', () => {})
    await advance(1000)
    expect(session.offer).toBe(offer)
    again()
    await advance(1000)
    expect(session.activeConfiguration).toBe('a')
  })

  it('holds no session back when it is gone', async () => {
    const { manager, connect, world, advance, finish } = await openLab([
      { id: 'a', inRange: false, activate: 'unknown' },
      { id: 'b' },
    ])
    const members = ['a', 'b']
    const network = manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    const session = manager.createSession(network)
    await finish(session.open())
    const { mirror } = await connect({ sessions: { uplink: session }, allow: ['consult'] })
    mirror.sharedSessions.get('uplink')?.on('preferredConfigurationChanged', () => {})
    await advance(0)
    world.setInRange('a', true)
    await advance(1000)
    expect(session.offer?.configuration.identifier).toBe('a')
    await mirror.close()
    await advance(1000)
    expect(session.activeConfiguration).toBe('a')
  })
})

describe('a guest that may not be asked', () => {
  it('does not keep its session from roaming by listening', async () => {
    const { session, better } = await openRoamer(['open'])
    const told = listen(session)
    await better()
    expect(session.activeConfiguration).toBe('a')
    expect(told).toEqual(['roaming', 'b to a: better', 'connected', 'on a'])
  })

  it('sees the offer to the host, and cannot answer it', async () => {
    const { manager, connect, world, advance, finish } = await openLab([
      { id: 'a', inRange: false, activate: 'unknown' },
      { id: 'b' },
    ])
    const members = ['a', 'b']
    const network = manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    const session = manager.createSession(network)
    await finish(session.open())
    session.on('preferredConfigurationChanged', () => {})
    const { mirror } = await connect({ sessions: { uplink: session } })
    const shared = mirror.sharedSessions.get('uplink') as SessionMirror
    const told = listen(shared)
    world.setInRange('a', true)
    await advance(1000)
    expect(told).toEqual(['b to a: better', 'offer a false true'])
    expect(await finish(shared.migrate())).toBe(false)
    expect(session.offer).not.toBeNull()
  })
})
