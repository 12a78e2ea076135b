import type { MockConfiguration } from '@roamkit/backend-mock'
import { byOrder } from '@roamkit/core'
import { defer, NEVER, Observable, of, Subject, startWith, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  bufferUntilConnected,
  connected$,
  pauseWhileDisconnected,
  restartOnRoam,
  retryWhenConnected,
  roamingOffers$,
  session$,
  whileConnected,
} from '../src/index.js'
import { type Lab, listen, open, openLab, schedulerOf } from './lab.js'

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
    const scheduler = schedulerOf(lab.clock)
    const start = lab.clock.now()
    const { words } = listen(source.pipe(retryWhenConnected(session, { delay: 200, scheduler })), () => '')
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
