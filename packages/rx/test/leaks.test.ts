import { type Observable, take } from 'rxjs'
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

  it('operators leave neither listener nor timer', async () => {
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('a'))
    const counter = countListeners(session)
    const source = rx.online$(lab.manager)
    const onManager = countListeners(lab.manager)
    const pipes: readonly Observable<unknown>[] = [
      source.pipe(rx.whileConnected(session)),
      source.pipe(rx.pauseWhileDisconnected(session)),
      source.pipe(rx.restartOnRoam(session)),
      source.pipe(rx.retryWhenConnected(session)),
      source.pipe(rx.bufferUntilConnected(session, { limit: 10 })),
      rx.traffic$(session, { every: 1000 }),
    ]
    for (let time = 0; time < TIMES / 10; time += 1)
      for (const pipe of pipes) {
        pipe.subscribe().unsubscribe()
        pipe.pipe(take(1)).subscribe()
      }
    expect([counter.live, onManager.live, lab.clock.pending]).toEqual([0, 0, 0])
  })

  it('10 000 at once are let go of, too', async () => {
    const { manager, world, clock } = await openLab()
    const counter = countListeners(manager)
    let told = 0
    const all = Array.from({ length: 10_000 }, (_, index) =>
      rx.configuration$(manager, index % 2 === 0 ? 'a' : 'b').subscribe(() => {
        told += 1
      }),
    )
    world.down('a')
    await clock.flush()
    expect(told).toBe(15_000)
    for (const one of all) one.unsubscribe()
    expect(counter.live).toBe(0)
  })
})
