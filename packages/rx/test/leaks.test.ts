import { byOrder } from '@roamkit/core'
import { interval, NEVER, Observable, Subject, take, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as rx from '../src/index.js'
import { countListeners, open, openLab } from './lab.js'

const TIMES = 100_000

describe(`subscribing and unsubscribing ${TIMES} times`, { timeout: 120_000 }, () => {
  it.each([
    ['state$', rx.state$],
    ['snapshot$', rx.snapshot$],
    ['errors$', rx.errors$],
    ['roamingOffers$', rx.roamingOffers$],
  ] as const)('%s leaves no listener', async (_name, stream: (session: never) => Observable<unknown>) => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    const counter = countListeners(session)
    for (let time = 0; time < TIMES; time += 1)
      stream(session as never)
        .subscribe()
        .unsubscribe()
    expect(counter.live).toBe(0)
    const others = stream(session as never).subscribe()
    const before = counter.live
    for (let time = 0; time < TIMES; time += 1)
      stream(session as never)
        .subscribe()
        .unsubscribe()
    expect(counter.live).toBe(before)
    others.unsubscribe()
    expect(counter.live).toBe(0)
  })

  it('operators leave no listener and no timer', async () => {
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('a'))
    const counter = countListeners(session)
    const source = rx.online$(lab.manager)
    const onManager = countListeners(lab.manager)
    const pipes: readonly Observable<unknown>[] = [
      source.pipe(rx.whileConnected(session)),
      source.pipe(rx.pauseWhileDisconnected(session)),
      source.pipe(rx.whileConnected(session, { settle: 1000 })),
      source.pipe(rx.restartOnRoam(session)),
      source.pipe(rx.restartOnRoam(session, { overlap: true })),
      source.pipe(rx.retryWhenConnected(session)),
      throwError(() => new Error('refused')).pipe(rx.retryWhenConnected(session)),
      source.pipe(rx.bufferUntilConnected(session, { limit: 10 })),
      rx.traffic$(session, { every: 1000 }),
      rx.rate$(session, { every: 1000 }),
      rx.metered$(session),
      interval(1000, rx.clockScheduler(session)),
    ]
    for (let time = 0; time < TIMES / 10; time += 1)
      for (const pipe of pipes) {
        pipe.subscribe().unsubscribe()
        // Not all of them have a value at once.
        pipe.pipe(take(1)).subscribe().unsubscribe()
      }
    expect([counter.live, onManager.live, lab.clock.pending]).toEqual([0, 0, 0])
  })

  it('overlaps leave no subscription and no timer', async () => {
    const { manager, clock } = await openLab()
    const links = new Subject<string>()
    let live = 0
    const source = new Observable<never>(() => {
      live += 1
      return () => {
        live -= 1
      }
    })
    const options = { overlap: true, scheduler: rx.clockScheduler(manager) }
    const subscription = source.pipe(rx.restartOnRoam(links, options)).subscribe()
    for (let time = 0; time < TIMES / 10; time += 1) links.next(`link ${time}`)
    expect([live, clock.pending]).toEqual([2, 1])
    await clock.advance(10_000)
    expect([live, clock.pending]).toEqual([1, 0])
    subscription.unsubscribe()
    expect([live, links.observed]).toEqual([0, false])
  })

  it('a session$ as a gate leaves no listener, no timer and no open session', async () => {
    const { manager, world, clock } = await openLab()
    const uplink = rx.session$(manager, 'b')
    const pipes = [
      NEVER.pipe(rx.whileConnected(uplink)),
      NEVER.pipe(rx.pauseWhileDisconnected(uplink)),
      NEVER.pipe(rx.bufferUntilConnected(uplink, { limit: 1 })),
      NEVER.pipe(rx.retryWhenConnected(uplink)),
      NEVER.pipe(rx.restartOnRoam(uplink)),
    ]
    for (let time = 0; time < TIMES / 1000; time += 1)
      for (const pipe of pipes) pipe.subscribe().unsubscribe()
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('roamingOffers$ leaves no listener while a question is waiting, nor when a subscriber leaves during it', async () => {
    const lab = await openLab([{ id: 'a', inRange: false, activate: 'unknown' }, { id: 'b' }])
    const members = ['a', 'b']
    const network = { identifier: 'net', members, ranking: [byOrder(members)] }
    const session = await open(lab, lab.manager.createSession(lab.manager.defineServiceNetwork(network)))
    const counter = countListeners(session)
    const others = rx.roamingOffers$(session).subscribe()
    await lab.clock.flush()
    lab.world.setInRange('a', true)
    await lab.clock.advance(1000)
    const before = counter.live
    let asked = 0
    for (let time = 0; time < TIMES / 10; time += 1)
      rx.roamingOffers$(session)
        .pipe(take(1))
        .subscribe(() => {
          asked += 1
        })
    expect([asked, counter.live]).toEqual([TIMES / 10, before])
    others.unsubscribe()
    expect(counter.live).toBe(0)
  })

  it('session$ leaves no listener, no timer and no open session', async () => {
    const { manager, world, clock } = await openLab()
    const onManager = countListeners(manager)
    const counters: { readonly live: number }[] = []
    const create = manager.createSession.bind(manager)
    manager.createSession = (configuration) => {
      const session = create(configuration)
      counters.push(countListeners(session))
      return session
    }
    const stream = rx.session$(manager, 'b', { policies: [rx.ignoreMetered()] })
    for (let time = 0; time < TIMES / 1000; time += 1) {
      stream.subscribe().unsubscribe()
      stream.pipe(take(1)).subscribe()
    }
    await clock.advance(60_000)
    expect(counters).toHaveLength(TIMES / 500)
    expect([counters.filter(({ live }) => live > 0), onManager.live, clock.pending]).toEqual([[], 0, 0])
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('10 000 subscriptions at once leave nothing behind either', async () => {
    const { manager, world, clock } = await openLab()
    const counter = countListeners(manager)
    let emitted = 0
    const all = Array.from({ length: 10_000 }, (_, index) =>
      rx.configuration$(manager, index % 2 === 0 ? 'a' : 'b').subscribe(() => {
        emitted += 1
      }),
    )
    world.down('a')
    await clock.flush()
    expect(emitted).toBe(15_000)
    for (const one of all) one.unsubscribe()
    expect(counter.live).toBe(0)
  })
})
