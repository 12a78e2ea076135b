import type { LinkInterface, NetworkSession } from '@roamkit/core'
import { BehaviorSubject, type Observable, of, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as rx from '../src/index.js'
import { countListeners, type Lab, listen, open, openLab } from './lab.js'

const facts = (...addresses: readonly string[]): LinkInterface => ({
  name: 'eth0',
  index: 2,
  hardwareAddress: null,
  mtu: 1500,
  addresses,
  gateways: ['10.0.0.1'],
  dns: [],
  searchDomains: [],
})

describe('health$ (L1)', () => {
  it('is unknown without evidence, and shows what the application reports of the link in use', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('a')
    const { words } = listen(rx.health$(session), (health) => health)
    await open(lab, session)
    expect(words).toEqual(['unknown'])
    for (const evidence of ['alive', 'alive', 'failed', 'failed', 'failed'] as const) {
      session.report(evidence)
      await lab.clock.flush()
    }
    expect(words).toEqual(['unknown', 'good', 'bad'])
    void session.close()
    await lab.clock.advance(100)
    expect(words).toEqual(['unknown', 'good', 'bad', 'unknown'])
  })

  it('shows what a check finds, and costs nothing of its own', async () => {
    const lab = await openLab()
    let checks = 0
    const check = async () => {
      checks += 1
      return { alive: true, bytes: 60 }
    }
    const session = lab.manager.createSession('a', { health: { check, every: 1000 } })
    const { words } = listen(rx.health$(session), (health) => health)
    await open(lab, session)
    await lab.clock.advance(5000)
    expect(words).toEqual(['unknown', 'good'])
    expect(session.healthCost).toEqual({ checks, bytes: 60 * checks })
    const before = checks
    for (let time = 0; time < 100; time += 1) rx.health$(session).pipe(take(1)).subscribe()
    await lab.clock.flush()
    expect(checks).toBe(before)
  })

  it('emits before state$, so that a new state has the health that belongs to it', async () => {
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('b'))
    for (const evidence of ['alive', 'alive'] as const) session.report(evidence)
    await lab.clock.flush()
    const order: string[] = []
    rx.state$(session).subscribe((state) => order.push(state))
    rx.health$(session).subscribe((health) => order.push(health))
    void session.close()
    await lab.clock.advance(100)
    expect(order).toEqual(['connected', 'good', 'unknown', 'closing', 'disconnected'])
  })
})

describe('resumed$ (L4)', () => {
  it('emits the time asleep once for each sleep, from its subscription on', async () => {
    const { manager, world, clock } = await openLab()
    const sleep = async (ms: number) => {
      world.setPower('asleep')
      await clock.flush()
      clock.sleep(ms)
      world.setPower('awake')
      await clock.flush()
    }
    await sleep(1000)
    const { words } = listen(rx.resumed$(manager), (ms) => ms)
    expect(words).toEqual([])
    await sleep(3_600_000)
    await clock.advance(60_000)
    await sleep(60_000)
    expect(words).toEqual([3_600_000, 60_000])
    await manager.close()
    expect(words.at(-1)).toBe('complete')
  })

  it('refuses what is no manager', () => {
    expect(() => rx.resumed$({} as never)).toThrow(/^the manager of resumed\$\(\) must be a NetworkConf/)
  })
})

describe('interfaceChanges$ (T7)', () => {
  const labOf = () =>
    openLab([
      { id: 'a', link: 'up', interface: facts('10.0.0.2/24', '10.0.0.3/24') },
      { id: 'b', interface: { ...facts('192.168.1.2/24'), name: 'wlan0' } },
    ])
  const become = async ({ world, clock }: Lab, ...addresses: readonly string[]) => {
    world.set('a', { interface: facts(...addresses) })
    await clock.flush()
  }

  it('emits the interface now and before, and the addresses that are gone', async () => {
    const lab = await labOf()
    const session = await open(lab, lab.manager.createSession('a'))
    const seen: rx.ChangedInterface[] = []
    rx.interfaceChanges$(session).subscribe((change) => seen.push(change))
    await become(lab, '10.9.0.2/24', '10.0.0.3/24')
    await become(lab, '10.9.0.2/24', '10.0.0.3/24', 'fe80::1/64')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toEqual({
      now: facts('10.9.0.2/24', '10.0.0.3/24'),
      before: facts('10.0.0.2/24', '10.0.0.3/24'),
      addressesGone: ['10.0.0.2'],
    })
  })

  it('emits after interface$, on a roam as well', async () => {
    const lab = await labOf()
    lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = await open(lab, lab.manager.createSession('net'))
    const order: string[] = []
    rx.interfaceChanges$(session).subscribe(({ now, before, addressesGone }) =>
      order.push(`${before.name} -> ${now.name}, gone: ${addressesGone}`),
    )
    rx.interface$(session).subscribe((link) => order.push(link?.name ?? 'none'))
    lab.world.setInRange('a', false)
    await lab.clock.advance(1000)
    expect(order).toEqual(['eth0', 'none', 'wlan0', 'eth0 -> wlan0, gone: 10.0.0.2,10.0.0.3'])
  })

  it('restartOnRoam starts again when it names an address that the link had at the start, and not otherwise', async () => {
    const lab = await labOf()
    const session = await open(lab, lab.manager.createSession('a'))
    const told: string[] = []
    rx.interfaceChanges$(session).subscribe(({ addressesGone }) => told.push(`gone ${addressesGone}`))
    of('start')
      .pipe(rx.restartOnRoam(session))
      .subscribe((word) => told.push(word))
    const subscription = listen(
      new BehaviorSubject('start').pipe(rx.restartOnRoam(session)),
      (word) => `${word} on ${session.interface?.addresses}`,
    )
    await become(lab, '10.0.0.2/24', '10.0.0.3/24', '2001:db8::2/64')
    await become(lab, '10.0.0.2/24', '10.0.0.3/24', '2001:db8::2/64', '2001:db8::aaaa/64')
    await become(lab, '10.0.0.2/24', '10.0.0.3/24', '2001:db8::2/64', '2001:db8::bbbb/64')
    expect(subscription.words).toHaveLength(1)
    await become(lab, '10.0.0.2/24', '2001:db8::2/64', '2001:db8::bbbb/64')
    expect(subscription.words.slice(1)).toEqual(['start on 10.0.0.2/24,2001:db8::2/64,2001:db8::bbbb/64'])
    expect(told).toEqual(['start', 'gone ', 'gone 10.0.0.3'])
  })
})

/** Every stream of a session that also follows a `session$`. */
const following: readonly [string, (source: rx.SessionSource) => Observable<unknown>][] = [
  ['state$', rx.state$],
  ['isOpen$', rx.isOpen$],
  ['connected$', rx.connected$],
  ['interface$', rx.interface$],
  ['activeConfiguration$', rx.activeConfiguration$],
  ['usagePolicies$', rx.usagePolicies$],
  ['health$', rx.health$],
  ['metered$', rx.metered$],
  ['offer$', rx.offer$],
  ['trial$', rx.trial$],
  ['traffic$', (source) => rx.traffic$(source, { every: 1000 })],
  ['rate$', (source) => rx.rate$(source, { every: 1000 })],
  ['roamingStarted$', rx.roamingStarted$],
  ['interfaceChanges$', rx.interfaceChanges$],
  ['errors$', rx.errors$],
]

describe.each(following)('%s of a session$', (_name, stream) => {
  it('emits what it emits of the session itself', async () => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    let session: NetworkSession | null = null
    const uplink = rx.session$(manager, 'net')
    const viaUplink: unknown[] = []
    const direct: unknown[] = []
    uplink.subscribe((value) => {
      if (session === null) stream(value.session).subscribe((one) => direct.push(one))
      session = value.session
    })
    stream(uplink).subscribe((one) => viaUplink.push(one))
    await clock.advance(3000)
    world.traffic('a', { received: 1000, written: 100 })
    await clock.advance(3000)
    world.setInRange('a', false)
    await clock.advance(3000)
    world.set('b', { metered: { value: true, sure: true }, interface: facts('10.0.9.9/24') })
    await clock.advance(3000)
    world.setInRange('b', false)
    await clock.advance(3000)
    expect(viaUplink).toEqual(direct)
  })

  it('opens the session with its first subscriber, and closes it when the last one leaves', async () => {
    const lab = await openLab()
    const { manager, world, clock } = lab
    const uplink = rx.session$(manager, 'b')
    const subscriptions = [stream(uplink).subscribe(), stream(uplink).subscribe()]
    await clock.advance(100)
    const link = () => world.snapshot().configurations.find(({ id }) => id === 'b')?.link
    expect(link()).toBe('up')
    subscriptions[0]?.unsubscribe()
    await clock.advance(100)
    expect(link()).toBe('up')
    subscriptions[1]?.unsubscribe()
    await clock.advance(100)
    expect([link(), clock.pending]).toEqual(['down', 0])
  })

  it('fails with it, and completes with it', async () => {
    const { manager, world, clock } = await openLab()
    world.failNext('b', 'secretWrong')
    const failing = listen(stream(rx.session$(manager, 'b')), () => 'value')
    await clock.advance(100)
    expect(failing.words.at(-1)).toBe('error:unknown/secretWrong')
    const closing = listen(stream(rx.session$(manager, 'a')), () => 'value')
    await manager.close()
    expect(closing.words.at(-1)).toBe('complete')
  })

  it('refuses what is neither, and fails with a stream of something else', async () => {
    expect(() => stream({} as never)).toThrow(/ must be a NetworkSession(, a| or a)/)
    const seen: unknown[] = []
    stream(of(true) as never).subscribe({ error: (error) => seen.push(error) })
    expect(seen).toEqual([expect.any(TypeError)])
  })
})

it('streams of two sources of one session emit one change in one order', async () => {
  const { manager, world, clock } = await openLab()
  const uplink = rx.session$(manager, 'b')
  const order: string[] = []
  const subscription = rx.state$(uplink).subscribe((state) => order.push(state))
  rx.interface$(uplink).subscribe((link) => order.push(link?.name ?? 'none'))
  await clock.advance(100)
  order.length = 0
  world.setInRange('b', false)
  await clock.advance(100)
  expect(order).toEqual(['none', 'notAvailable'])
  subscription.unsubscribe()
})

it('leave no listener behind', async () => {
  const { manager, clock } = await openLab()
  const session = manager.createSession('a')
  const [onSession, onManager] = [countListeners(session), countListeners(manager)]
  for (let time = 0; time < 10_000; time += 1)
    for (const stream of [
      rx.health$(session),
      rx.interfaceChanges$(session),
      rx.resumed$(manager),
    ] as readonly Observable<unknown>[])
      stream.subscribe().unsubscribe()
  expect([onSession.live, onManager.live, clock.pending]).toEqual([0, 0, 0])
})
