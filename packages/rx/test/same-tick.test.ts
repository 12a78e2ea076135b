import { combineLatest, map, type Observable, withLatestFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  activeConfiguration$,
  configuration$,
  configurations$,
  connected$,
  errors$,
  interface$,
  isOpen$,
  online$,
  roamingOffers$,
  select$,
  snapshot$,
  state$,
} from '../src/index.js'
import { listen, open, openLab } from './lab.js'

describe('one change', () => {
  it('reaches every stream before anything else runs', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const emitted: string[] = []
    const note = (word: string) => () => {
      emitted.push(word)
      queueMicrotask(() => emitted.push('a microtask'))
    }
    const streams: readonly (readonly [string, Observable<unknown>])[] = [
      ['state', state$(session)],
      ['interface', interface$(session)],
      ['online', online$(manager)],
      ['configurations', configurations$(manager)],
    ]
    const subscriptions = streams.map(([word, stream]) => stream.subscribe(note(word)))
    await clock.flush()
    emitted.length = 0
    world.down('a')
    await clock.flush()
    for (const subscription of subscriptions) subscription.unsubscribe()
    expect(emitted.filter((word) => word !== 'a microtask')).toEqual(emitted.slice(0, 4))
    expect(emitted.slice(0, 4)).toEqual(['online', 'configurations', 'interface', 'state'])
  })

  it('shows no new state with an old interface, in whatever order they are combined, and select$ no mixture at all', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const pair = (state: string, link: { readonly name: string } | null) =>
      `${state} ${link?.name ?? 'nowhere'}`
    const both = [state$(session), interface$(session)] as const
    const pairs = {
      one: listen(combineLatest([both[0], both[1]]), ([state, link]) => pair(state, link)).words,
      other: listen(combineLatest([both[1], both[0]]), ([link, state]) => pair(state, link)).words,
      state: listen(both[0].pipe(withLatestFrom(both[1])), ([state, link]) => pair(state, link)).words,
      select: listen(
        select$(session, ({ state, interface: link }) => ({ state, link })),
        ({ state, link }) => pair(state, link),
      ).words,
    }
    await open(lab, session)
    lab.world.down('b', 'carrierLost')
    await lab.clock.advance(100)
    // In between there is exactly one pair: the old state with the new interface.
    const combined = [
      'disconnected nowhere',
      'connecting nowhere',
      'connecting dev-b',
      'connected dev-b',
      'connected nowhere',
      'disconnected nowhere',
    ]
    expect(pairs.one).toEqual(combined)
    expect(pairs.other).toEqual(combined)
    const atomic = combined.filter((_pair, index) => index !== 2 && index !== 4)
    expect(pairs.state).toEqual(atomic)
    expect(pairs.select).toEqual(atomic)
  })

  it('shows a state together with everything that belongs to it', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const seen: unknown[] = []
    listen(
      state$(session).pipe(
        withLatestFrom(isOpen$(session), activeConfiguration$(session), interface$(session)),
        map(([state, isOpen, active, link]) => [state, isOpen, active, link?.name]),
      ),
      (row) => seen.push(row),
    )
    await open(lab, session)
    void session.close()
    await lab.clock.advance(100)
    expect(seen).toEqual([
      ['disconnected', false, '', undefined],
      ['connecting', false, '', undefined],
      ['connected', true, 'b', 'dev-b'],
      ['closing', false, '', undefined],
      ['disconnected', false, '', undefined],
    ])
  })

  it('is what a stream shows that is subscribed to during the change', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const nested: string[] = []
    listen(interface$(session), (link) => {
      listen(state$(session), (state) => nested.push(`${link === null ? 'nowhere' : 'somewhere'} ${state}`))
      listen(snapshot$(session), (snapshot) =>
        nested.push(`${snapshot.interface === null ? 'nowhere' : 'somewhere'} ${snapshot.state}`),
      )
    })
    listen(state$(session), () => '')
    world.down('a')
    await clock.flush()
    expect(new Set(nested)).toEqual(
      new Set(['somewhere connected', 'nowhere disconnected', 'somewhere disconnected']),
    )
    // Only the earlier stream gives a new state to a callback that has captured the old interface.
    expect(nested.filter((word) => word === 'somewhere disconnected')).toHaveLength(1)
    expect(nested.filter((word) => word === 'nowhere disconnected')).toHaveLength(3)
  })

  it('reaches every subscriber before a newer one that a callback triggers', async () => {
    const { manager, world, clock } = await openLab()
    const emitted: string[] = []
    const first = configurations$(manager).subscribe(({ length }) => {
      emitted.push(`first ${length}`)
      if (length !== 4) return
      manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
      listen(online$(manager), () => '')
    })
    listen(configurations$(manager), ({ length }) => emitted.push(`second ${length}`))
    world.add({ id: 'd' })
    await clock.flush()
    first.unsubscribe()
    expect(emitted).toEqual(['first 3', 'second 3', 'first 4', 'second 4', 'first 5', 'second 5'])
  })

  it('has reached the state streams when an event stream emits', async () => {
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('b'))
    const seen: string[] = []
    listen(errors$(session).pipe(withLatestFrom(state$(session), isOpen$(session))), ([, state, isOpen]) =>
      seen.push(`${state} ${isOpen}`),
    )
    lab.world.remove('b')
    await lab.clock.flush()
    expect(seen).toEqual(['invalid false'])
  })

  it('has also reached them for a listener of core that subscribes', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const early = listen(state$(session), (state) => state).words
    const inHandler: unknown[] = []
    session.on('stateChanged', () => {
      listen(state$(session), (state) => inHandler.push(state))
      inHandler.push([...early])
    })
    world.down('a')
    await clock.flush()
    expect(inHandler).toEqual(['disconnected', ['connected', 'disconnected']])
    expect(early).toEqual(['connected', 'disconnected'])
  })

  it('is emitted once, however many streams there are', async () => {
    const { manager, world, clock } = await openLab()
    const counts = Array.from({ length: 200 }, () => listen(configuration$(manager, 'b'), () => '').words)
    const gate = listen(connected$(manager.createSession('b')), (value) => value).words
    world.up('b')
    await clock.flush()
    expect(counts.every(({ length }) => length === 2)).toBe(true)
    expect(gate).toEqual([false])
  })
})

describe('a subscriber that throws', () => {
  const surfaced = vi.fn()
  const others = process.listeners('uncaughtException')
  beforeEach(() => {
    surfaced.mockReset()
    process.removeAllListeners('uncaughtException').on('uncaughtException', surfaced)
  })
  afterEach(() => {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })

  it('affects no other, and its error becomes an uncaught exception', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const bad = state$(session).subscribe((state) => {
      if (state === 'disconnected') throw new Error('bad subscriber')
    })
    const { words } = listen(state$(session), (state) => state)
    const link = listen(snapshot$(session), ({ interface: one }) => one?.name ?? null).words
    world.down('a')
    await clock.flush()
    world.up('a')
    await clock.flush()
    bad.unsubscribe()
    expect(words).toEqual(['connected', 'disconnected', 'connected'])
    expect(link).toEqual(['dev-a', null, 'dev-a'])
    await vi.waitFor(() => expect(surfaced).toHaveBeenCalledOnce())
    expect(surfaced.mock.calls[0]?.[0]).toMatchObject({ message: 'bad subscriber' })
  })
})

describe('a subscriber that leaves in the middle', () => {
  it('gets nothing more, nor does one that another subscriber unsubscribes', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const first = interface$(session).subscribe((link) => {
      if (link === null) second.unsubscribe()
    })
    const { words, subscription: second } = listen(state$(session), (state) => state)
    world.down('a')
    await clock.flush()
    first.unsubscribe()
    expect(words).toEqual(['connected'])
  })

  it('can be followed at once by a new subscription to the same source', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const again: string[] = []
    const only = state$(session).subscribe((state) => {
      if (state === 'connected') return
      only.unsubscribe()
      listen(state$(session), (one) => again.push(one))
    })
    world.down('a')
    await clock.flush()
    world.up('a')
    await clock.flush()
    expect(again).toEqual(['disconnected', 'connected'])
  })
})

describe('roamingOffers$ and the state', () => {
  it('a question arrives once the streams show the roaming that it is about', async () => {
    const lab = await openLab([{ id: 'a', link: 'up' }, { id: 'b' }])
    const network = lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = await open(lab, lab.manager.createSession(network))
    const seen: string[] = []
    listen(roamingOffers$(session).pipe(withLatestFrom(state$(session))), ([{ type }, state]) =>
      seen.push(`${type} ${state}`),
    )
    await lab.clock.flush()
    lab.world.down('a', 'carrierLost')
    await lab.clock.advance(100)
    expect(seen).toEqual(['offer roaming'])
  })
})
