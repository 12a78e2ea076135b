import type { MockConfiguration } from '@roamkit/backend-mock'
import { byOrder, type ManagerOptions, type NetworkSession } from '@roamkit/core'
import type { LinkInterface } from '@roamkit/core/contract'
import { defer, finalize, NEVER, type Observable, Subject, startWith } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { clockScheduler, type RestartOptions, restartOnRoam, roamingOffers$, session$ } from '../src/index.js'
import { type Lab, listen, marbles, open, openLab } from './lab.js'

const LINKS = { a: 'a', b: 'b', c: 'c', n: null }

/** A source that is another stream each time that it is subscribed to. */
function inTurn<Value>(...streams: readonly Observable<Value>[]): Observable<Value> {
  const left = [...streams]
  return defer(() => left.shift() ?? NEVER)
}

describe('restartOnRoam with an overlap', () => {
  it('keeps the old subscription until the new one has its first value', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const [old, next] = [cold('1-2-3-4-5-6'), cold('--x-y')]
      const links = hot<string | null>('a----b----', LINKS)
      expectObservable(inTurn(old, next).pipe(restartOnRoam(links, { overlap: true }))).toBe('1-2-3-4x-y')
      expectSubscriptions(old.subscriptions).toBe('^------!')
      expectSubscriptions(next.subscriptions).toBe('-----^')
    })
  })

  it('is off by default', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const [old, next] = [cold('1-2-3-4-5-6'), cold('--x-y')]
      const links = hot<string | null>('a----b----', LINKS)
      expectObservable(inTurn(old, next).pipe(restartOnRoam(links))).toBe('1-2-3--x-y')
      expectSubscriptions(old.subscriptions).toBe('^----!')
    })
  })

  it('ends the old subscription before the first new value, if that comes at once, too', () => {
    const links = new Subject<string>()
    const seen: string[] = []
    const source = inTurn(
      NEVER.pipe(
        startWith('old'),
        finalize(() => seen.push('old ends')),
      ),
      NEVER.pipe(startWith('new')),
    )
    listen(source.pipe(restartOnRoam(links, { overlap: true })), (value) => seen.push(value))
    links.next('a')
    links.next('b')
    expect(seen).toEqual(['old', 'old ends', 'new'])
  })

  it('ends the old subscription after overlapTimeout', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }, scheduler) => {
      const [old, next] = [cold('1-2-3-4--5-6'), cold('------x')]
      const options = { overlap: true, overlapTimeout: 3, scheduler }
      const links = hot<string | null>('a----b------', LINKS)
      expectObservable(inTurn(old, next).pipe(restartOnRoam(links, options))).toBe('1-2-3-4----x')
      expectSubscriptions(old.subscriptions).toBe('^-------!')
    })
  })

  it('an old subscription that fails or ends is just over', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      for (const end of ['#', '|']) {
        const [old, next] = [cold(`1-----${end}`), cold('---x')]
        const links = hot<string | null>('a----b------', LINKS)
        expectObservable(inTurn(old, next).pipe(restartOnRoam(links, { overlap: true }))).toBe('1-------x')
        expectSubscriptions(old.subscriptions).toBe('^-----!')
      }
    })
  })

  it('a new subscription that fails fails the stream when the overlap is over', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }, scheduler) => {
      const options = { overlap: true, overlapTimeout: 4, scheduler }
      const links = hot<string | null>('a----b------', LINKS)
      const [lasting, next] = [cold('1-2-3-4-5-6'), cold('-#', undefined, 'new')]
      expectObservable(inTurn(lasting, next).pipe(restartOnRoam(links, options))).toBe(
        '1-2-3-4-5#',
        undefined,
        'new',
      )
      expectSubscriptions(lasting.subscriptions).toBe('^--------!')
      const failing = cold('1-2-3-4#', undefined, 'old')
      expectObservable(inTurn(failing, next).pipe(restartOnRoam(links, options))).toBe(
        '1-2-3-4#',
        undefined,
        'new',
      )
    })
  })

  it('going back continues the old subscription, even if the new one has failed', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }, scheduler) => {
      for (const next of [cold('-#'), cold('----------x')]) {
        const old = cold('1-2-3-4-5-6-7')
        const options = { overlap: true, overlapTimeout: 4, scheduler }
        const links = hot<string | null>('a----b--a-----', LINKS)
        expectObservable(inTurn<string>(old, next).pipe(restartOnRoam(links, options)), '^-----------!').toBe(
          '1-2-3-4-5-6-',
        )
        expectSubscriptions(old.subscriptions).toBe('^-----------!')
      }
    })
  })

  it('a failure before going back is forgotten: the next move does not end with it', () => {
    marbles(({ cold, hot, expectObservable }) => {
      const source = inTurn<string>(cold('1-2-3-4-5-6-7-8-9-'), cold('-#'), cold('-y'))
      const links = hot<string | null>('a----b--a---c---', LINKS)
      expectObservable(source.pipe(restartOnRoam(links, { overlap: true }))).toBe('1-2-3-4-5-6-7y')
    })
  })

  it('a value of a subscription that ends while the old one ends is not emitted', () => {
    const links = new Subject<string>()
    const next = new Subject<string>()
    const old = NEVER.pipe(
      startWith('old'),
      finalize(() => links.next('c')),
    )
    const source = inTurn(old, next, NEVER.pipe(startWith('newest')))
    const { words } = listen(source.pipe(restartOnRoam(links, { overlap: true })), (value) => value)
    links.next('a')
    links.next('b')
    next.next('late')
    expect([words, next.observed]).toEqual([['old', 'newest'], false])
  })

  it('a new subscription that ends without a value ends the stream', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const [old, next] = [cold('1-2-3-4-5-6'), cold('--|')]
      const links = hot<string | null>('a----b------', LINKS)
      expectObservable(inTurn(old, next).pipe(restartOnRoam(links, { overlap: true }))).toBe('1-2-3-4|')
      expectSubscriptions(old.subscriptions).toBe('^------!')
    })
  })

  it('a third link in the meantime leaves the one that works, not the one that has no value', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const [old, between, next] = [cold('1-2-3-4-5-6'), cold('----------x'), cold('--y')]
      const links = hot<string | null>('a----b-c----', LINKS)
      const source = inTurn(old, between, next)
      expectObservable(source.pipe(restartOnRoam(links, { overlap: true }))).toBe('1-2-3-4-5y')
      expectSubscriptions(old.subscriptions).toBe('^--------!')
      expectSubscriptions(between.subscriptions).toBe('-----^-!')
      expectSubscriptions(next.subscriptions).toBe('-------^')
    })
  })

  it('no link ends both, a failure of the links too, and their end neither', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      for (const [marble, expected, old, next] of [
        ['a----bn', '1-2-3-', '^-----!', '-----^!'],
        ['a----b#', '1-2-3-#', '^-----!', '-----^!'],
        ['a----b|', '1-2-3-4x-y', '^------!', '-----^'],
      ] as const) {
        const streams = [cold('1-2-3-4-5-6'), cold('--x-y')] as const
        const links = hot<string | null>(marble, LINKS)
        expectObservable(inTurn(...streams).pipe(restartOnRoam(links, { overlap: true }))).toBe(expected)
        expectSubscriptions(streams[0].subscriptions).toBe(old)
        expectSubscriptions(streams[1].subscriptions).toBe(next)
      }
    })
  })

  it('unsubscribing in the meantime unsubscribes from both and from the links, and leaves no timer', async () => {
    const { manager, clock } = await openLab()
    const links = new Subject<string>()
    const [old, next] = [new Subject(), new Subject()]
    const options = { overlap: true, scheduler: clockScheduler(manager) }
    const { subscription } = listen(inTurn(old, next).pipe(restartOnRoam(links, options)), () => '')
    links.next('a')
    links.next('b')
    expect([old.observed, next.observed, clock.pending]).toEqual([true, true, 1])
    subscription.unsubscribe()
    expect([old.observed, next.observed, links.observed, clock.pending]).toEqual([false, false, false, 0])
  })

  it('a link that changes while the old subscription ends leaves one subscription', () => {
    const links = new Subject<string>()
    const live = new Set<number>()
    let count = 0
    const source = defer(() => {
      count += 1
      const mine = count
      live.add(mine)
      return NEVER.pipe(
        finalize(() => {
          live.delete(mine)
          if (mine === 1) links.next('c')
        }),
      )
    })
    listen(source.pipe(restartOnRoam(links)), () => '')
    links.next('a')
    links.next('b')
    expect([...live]).toEqual([count])
  })
})

/** A source that says where it runs and when it ends, and that has its first value when it is told to. */
function runs(session: NetworkSession) {
  const seen: string[] = []
  const values = new Map<string, Subject<string>>()
  const source = defer(() => {
    const name = session.interface?.name ?? 'nowhere'
    const value = new Subject<string>()
    values.set(name, value)
    seen.push(`${name} starts`)
    return value.pipe(finalize(() => seen.push(`${name} ends`)))
  })
  return { source, seen, emit: (name: string) => values.get(name)?.next(name) }
}

describe('restartOnRoam with an overlap, on a session', () => {
  /** A session on `b`, with a trial of `a` under way. */
  async function onTrial(options: RestartOptions, managerOptions: ManagerOptions = {}) {
    const lab = await openLab([{ id: 'a', inRange: false, activate: 'unknown' }, { id: 'b' }], managerOptions)
    const members = ['a', 'b']
    const network = { identifier: 'net', members, ranking: [byOrder(members)] }
    const session = await open(lab, lab.manager.createSession(lab.manager.defineServiceNetwork(network)))
    const run = runs(session)
    const values = listen(
      run.source.pipe(restartOnRoam(session, { overlap: true, ...options })),
      (value) => value,
    )
    run.emit('dev-b')
    listen(roamingOffers$(session), (question) => void (question.type === 'offer' && question.migrate()))
    await lab.clock.flush()
    lab.world.setInRange('a', true)
    await lab.clock.advance(1000)
    expect(session.trial).not.toBeNull()
    return { ...lab, session, ...run, ...values }
  }

  it('makes before it breaks: moves in the trial, with both links up, and the first value ends the old one', async () => {
    const { session, seen, emit, words, world } = await onTrial({ from: 'trial' })
    expect(seen).toEqual(['dev-b starts', 'dev-a starts'])
    emit('dev-b')
    emit('dev-a')
    expect(seen.slice(2)).toEqual(['dev-b ends'])
    expect(words).toEqual(['dev-b', 'dev-b', 'dev-a'])
    expect(world.snapshot().configurations.map(({ link }) => link)).toEqual(['up', 'up'])
    expect(session.trial).not.toBeNull()
  })

  it('a rejected trial continues the old subscription, which never ended', async () => {
    const { session, seen, emit, words, clock } = await onTrial({ from: 'trial' })
    void session.reject()
    await clock.advance(1000)
    emit('dev-b')
    expect(seen).toEqual(['dev-b starts', 'dev-a starts', 'dev-a ends'])
    expect(words).toEqual(['dev-b', 'dev-b'])
    expect(clock.pending).toBeLessThanOrEqual(1)
  })

  it('a trial that is rejected after the move moves back, and the link under trial goes', async () => {
    const { session, seen, emit, clock } = await onTrial({ from: 'trial' })
    emit('dev-a')
    void session.reject()
    await clock.advance(1000)
    expect(seen.slice(2)).toEqual(['dev-b ends', 'dev-b starts', 'dev-a ends'])
  })

  it('ends the old subscription when the old link goes, although the new one has no value', async () => {
    const { session, seen, world, clock } = await onTrial({ from: 'trial' })
    void session.accept()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
    expect(seen).toEqual(['dev-b starts', 'dev-a starts', 'dev-b ends'])
  })

  it('ends the old subscription when the old link is lost in the trial', async () => {
    const { session, seen, world, clock } = await onTrial({ from: 'trial' })
    world.down('b', 'carrierLost')
    await clock.flush()
    expect(session.trial).not.toBeNull()
    expect(seen).toEqual(['dev-b starts', 'dev-a starts', 'dev-b ends'])
  })

  it('ends the old subscription after overlapTimeout by the clock of the manager', async () => {
    const { seen, clock } = await onTrial({ from: 'trial', overlapTimeout: 5000 })
    await clock.advance(3900)
    expect(seen).toEqual(['dev-b starts', 'dev-a starts'])
    await clock.advance(200)
    expect(seen).toEqual(['dev-b starts', 'dev-a starts', 'dev-b ends'])
  })

  it('without "trial" moves when the trial is accepted, and overlaps as long as the old link is up', async () => {
    const { session, seen, clock } = await onTrial({})
    expect(seen).toEqual(['dev-b starts'])
    void session.accept()
    await clock.flush()
    expect(seen).toEqual(['dev-b starts', 'dev-a starts'])
    await clock.advance(100)
    expect(seen).toEqual(['dev-b starts', 'dev-a starts', 'dev-b ends'])
  })

  it('closing the session ends both', async () => {
    const { session, seen, clock } = await onTrial({ from: 'trial' })
    void session.close()
    await clock.flush()
    expect(seen.slice(2).sort()).toEqual(['dev-a ends', 'dev-b ends'])
  })
})

describe('restartOnRoam, when addresses change on the same link (T7)', () => {
  const link = (...addresses: readonly string[]): LinkInterface => ({
    name: 'dev-b',
    index: 2,
    hardwareAddress: null,
    mtu: 1500,
    addresses,
    gateways: [],
    dns: [],
    searchDomains: [],
  })

  /** A source on a session on `b`, which shows the addresses that it starts with. */
  async function onAddresses(first: readonly string[], options: RestartOptions = {}) {
    const b: MockConfiguration = { id: 'b', interface: link(...first) }
    const lab: Lab = await openLab([b])
    const session = await open(lab, lab.manager.createSession('b'))
    const source = defer(() => NEVER.pipe(startWith(session.interface?.addresses.join(' '))))
    const { words } = listen(source.pipe(restartOnRoam(session, options)), (value) => value)
    const become = async (...addresses: readonly string[]) => {
      lab.world.set('b', { interface: link(...addresses) })
      await lab.clock.flush()
      expect(session.interface?.addresses).toEqual(addresses)
    }
    return { ...lab, session, words, become }
  }

  it.each([
    ['another IPv4 address', ['10.0.0.2/24'], ['10.0.1.7/24']],
    ['another IPv6 address', ['2001:db8:1::2/64'], ['2001:db8:2::2/64']],
    ['IPv4 is gone, IPv6 stays', ['10.0.0.2/24', '2001:db8::2/64'], ['2001:db8::2/64']],
    ['IPv6 is gone, IPv4 stays', ['10.0.0.2/24', '2001:db8::2/64'], ['10.0.0.2/24']],
    ['another address that only looks link-local', ['fe8:1::2/64'], ['fe8:1::3/64']],
    ['the first of two is gone', ['10.0.0.2/24', '10.0.0.3/24'], ['10.0.0.3/24']],
    ['the second of two is gone', ['10.0.0.2/24', '10.0.0.3/24'], ['10.0.0.2/24']],
    [
      'an IPv6 address of another network is gone',
      ['2001:db8:1::2/64', '2001:db8:2::2/64'],
      ['2001:db8:1::2/64'],
    ],
    [
      'all privacy addresses of a network without another one are gone, one after another',
      ['2001:db8::aaaa/64'],
      ['2001:db8::bbbb/64'],
    ],
    [
      'only the address of a link-local network is left of IPv4',
      ['10.0.0.2/24', 'fd00::2/64'],
      ['169.254.3.4/16', 'fd00::2/64'],
    ],
  ])('starts again: %s', async (_what, before, after) => {
    const { words, become } = await onAddresses(before)
    await become(...after)
    expect(words).toEqual([before.join(' '), after.join(' ')])
  })

  it.each([
    ['an address more', ['10.0.0.2/24'], ['10.0.0.2/24', '2001:db8::2/64']],
    ['another order', ['10.0.0.2/24', '10.0.0.3/24'], ['10.0.0.3/24', '10.0.0.2/24']],
    ['another prefix length', ['10.0.0.2/24'], ['10.0.0.2/16']],
    ['link-local addresses that come', ['10.0.0.2/24'], ['10.0.0.2/24', '169.254.9.9/16', 'fe80::1/64']],
    ['link-local addresses that go', ['fe80::1/64', '169.254.9.9/16', '10.0.0.2/24'], ['10.0.0.2/24']],
    ['a privacy address that goes', ['2001:db8::2/64', '2001:db8::aaaa/64'], ['2001:db8::2/64']],
    [
      'a privacy address that another one replaces',
      ['2001:db8::2/64', '2001:db8::aaaa/64'],
      ['2001:db8::2/64', '2001:db8::bbbb/64'],
    ],
    [
      'a privacy address that is listed first and goes',
      ['2001:db8::aaaa/64', '2001:db8::2/64'],
      ['2001:db8::2/64', '2001:db8::bbbb/64'],
    ],
  ])('goes on: %s', async (_what, before, after) => {
    const { words, become } = await onAddresses(before)
    await become(...after)
    expect(words).toEqual([before.join(' ')])
  })

  it('waits while there is no address, and goes on if the same one comes back', async () => {
    const { words, become } = await onAddresses(['10.0.0.2/24'])
    await become()
    await become('fe80::1/64')
    expect(words).toEqual(['10.0.0.2/24'])
    await become('10.0.0.2/24')
    expect(words).toEqual(['10.0.0.2/24'])
    await become()
    await become('10.0.0.9/24')
    expect(words).toEqual(['10.0.0.2/24', '10.0.0.9/24'])
  })

  it('judges by the addresses with which the subscription started, not by those before', async () => {
    const { words, become } = await onAddresses(['10.0.0.2/24'])
    await become('10.0.0.2/24', '2001:db8::2/64')
    await become('10.0.0.2/24')
    await become('10.0.0.9/24', '2001:db8::2/64')
    await become('10.0.0.9/24')
    expect(words).toEqual(['10.0.0.2/24', '10.0.0.9/24 2001:db8::2/64', '10.0.0.9/24'])
  })

  it('starts again after a loss from which the link comes back with another address, and not with the same', async () => {
    const { words, world, clock } = await onAddresses(['10.0.0.2/24'])
    world.down('b', 'carrierLost')
    await clock.advance(1000)
    world.up('b')
    await clock.flush()
    expect(words).toEqual(['10.0.0.2/24'])
    world.down('b', 'carrierLost')
    world.set('b', { interface: link('10.0.0.9/24') })
    await clock.advance(1000)
    world.up('b')
    await clock.flush()
    expect(words).toEqual(['10.0.0.2/24', '10.0.0.9/24'])
  })

  it('does not overlap: what is bound to the old address is dead', async () => {
    const seen: string[] = []
    const lab = await openLab([{ id: 'b', interface: link('10.0.0.2/24') }])
    const session = await open(lab, lab.manager.createSession('b'))
    const source = defer(() => {
      seen.push('starts')
      return NEVER.pipe(finalize(() => seen.push('ends')))
    })
    listen(source.pipe(restartOnRoam(session, { overlap: true })), () => '')
    lab.world.set('b', { interface: link('10.0.0.9/24') })
    await lab.clock.flush()
    expect(seen).toEqual(['starts', 'ends', 'starts'])
  })

  it('an overlap that goes back to a link with another address starts again', async () => {
    const b: MockConfiguration = { id: 'b', interface: link('10.0.0.2/24') }
    const lab = await openLab([{ id: 'a', inRange: false, activate: 'unknown' }, b])
    const members = ['a', 'b']
    const network = { identifier: 'net', members, ranking: [byOrder(members)] }
    const session = await open(lab, lab.manager.createSession(lab.manager.defineServiceNetwork(network)))
    const { source, seen } = runs(session)
    listen(
      source.pipe(restartOnRoam(session, { overlap: true, from: 'trial', overlapTimeout: 60_000 })),
      () => '',
    )
    listen(roamingOffers$(session), (question) => void (question.type === 'offer' && question.migrate()))
    await lab.clock.flush()
    lab.world.setInRange('a', true)
    await lab.clock.advance(1000)
    lab.world.set('b', { interface: link('10.0.0.9/24') })
    await lab.clock.flush()
    expect(seen).toEqual(['dev-b starts', 'dev-a starts'])
    void session.reject()
    await lab.clock.advance(1000)
    expect(seen.slice(2)).toEqual(['dev-a ends', 'dev-b ends', 'dev-b starts'])
  })
})

it('restartOnRoam follows a session$, and ends with it', async () => {
  const lab = await openLab([{ id: 'a', link: 'up', activate: 'unknown' }, { id: 'b' }])
  const members = ['a', 'b']
  const network = { identifier: 'net', members, ranking: [byOrder(members)] }
  const uplink = session$(lab.manager, lab.manager.defineServiceNetwork(network))
  const sessions: NetworkSession[] = []
  listen(uplink, ({ session }) => sessions.push(session))
  const { words } = listen(
    defer(() => NEVER.pipe(startWith(sessions.at(-1)?.interface?.name))).pipe(restartOnRoam(uplink)),
    (name) => name,
  )
  await lab.clock.advance(100)
  lab.world.setInRange('a', false)
  await lab.clock.advance(1000)
  expect(words).toEqual(['dev-a', 'dev-b'])
  void sessions.at(-1)?.close()
  await lab.clock.advance(1000)
  expect(words).toEqual(['dev-a', 'dev-b', 'complete'])
  expect(new Set(sessions).size).toBe(1)
})
