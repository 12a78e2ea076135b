import { byOrder } from '@roamkit/core'
import {
  acceptWhen,
  clockScheduler,
  configurations$,
  connected$,
  decideRoaming,
  errors$,
  interface$,
  metered$,
  online$,
  select$,
  session$,
  state$,
  toStore,
  traffic$,
  whileConnected,
} from '@roamkit/rx'
import { from, interval, map, type Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { SessionMirror } from '../src/index.js'
import { openLab } from './lab.js'

describe('the streams of @roamkit/rx on a mirror', () => {
  it('emit at once, follow the host, and complete when the connection ends', async () => {
    const { world, connect, advance, settle } = await openLab()
    const { mirror } = await connect()
    const words: unknown[] = []
    online$(mirror).subscribe({ next: (value) => words.push(value), complete: () => words.push('complete') })
    configurations$(mirror, 'active').subscribe((active) =>
      words.push(active.map(({ identifier }) => identifier)),
    )
    metered$(mirror).subscribe((value) => words.push(value))
    expect(words).toEqual([true, ['a'], null])
    world.down('a', 'carrierLost')
    await advance(0)
    expect(words.slice(3)).toEqual([false, []])
    await mirror.close()
    await settle()
    expect(words.slice(5)).toEqual(['complete'])
  })

  it('keep a session open while they have a subscriber', async () => {
    const { manager, connect, advance, settle } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const uplink = session$(mirror, 'b', { keepOpen: true })
    const states: string[] = []
    const subscription = uplink.subscribe(({ state, isOpen }) => states.push(`${state} ${isOpen}`))
    const names: (string | undefined)[] = []
    subscription.add(interface$(uplink).subscribe((link) => names.push(link?.name)))
    await advance(100)
    expect(states).toEqual(['disconnected false', 'connecting false', 'connected true'])
    expect(names.at(-1)).toBe('dev-b')
    expect(manager.holders('b')).toHaveLength(1)
    subscription.unsubscribe()
    await advance(100)
    expect(manager.holders('b')).toEqual([])
    await settle()
  })

  it('fail with the error of a session that the host does not let it open', async () => {
    const { connect, settle } = await openLab()
    const { mirror } = await connect()
    const failures: string[] = []
    session$(mirror, 'b').subscribe({ error: ({ name, reason }) => failures.push(`${name} ${reason}`) })
    await settle()
    expect(failures).toEqual(['NetworkSessionError denied'])
  })

  it('have policies decide on roaming: the probe runs in the guest', async () => {
    const { manager, world, connect, advance, finish } = await openLab([
      { id: 'a', inRange: false, activate: 'unknown' },
      { id: 'b' },
    ])
    const members = ['a', 'b']
    manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    const { mirror } = await connect({ allow: ['open', 'consult', 'migrate', 'ignore', 'accept', 'reject'] })
    const session = mirror.createSession('net')
    const probed: (string | undefined)[] = []
    const probe = async (link: { readonly name: string } | null) => {
      probed.push(link?.name)
      return true
    }
    const decisions: string[] = []
    decideRoaming(session, acceptWhen(probe)).subscribe(({ question, answer, tookEffect }) =>
      decisions.push(`${question.type} ${question.configuration.identifier} ${answer} ${tookEffect}`),
    )
    await finish(session.open())
    world.setInRange('a', true)
    await advance(1000)
    await advance(1000)
    expect(decisions).toEqual(['offer a migrate true', 'trial a accept true'])
    expect(probed).toEqual(['dev-a'])
    expect(session.activeConfiguration).toBe('a')
  })

  it('run on the time of the host', async () => {
    const { connect, advance, finish } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    const beats: number[] = []
    const subscription = interval(10, clockScheduler(session))
      .pipe(whileConnected(session))
      .subscribe((beat) => beats.push(beat))
    await finish(session.open())
    await advance(100)
    expect(beats.length).toBeGreaterThanOrEqual(10)
    subscription.unsubscribe()
  })

  it('count bytes, each time those of the reading before', async () => {
    const { manager, connect, advance, finish } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    await finish(session.open())
    const own = manager.createSession('b')
    await finish(own.open())
    const counts: number[] = []
    const subscription = traffic$(session, { every: 1000 }).subscribe(({ received }) => counts.push(received))
    for (let second = 0; second < 4; second += 1) await advance(1000)
    expect(counts.every((count) => count <= own.bytesReceived)).toBe(true)
    expect(counts[0]).toBe(own.bytesReceived)
    subscription.unsubscribe()
  })

  it('are stores for user interfaces, and the mirrors are observables and async iterables themselves', async () => {
    const { world, connect, advance, settle } = await openLab()
    const { mirror } = await connect()
    const store = toStore(select$(mirror, ({ isOnline }) => ({ isOnline })))
    let notified = 0
    const undo = store.subscribe(() => {
      notified += 1
    })
    const before = store.getSnapshot()
    world.set('b', { signal: 40 })
    await advance(0)
    expect(store.getSnapshot()).toBe(before)
    world.down('a', 'carrierLost')
    await advance(0)
    expect([store.getSnapshot(), notified]).toEqual([{ isOnline: false }, 1])
    undo()

    const seen: boolean[] = []
    from(mirror as never as Subject<{ isOnline: boolean }>)
      .pipe(map(({ isOnline }) => isOnline))
      .subscribe((isOnline) => seen.push(isOnline))
    const session: SessionMirror = mirror.createSession('a')
    const iterated: string[] = []
    const loop = (async () => {
      for await (const { state } of session) iterated.push(state)
    })()
    await settle()
    world.up('a')
    await advance(0)
    await mirror.close()
    await loop
    expect(seen).toEqual([false, true])
    expect(iterated.at(0)).toBe('disconnected')
    expect(iterated.at(-1)).toBe('connected')
    expect([state$, connected$, errors$].every((stream) => typeof stream === 'function')).toBe(true)
  })
})
