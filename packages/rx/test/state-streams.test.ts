import { allUplinks, type NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { firstValueFrom, type Observable, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as rx from '../src/index.js'
import { countListeners, listen, open, openLab } from './lab.js'

const ofSession: readonly [string, (session: NetworkSession) => Observable<unknown>][] = [
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
  ['snapshot$', rx.snapshot$],
  ['traffic$', (session) => rx.traffic$(session, { every: 1000 })],
]

const ofManager: readonly [string, (manager: NetworkConfigurationManager) => Observable<unknown>][] = [
  ['configurations$', rx.configurations$],
  ['configurations$ with a filter', (manager) => rx.configurations$(manager, 'active')],
  ['configuration$', (manager) => rx.configuration$(manager, 'a')],
  ['configuration$ of none', (manager) => rx.configuration$(manager, 'nowhere')],
  ['defaultConfiguration$', rx.defaultConfiguration$],
  ['online$', rx.online$],
  ['reachability$', rx.reachability$],
  ['metered$', rx.metered$],
  ['captivePortal$', rx.captivePortal$],
  ['transportMedium$', rx.transportMedium$],
  ['capabilities$', rx.capabilities$],
  ['service$', rx.service$],
  ['snapshot$', rx.snapshot$],
]

describe.each(ofSession)('%s', (_name, stream) => {
  it('emits at once, releases its source on the last unsubscribe, and completes with the manager', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('b')
    const counter = countListeners(session)
    const [one, two] = [listen(stream(session), () => 'value'), listen(stream(session), () => 'value')]
    expect([one.words, two.words]).toEqual([['value'], ['value']])
    expect(counter.live).toBe(1)
    one.subscription.unsubscribe()
    expect(counter.live).toBe(1)
    two.subscription.unsubscribe()
    expect(counter.live).toBe(0)
    const { words } = listen(stream(session), () => 'value')
    await manager.close()
    expect(words.at(-1)).toBe('complete')
    expect(counter.live).toBe(0)
    expect(listen(stream(session), () => 'value').words).toEqual(['value', 'complete'])
    expect(counter.live).toBe(0)
  })

  it('emits nothing when its value has not changed', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(stream(manager.createSession('b')), () => 'value')
    world.set('c', { signal: 50 })
    world.down('a')
    await clock.flush()
    expect(words).toEqual(['value'])
  })
})

describe.each(ofManager)('%s of a manager', (_name, stream) => {
  it('emits at once, releases its source on the last unsubscribe, and completes with the manager', async () => {
    const { manager } = await openLab()
    const counter = countListeners(manager)
    const [one, two] = [listen(stream(manager), () => 'value'), listen(stream(manager), () => 'value')]
    expect([one.words, two.words]).toEqual([['value'], ['value']])
    expect(counter.live).toBe(1)
    one.subscription.unsubscribe()
    two.subscription.unsubscribe()
    expect(counter.live).toBe(0)
    const { words } = listen(stream(manager), () => 'value')
    await manager.close()
    expect(words.at(-1)).toBe('complete')
    expect(counter.live).toBe(0)
    expect(listen(stream(manager), () => 'value').words).toEqual(['value', 'complete'])
  })
})

describe('all streams of one source', () => {
  it('share one subscription to it', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    const [onSession, onManager] = [countListeners(session), countListeners(manager)]
    for (const [, stream] of ofSession) listen(stream(session), () => '')
    for (const [, stream] of ofManager) listen(stream(manager), () => '')
    expect([onSession.live, onManager.live]).toEqual([1, 1])
  })

  it('can be subscribed to more than once, and from a callback', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    const counter = countListeners(session)
    expect(await firstValueFrom(rx.state$(session))).toBe('connected')
    const nested: string[] = []
    rx.state$(session)
      .pipe(take(1))
      .subscribe(() =>
        rx
          .state$(session)
          .pipe(take(1))
          .subscribe((state) => nested.push(state)),
      )
    expect(nested).toEqual(['connected'])
    expect(counter.live).toBe(0)
  })
})

describe('state streams of a session', () => {
  it('follow its life', async () => {
    const lab = await openLab()
    const { manager, world, clock } = lab
    const session = manager.createSession('b')
    const states = listen(rx.state$(session), (state) => state).words
    const isOpen = listen(rx.isOpen$(session), (value) => value).words
    const connected = listen(rx.connected$(session), (value) => value).words
    const names = listen(rx.interface$(session), (link) => link?.name ?? null).words
    const active = listen(rx.activeConfiguration$(session), (identifier) => identifier).words
    await open(lab, session)
    world.down('b', 'carrierLost')
    await clock.advance(100)
    world.up('b')
    await clock.flush()
    void session.close()
    await clock.advance(100)
    // Up again with another activation, the link belongs to the system and stays up (rule H1).
    expect(states).toEqual(['disconnected', 'connecting', 'connected', 'disconnected', 'connected'])
    expect(isOpen).toEqual([false, true, false])
    expect(connected).toEqual([false, true, false, true, false])
    expect(names).toEqual([null, 'dev-b', null, 'dev-b'])
    expect(active).toEqual(['', 'b', ''])
  })

  it('is connected only while it is open', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    expect(await firstValueFrom(rx.state$(session))).toBe('connected')
    expect(await firstValueFrom(rx.connected$(session))).toBe(false)
  })

  it('never fail: errors are values of errors$, from its subscription on', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    const states = listen(rx.state$(session), (state) => state).words
    const errors = listen(rx.errors$(session), ({ code, reason }) => `${code}/${reason}`).words
    world.failNext('b', 'secretWrong')
    void session.open()
    await clock.advance(100)
    expect(states).toEqual(['disconnected', 'connecting', 'disconnected'])
    expect(errors).toEqual(['unknown/secretWrong'])
    expect(listen(rx.errors$(session), () => 'late').words).toEqual([])
    await manager.close()
    expect(states.slice(3)).toEqual(['invalid', 'complete'])
    expect(errors.slice(1)).toEqual(['complete'])
  })

  it('usagePolicies$ shows metered links', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(rx.usagePolicies$(manager.createSession('a')), (policies) => policies.join())
    world.set('a', { metered: { value: true, sure: true } })
    await clock.flush()
    expect(words).toEqual(['', 'noBackgroundTraffic'])
  })
})

describe('metered$ of a session', () => {
  it('is about the link that the session uses, also while that is not the default one, and follows roams', async () => {
    const lab = await openLab([
      { id: 'a', link: 'up', activate: 'unknown', metered: { value: false, sure: true } },
      { id: 'b', metered: { value: true, sure: false } },
    ])
    const { manager, world, clock } = lab
    world.setDefault('a')
    const ofManager = listen(rx.metered$(manager), (value) => value).words
    const single = manager.createSession('b')
    const ofSingle = listen(rx.metered$(single), (value) => value).words
    const roamer = manager.createSession(
      manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] }),
    )
    const ofRoamer = listen(rx.metered$(roamer), (value) => value).words
    await open(lab, single)
    await open(lab, roamer)
    expect([ofManager, ofSingle, ofRoamer]).toEqual([[false], [null, true], [null, false]])
    world.setInRange('a', false)
    await clock.advance(1000)
    expect(roamer.activeConfiguration).toBe('b')
    expect(ofRoamer).toEqual([null, false, true])
    void roamer.close()
    await clock.advance(1000)
    expect(ofRoamer).toEqual([null, false, true, null])
  })

  it('is null if the backend does not know, and follows what it learns', async () => {
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('a'))
    const { words } = listen(rx.metered$(session), (value) => value)
    lab.world.set('a', { metered: { value: true, sure: true } })
    await lab.clock.flush()
    lab.world.set('a', { metered: null })
    await lab.clock.flush()
    expect(words).toEqual([null, true, null])
  })

  it("knows of a metered link behind the user's choice (M6)", async () => {
    const lab = await openLab(undefined, { chooser: async () => 'b' })
    lab.world.set('b', { metered: { value: true, sure: true } })
    const session = lab.manager.createSession('userChoice')
    const { words } = listen(rx.metered$(session), (value) => value)
    await open(lab, session)
    expect(words).toEqual([null, true])
  })
})

describe('state streams of a manager', () => {
  it('follow the host', async () => {
    const { manager, world, clock } = await openLab()
    const online = listen(rx.online$(manager), (value) => value).words
    const reach = listen(rx.reachability$(manager), (value) => value).words
    const portal = listen(rx.captivePortal$(manager), (value) => value).words
    const metered = listen(rx.metered$(manager), (value) => value).words
    const service = listen(rx.service$(manager), (value) => value).words
    const byDefault = listen(rx.defaultConfiguration$(manager), (value) => value?.identifier).words
    world.set('a', { connectivity: 'portal', metered: { value: true, sure: false } })
    await clock.flush()
    world.down('a')
    await clock.flush()
    world.loseService()
    await clock.flush()
    expect(online).toEqual([true, false])
    expect(reach).toEqual(['online', 'site', 'disconnected'])
    expect(portal).toEqual([false, true, null])
    expect(metered).toEqual([null, true, null])
    expect(service).toEqual(['ready', 'lost'])
    expect(byDefault[0]).toBe('a')
  })

  it('configurations$ and configuration$ show the same objects', async () => {
    const { manager, world, clock } = await openLab()
    const all = listen(rx.configurations$(manager), (configurations) => configurations).words
    const active = listen(rx.configurations$(manager, 'active'), (some) =>
      some.map(({ identifier }) => identifier),
    )
    const b = listen(rx.configuration$(manager, 'b'), (configuration) => configuration).words
    const d = listen(rx.configuration$(manager, 'd'), ({ isValid }) => isValid).words
    world.up('b')
    await clock.flush()
    world.add({ id: 'd' })
    await clock.flush()
    world.remove('d')
    await clock.flush()
    expect(active.words).toEqual([['a'], ['a', 'b']])
    expect(b).toHaveLength(2)
    expect((all[1] as readonly unknown[])[1]).toBe(b[1])
    expect(all).toHaveLength(4)
    expect(d).toEqual([false, true, false])
  })

  it('show a service network that is defined in a callback', async () => {
    const { manager, clock } = await openLab()
    const seen: number[] = []
    const subscription = rx.configurations$(manager).subscribe((configurations) => {
      seen.push(configurations.length)
      if (seen.length === 1) manager.defineServiceNetwork(allUplinks)
    })
    await clock.flush()
    subscription.unsubscribe()
    expect(seen).toEqual([3, 4])
  })
})
