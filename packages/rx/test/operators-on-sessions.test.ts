import type { MockConfiguration } from '@roamkit/backend-mock'
import { byOrder, type NetworkSession } from '@roamkit/core'
import {
  defer,
  interval,
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  of,
  retry,
  Subject,
  startWith,
  throwError,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  bufferUntilConnected,
  clockScheduler,
  connected$,
  type OpenedSession,
  pauseWhileDisconnected,
  restartOnRoam,
  retryWhenConnected,
  roamingOffers$,
  session$,
  whileConnected,
} from '../src/index.js'
import { type Lab, listen, open, openLab, uncaught } from './lab.js'

/** A session on a network of `a`, which is better, and `b`. */
async function openRoamer(a: Partial<MockConfiguration>) {
  const lab = await openLab([{ id: 'a', activate: 'unknown', ...a }, { id: 'b' }])
  const members = ['a', 'b']
  const network = { identifier: 'net', members, ranking: [byOrder(members)] }
  const session = lab.manager.createSession(lab.manager.defineServiceNetwork(network))
  return { ...lab, session }
}

const never = <Value>(value: Value) => NEVER.pipe(startWith(value))

/** A session on `b` that is open. */
async function onB(lab: Lab) {
  return open(lab, lab.manager.createSession('b'))
}

describe('on a session', () => {
  it('whileConnected: subscribed while open and connected, across a loss', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const emitted: string[] = []
    const source = new Observable<never>(() => {
      emitted.push('subscribed')
      return () => emitted.push('unsubscribed')
    })
    const { words } = listen(source.pipe(whileConnected(session)), () => '')
    lab.world.up('b')
    await lab.clock.flush()
    expect(emitted).toEqual([])
    await open(lab, session)
    lab.world.down('b', 'carrierLost')
    await lab.clock.flush()
    lab.world.up('b')
    await lab.clock.flush()
    expect(emitted).toEqual(['subscribed', 'unsubscribed', 'subscribed'])
    await lab.manager.close()
    expect(emitted.slice(3)).toEqual(['unsubscribed'])
    expect(words).toEqual(['complete'])
  })

  it('pauseWhileDisconnected and bufferUntilConnected: one drops, the other keeps', async () => {
    const lab = await openLab()
    const session = await onB(lab)
    const source = new Subject<number>()
    const dropped: number[] = []
    const paused = listen(source.pipe(pauseWhileDisconnected(session)), (value) => value).words
    const buffer = bufferUntilConnected<number>(session, { limit: 2, onDrop: (value) => dropped.push(value) })
    const buffered = listen(source.pipe(buffer), (value) => value).words
    source.next(1)
    lab.world.down('b', 'carrierLost')
    await lab.clock.flush()
    for (const value of [2, 3, 4]) source.next(value)
    expect(buffered).toEqual([1])
    lab.world.up('b')
    await lab.clock.flush()
    source.next(5)
    expect([paused, buffered, dropped]).toEqual([[1, 5], [1, 3, 4, 5], [2]])
    lab.world.down('b', 'carrierLost')
    await lab.clock.flush()
    source.next(6)
    await lab.manager.close()
    expect(buffered.slice(4)).toEqual(['complete'])
    expect(dropped).toEqual([2, 6])
  })

  it('retryWhenConnected: at once when the link is back, after a pause if it was never lost', async () => {
    const lab = await openLab()
    const session = await onB(lab)
    const attempts: number[] = []
    const source = defer(() => {
      attempts.push(lab.clock.now())
      return throwError(() => new Error('refused'))
    })
    const start = lab.clock.now()
    const { words } = listen(source.pipe(retryWhenConnected(session, { delay: 200, jitter: 0 })), () => '')
    await lab.clock.advance(700)
    lab.world.down('b', 'carrierLost')
    await lab.clock.advance(1000)
    lab.world.up('b')
    await lab.clock.flush()
    expect(attempts.map((at) => at - start)).toEqual([0, 200, 600, 1700])
    await lab.manager.close()
    expect(words).toEqual(['error:undefined/undefined'])
  })

  it('restartOnRoam: moves to the new link once the session is connected on it, and not before', async () => {
    const { session, clock, world, manager } = await openRoamer({ link: 'up' })
    const emitted: string[] = []
    const source = defer(() => never(session.interface?.name))
    listen(source.pipe(restartOnRoam(session)), (name) => emitted.push(`${name} ${session.state}`))
    await clock.flush()
    expect(emitted).toEqual([])
    await open({ clock, world, manager }, session)
    world.setInRange('a', false)
    await clock.advance(1000)
    expect(emitted).toEqual(['dev-a connected', 'dev-b connected'])
    void session.close()
    await clock.advance(1000)
    await open({ clock, world, manager }, session)
    expect(emitted.slice(2)).toEqual(['dev-b connected'])
  })

  it('restartOnRoam: leaves the old link before a gate passes anything on', async () => {
    const { session, clock, world, manager } = await openRoamer({ link: 'up' })
    await open({ clock, world, manager }, session)
    const emitted: string[] = []
    const source = defer(() => never(session.interface?.name))
    // In either order of subscription.
    listen(connected$(session), (isConnected) => emitted.push(isConnected ? 'open' : 'shut'))
    listen(source.pipe(restartOnRoam(session)), (name) => emitted.push(`on ${name}`))
    world.setInRange('a', false)
    await clock.advance(1000)
    expect(emitted).toEqual(['open', 'on dev-a', 'shut', 'on dev-b', 'open'])
  })

  it('restartOnRoam: a link that is lost for a moment is the same link', async () => {
    const lab = await openLab()
    const session = await onB(lab)
    const { words } = listen(defer(() => never(1)).pipe(restartOnRoam(session)), (value) => value)
    lab.world.down('b', 'carrierLost')
    await lab.clock.advance(1000)
    lab.world.up('b')
    await lab.clock.flush()
    expect(words).toEqual([1])
    await lab.manager.close()
    expect(words).toEqual([1, 'complete'])
  })

  it('restartOnRoam: with from "trial" moves when the trial begins, and back when it is rejected', async () => {
    const { session, clock, world, manager } = await openRoamer({ inRange: false })
    await open({ clock, world, manager }, session)
    const links: unknown[] = []
    const late: unknown[] = []
    const source = defer(() => never(session.interface?.name))
    listen(source.pipe(restartOnRoam(session, { from: 'trial' })), (name) => links.push(name))
    listen(source.pipe(restartOnRoam(session)), (name) => late.push(name))
    const { words } = listen(roamingOffers$(session), (question) => {
      if (question.type === 'offer') void question.migrate()
      return question.type
    })
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(words).toEqual(['offer', 'trial'])
    expect([links, late]).toEqual([['dev-b', 'dev-a'], ['dev-b']])
    void session.reject()
    await clock.advance(1000)
    expect([links, late]).toEqual([['dev-b', 'dev-a', 'dev-b'], ['dev-b']])
  })

  it('the operators compose with session$', async () => {
    const { manager, clock } = await openLab()
    const { words } = listen(session$(manager, 'b').pipe(whileConnected(of(true))), ({ state }) => state)
    await clock.advance(100)
    expect(words).toEqual(['disconnected', 'connecting', 'connected'])
  })
})

describe('on a session$', () => {
  /** A manager that counts the sessions that it creates. */
  async function openCounted(configurations?: readonly MockConfiguration[]) {
    const lab = await openLab(configurations)
    const sessions: NetworkSession[] = []
    const create = lab.manager.createSession.bind(lab.manager)
    lab.manager.createSession = (configuration) => {
      const session = create(configuration)
      sessions.push(session)
      return session
    }
    const linkOf = (id: string) => lab.world.snapshot().configurations.find((one) => one.id === id)?.link
    return { ...lab, sessions, linkOf }
  }

  it('the obvious code opens one session: subscribers, a gate, a restart and a retry share it', async () => {
    const { manager, clock, sessions, linkOf } = await openCounted()
    const uplink = session$(manager, 'b')
    const beats = interval(1000, clockScheduler(manager))
    const subscriptions = [
      listen(uplink, () => ''),
      listen(uplink, () => ''),
      listen(beats.pipe(whileConnected(uplink)), (value) => value),
      listen(beats.pipe(pauseWhileDisconnected(uplink)), (value) => value),
      listen(beats.pipe(bufferUntilConnected(uplink, { limit: 10 })), (value) => value),
      listen(beats.pipe(restartOnRoam(uplink), retryWhenConnected(uplink)), (value) => value),
    ]
    await clock.advance(3500)
    expect(sessions).toHaveLength(1)
    expect(subscriptions.slice(2).map(({ words }) => words)).toEqual(Array(4).fill([0, 1, 2]))
    for (const { subscription } of subscriptions) {
      expect(linkOf('b')).toBe('up')
      subscription.unsubscribe()
    }
    await clock.advance(100)
    expect([linkOf('b'), clock.pending]).toEqual(['down', 0])
  })

  it.each<[string, (uplink: Observable<OpenedSession>) => MonoTypeOperatorFunction<number>]>([
    ['whileConnected', (uplink) => whileConnected(uplink)],
    ['pauseWhileDisconnected', (uplink) => pauseWhileDisconnected(uplink)],
    ['bufferUntilConnected', (uplink) => bufferUntilConnected(uplink, { limit: 10 })],
    ['retryWhenConnected', (uplink) => retryWhenConnected(uplink)],
    ['restartOnRoam', (uplink) => restartOnRoam(uplink)],
  ])('%s opens it while it is subscribed to, and no longer', async (_name, operator) => {
    const { manager, clock, sessions, linkOf } = await openCounted()
    const source = NEVER.pipe(startWith(1))
    const { subscription } = listen(source.pipe(operator(session$(manager, 'b'))), (value) => value)
    await clock.advance(10_000)
    expect([sessions.length, linkOf('b')]).toEqual([1, 'up'])
    subscription.unsubscribe()
    await clock.advance(100)
    expect([sessions.length, linkOf('b'), clock.pending]).toEqual([1, 'down', 0])
  })

  it('follows losses as on the session itself, and ends when other code closes the session', async () => {
    const { manager, world, clock, sessions } = await openCounted()
    const uplink = session$(manager, 'b')
    const { words } = listen(never('on').pipe(whileConnected(uplink)), (value) => value)
    await clock.advance(100)
    world.down('b', 'carrierLost')
    await clock.advance(1000)
    world.up('b')
    await clock.advance(1000)
    expect(words).toEqual(['on', 'on'])
    void sessions[0]?.close()
    await clock.advance(1000)
    expect(words).toEqual(['on', 'on', 'complete'])
  })

  it('fails with its error, and onDrop gets the values that were kept', async () => {
    const { manager, clock } = await openCounted()
    const source = new Subject<number>()
    const dropped: number[] = []
    const onDrop = (value: number) => {
      dropped.push(value)
      throw new Error(`onDrop ${value}`)
    }
    const surfaced = uncaught()
    const gate = session$(manager, 'nowhere')
    const words = listen(
      source.pipe(bufferUntilConnected(gate, { limit: 5, onDrop })),
      (value) => value,
    ).words
    source.next(1)
    source.next(2)
    await clock.advance(100)
    expect(words).toEqual(['error:invalidConfiguration/unknownConfiguration'])
    expect(dropped).toEqual([1, 2])
    expect(await surfaced()).toEqual(['onDrop 1', 'onDrop 2'])
  })

  it('a retry after its failure opens the next session, which the operator then follows', async () => {
    const { manager, clock, world, sessions } = await openCounted()
    world.failNext('b', 'addressFailed')
    const uplink = session$(manager, 'b')
    const scheduler = clockScheduler(manager)
    const stream = never('on').pipe(
      whileConnected(uplink.pipe(retry({ delay: () => timer(5000, scheduler) }))),
    )
    const { words, subscription } = listen(stream, (value) => value)
    await clock.advance(4900)
    expect([sessions.length, words]).toEqual([1, []])
    await clock.advance(500)
    expect([sessions.length, words]).toEqual([2, ['on']])
    subscription.unsubscribe()
  })

  it('restartOnRoam leaves the old link before a gate passes anything on, in either order of subscription', async () => {
    const configurations = [{ id: 'a', link: 'up', activate: 'unknown' }, { id: 'b' }] as const
    for (const isGateFirst of [true, false]) {
      const { manager, world, clock, sessions } = await openCounted(configurations)
      const network = { identifier: 'net', members: ['a', 'b'], ranking: [byOrder(['a', 'b'])] }
      const uplink = session$(manager, manager.defineServiceNetwork(network))
      const emitted: string[] = []
      const gate = () => listen(never('open').pipe(whileConnected(uplink)), (value) => emitted.push(value))
      const source = defer(() => never(sessions[0]?.interface?.name))
      if (isGateFirst) gate()
      listen(source.pipe(restartOnRoam(uplink)), (name) => emitted.push(`on ${name}`))
      if (!isGateFirst) gate()
      await clock.advance(100)
      world.setInRange('a', false)
      await clock.advance(1000)
      expect(emitted).toEqual(['on dev-a', 'open', 'on dev-b', 'open'])
    }
  })
})
