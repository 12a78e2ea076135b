import { mock, VirtualClock } from '@roamkit/backend-mock'
import {
  allUplinks,
  BackendError,
  byBearer,
  NetworkConfiguration,
  NetworkConfigurationManager,
  observable,
  systemClock,
} from '@roamkit/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Lab, listen, openLab, outcome } from './lab.js'

describe('C1 state is cumulative', () => {
  it('an active configuration is also discovered and defined; undefined stands alone', async () => {
    const { manager, world, clock } = await openLab()
    const active = manager.configurationFromIdentifier('a')
    expect(
      ['undefined', 'defined', 'discovered', 'active'].map((state) => active.is(state as 'active')),
    ).toEqual([false, true, true, true])
    let gone = active
    manager.on('configurationRemoved', (configuration) => {
      gone = configuration
    })
    world.remove('a')
    await clock.flush()
    expect(
      ['undefined', 'defined', 'discovered', 'active'].map((state) => gone.is(state as 'active')),
    ).toEqual([true, false, false, false])
  })

  it('names bearers and their families as Qt does', async () => {
    const { manager } = await openLab([
      { id: 'l', bearer: 'lte' },
      { id: 'w', bearer: 'wlan' },
      { id: 'x', bearer: 'evdo' },
      { id: 'c', bearer: 'cellular' },
    ])
    const of = (id: string) => manager.configurationFromIdentifier(id)
    expect([of('l').bearerTypeName, of('l').bearerTypeFamily]).toEqual(['LTE', '4G'])
    expect([of('w').bearerTypeName, of('w').bearerTypeFamily]).toEqual(['WLAN', 'wlan'])
    expect([of('x').bearerTypeName, of('x').bearerTypeFamily]).toEqual(['EVDO', '3G'])
    expect([of('c').bearerTypeName, of('c').bearerTypeFamily]).toEqual(['Cellular', 'cellular'])
    expect(of('nobody').bearerTypeName).toBe('')
  })
})

describe('C2 snapshots', () => {
  it('are immutable, and the same object while nothing changed', async () => {
    const { manager, world, clock } = await openLab()
    const before = manager.configurationFromIdentifier('a')
    const other = manager.configurationFromIdentifier('b')
    expect(Object.isFrozen(before)).toBe(true)
    world.set('b', { name: 'renamed' })
    await clock.flush()
    expect(manager.configurationFromIdentifier('a')).toBe(before)
    expect(manager.configurationFromIdentifier('b')).not.toBe(other)
    expect(other.name).toBe('lab-b')
    expect(manager.configurationFromIdentifier('b').name).toBe('renamed')
  })

  it('do not change for a signal that moves less than a step', async () => {
    const { manager, world, clock } = await openLab([{ id: 'w', bearer: 'wlan', signal: 60 }])
    const changes: (number | null)[] = []
    manager.on('configurationChanged', ({ signal }) => changes.push(signal))
    for (const signal of [61, 63, 64, 62, 66]) {
      world.set('w', { signal })
      await clock.flush()
    }
    expect(changes).toEqual([66])
  })

  it('show the mobile network of a cellular link, and change when it does (T4)', async () => {
    const home = { operator: 'Telekom.de', operatorCode: '26201', registration: 'home' } as const
    const { manager, world, clock } = await openLab([{ id: 'm', bearer: 'lte', cellular: home }, { id: 'a' }])
    const of = (id: string) => manager.configurationFromIdentifier(id)
    const changes: unknown[] = []
    manager.on('configurationChanged', ({ cellular }) => changes.push(cellular))
    const before = of('m')
    expect([before.cellular, of('a').cellular, of('nobody').cellular]).toEqual([home, null, null])
    world.set('m', { cellular: { ...home } })
    await clock.flush()
    expect(of('m')).toBe(before)
    const visited = { operator: 'Orange F', operatorCode: '20801', registration: 'visited' } as const
    world.set('m', { cellular: visited })
    await clock.flush()
    world.set('m', { cellular: null })
    await clock.flush()
    expect(changes).toEqual([visited, null])
  })

  it('do not change for facts that no configuration shows', async () => {
    const { manager, world, clock } = await openLab()
    const before = manager.allConfigurations()
    world.flap('a')
    await clock.flush()
    expect(manager.allConfigurations()).toBe(before)
  })
})

describe('C4 access points', () => {
  it('have no children and do not roam', async () => {
    const { manager } = await openLab()
    for (const configuration of manager.allConfigurations()) {
      expect(configuration.children).toEqual([])
      expect(configuration.isRoamingAvailable).toBe(false)
    }
  })
})

describe('C6 connectTimeout', () => {
  it('is 30 s unless set, refused for an invalid configuration, and a RangeError for a time that is none', async () => {
    const { manager, clock } = await openLab()
    expect(manager.configurationFromIdentifier('a').connectTimeout).toBe(30_000)
    expect(manager.setConnectTimeout('a', 100)).toBe(true)
    await clock.flush()
    expect(manager.configurationFromIdentifier('a').connectTimeout).toBe(100)
    expect(manager.setConnectTimeout('nobody', 100)).toBe(false)
    expect(() => manager.setConnectTimeout('a', -1)).toThrow(/connectTimeout.*-1/)
  })

  it('of a service network is a change of it, and no removal, and concerns no session', async () => {
    const { manager, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net')
    await session.open()
    const told = listen(session)
    const changes: unknown[] = []
    const note = (event: string) => (configuration: NetworkConfiguration) =>
      changes.push([event, configuration.identifier, configuration.connectTimeout])
    manager.on('configurationAdded', note('added'))
    manager.on('configurationChanged', note('changed'))
    manager.on('configurationRemoved', note('removed'))
    expect(manager.setConnectTimeout('net', 100)).toBe(true)
    await clock.flush()
    expect(manager.configurationFromIdentifier('net').connectTimeout).toBe(100)
    expect(manager.setConnectTimeout('net', 100)).toBe(true)
    await clock.flush()
    expect(changes).toEqual([['changed', 'net', 100]])
    expect([told, session.isConnected]).toEqual([[], true])
  })
})

describe('M5 a service network', () => {
  const eventsOf = ({ manager }: Lab) => {
    const events: string[] = []
    const note =
      (event: string) =>
      ({ identifier, type }: NetworkConfiguration) =>
        events.push(`${event} ${identifier} ${type}`)
    manager.on('configurationAdded', note('configurationAdded'))
    manager.on('configurationChanged', note('configurationChanged'))
    manager.on('configurationRemoved', note('configurationRemoved'))
    return events
  }

  it.each(['a', 'net', 'userChoice'])('cannot have the identifier %s, which is taken', async (identifier) => {
    const { manager } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
    expect(() => manager.defineServiceNetwork({ identifier, members: ['b'] })).toThrow(
      new TypeError(`the identifier '${identifier}' is taken`),
    )
  })

  it('stays what it is if an access point with its identifier comes and goes', async () => {
    const lab = await openLab()
    const { manager, world, clock } = lab
    const network = manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
    await clock.flush()
    const events = eventsOf(lab)
    world.add({ id: 'net', link: 'up' })
    await clock.flush()
    expect(manager.configurationFromIdentifier('net')).toBe(network)
    world.remove('net')
    await clock.flush()
    expect(manager.configurationFromIdentifier('net')).toBe(network)
    expect(events).toEqual([])
  })

  it('that its own predicate removes is gone', async () => {
    const lab = await openLab()
    const { manager, world, clock } = lab
    manager.defineServiceNetwork({
      identifier: 'net',
      members: ({ identifier, state }) => {
        if (identifier === 'b' && state === 'active') manager.removeServiceNetwork('net')
        return true
      },
    })
    await clock.flush()
    const events = eventsOf(lab)
    world.up('b')
    await clock.flush()
    expect(manager.configurationFromIdentifier('net').isValid).toBe(false)
    expect(manager.allConfigurations().map(({ identifier }) => identifier)).toEqual(['a', 'b', 'c'])
    expect(events.filter((event) => event.includes(' net '))).toEqual([
      'configurationRemoved net serviceNetwork',
    ])
  })
})

describe('C7 allConfigurations', () => {
  it('filters by "has at least", in the order of identifiers', async () => {
    const { manager } = await openLab([{ id: 'z', link: 'up' }, { id: 'k' }, { id: 'far', inRange: false }])
    const ids = (filter?: 'defined' | 'discovered' | 'active') =>
      manager.allConfigurations(filter).map(({ identifier }) => identifier)
    expect(ids()).toEqual(['far', 'k', 'z'])
    expect(ids('defined')).toEqual(['far', 'k', 'z'])
    expect(ids('discovered')).toEqual(['k', 'z'])
    expect(ids('active')).toEqual(['z'])
  })

  it('answers an unknown identifier with an invalid configuration', async () => {
    const { manager } = await openLab()
    const nobody = manager.configurationFromIdentifier('nobody')
    expect([nobody.type, nobody.state, nobody.isValid, nobody.identifier]).toEqual([
      'invalid',
      'undefined',
      false,
      'nobody',
    ])
  })

  it('keeps the order when configurations come and go', async () => {
    const { manager, world, clock } = await openLab()
    world.add({ id: 'aa' })
    world.remove('b')
    await clock.flush()
    expect(manager.allConfigurations().map(({ identifier }) => identifier)).toEqual(['a', 'aa', 'c'])
  })
})

describe('C8 a removed configuration', () => {
  it('becomes invalid; type and name stay readable for the log', async () => {
    const { manager, world, clock } = await openLab()
    const removed: unknown[] = []
    manager.on('configurationRemoved', ({ name, type, state, isValid }) =>
      removed.push({ name, type, state, isValid }),
    )
    world.remove('a')
    await clock.flush()
    expect(removed).toEqual([
      { name: 'lab-a', type: 'internetAccessPoint', state: 'undefined', isValid: false },
    ])
    expect(manager.configurationFromIdentifier('a').isValid).toBe(false)
  })
})

describe('C9 links that merely exist', () => {
  it('do not make the host online', async () => {
    const { manager } = await openLab([{ id: 'docker0', bearer: 'bridge', uplink: false, link: 'up' }])
    expect(manager.isOnline).toBe(false)
    expect(manager.reachability).toBe('local')
  })
})

describe('C10 state from facts', () => {
  it.each([
    ['up', { link: 'up' }, 'active'],
    ['up without carrier', { link: 'up', carrier: false }, 'defined'],
    ['deactivating', { link: 'deactivating' }, 'active'],
    ['deactivating without carrier', { link: 'deactivating', carrier: false }, 'defined'],
    ['activating', { link: 'activating' }, 'discovered'],
    ['down and in range', { inRange: true }, 'discovered'],
    ['down, and it is unknown whether in range', { inRange: null }, 'discovered'],
    ['out of range', { inRange: false }, 'defined'],
  ] as const)('%s', async (_name, facts, state) => {
    const { manager } = await openLab([{ id: 'x', ...facts }])
    expect(manager.configurationFromIdentifier('x').state).toBe(state)
  })
})

describe('M1 online', () => {
  it('changes with the last uplink, and the same value again fires nothing', async () => {
    const { manager, world, clock } = await openLab()
    const told: boolean[] = []
    manager.on('onlineStateChanged', (isOnline) => told.push(isOnline))
    world.up('b')
    await clock.flush()
    world.down('a')
    await clock.flush()
    expect(told).toEqual([])
    world.down('b')
    await clock.flush()
    world.set('c', { name: 'x' })
    await clock.flush()
    world.up('c')
    await clock.flush()
    expect(told).toEqual([false, true])
  })

  it('ranks cellular of no known generation behind those that are known, and before what has no rank (T4)', async () => {
    const { manager } = await openLab([
      { id: 'c', bearer: 'cellular' },
      { id: 'g', bearer: '3G' },
      { id: 'v', bearer: 'vpn' },
    ])
    const rate = (id: string) =>
      byBearer().rate({ configuration: manager.configurationFromIdentifier(id) } as never)
    expect(rate('g')).toBeLessThan(rate('c'))
    expect(rate('c')).toBeLessThan(rate('v'))
  })

  it('reports that the medium is cellular, also if the generation is unknown (T4)', async () => {
    const { manager } = await openLab([{ id: 'c', bearer: 'cellular', link: 'up' }])
    expect(manager.transportMedium).toBe('cellular')
  })

  it('reports reachability, portal, metered and medium of the link in use; null if unknown', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'w', bearer: 'wlan', link: 'up', connectivity: 'portal', metered: { value: true, sure: false } },
    ])
    expect([
      manager.reachability,
      manager.isBehindCaptivePortal,
      manager.isMetered,
      manager.transportMedium,
    ]).toEqual(['site', true, true, 'wifi'])
    const told: unknown[] = []
    manager.on('reachabilityChanged', (value) => told.push(value))
    manager.on('captivePortalChanged', (value) => told.push(value))
    manager.on('meteredChanged', (value) => told.push(value))
    manager.on('transportMediumChanged', (value) => told.push(value))
    world.set('w', { connectivity: 'full' })
    await clock.flush()
    world.down('w')
    await clock.flush()
    expect(told).toEqual(['online', false, 'disconnected', null, null, 'unknown'])
  })
})

describe('M2 defaultConfiguration', () => {
  it('is what the system names', async () => {
    const { manager, world, clock } = await openLab()
    world.up('b')
    world.setDefault('b')
    await clock.flush()
    expect(manager.defaultConfiguration().identifier).toBe('b')
  })

  it('else goes by state, then bearer, ties by identifier', async () => {
    const order = ['e-active', 'w-active', 'x-active', 'e-down', 'e-down2', 'w-down', 'x-down']
    const { manager, world, clock } = await openLab([
      { id: 'x-down', bearer: 'lte' },
      { id: 'w-down', bearer: 'wlan' },
      { id: 'e-down2', bearer: 'ethernet' },
      { id: 'e-down', bearer: 'ethernet' },
      { id: 'x-active', bearer: 'lte', link: 'up' },
      { id: 'w-active', bearer: 'wlan', link: 'up' },
      { id: 'e-active', bearer: 'ethernet', link: 'up' },
      { id: 'far', inRange: false },
    ])
    world.setDefault(null)
    const told: string[] = []
    manager.on('defaultConfigurationChanged', ({ identifier }) => told.push(identifier))
    const first = manager.defaultConfiguration().identifier
    for (const id of order) {
      world.remove(id)
      await clock.flush()
    }
    expect([first, ...told]).toEqual([...order, ''])
    expect(manager.defaultConfiguration().isValid).toBe(false)
  })

  it('does not fire when only the state of the default changed', async () => {
    const { manager, world, clock } = await openLab([{ id: 'a', link: 'up' }])
    const told: string[] = []
    manager.on('defaultConfigurationChanged', ({ identifier }) => told.push(identifier))
    world.down('a')
    await clock.flush()
    expect(told).toEqual([])
  })
})

describe('M3 updateConfigurations', () => {
  it('resolves, and updateCompleted fires, exactly once for each request', async () => {
    const { manager, world, clock } = await openLab(undefined, { mock: { scan: 'yes' } })
    world.appearOnScan({ id: 'new' })
    let completed = 0
    manager.on('updateCompleted', () => {
      completed += 1
    })
    const updates = [outcome(manager.updateConfigurations()), outcome(manager.updateConfigurations())]
    await clock.advance(1000)
    expect(updates.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect(completed).toBe(2)
    expect(manager.configurationFromIdentifier('new').isValid).toBe(true)
  })

  it('never happens unasked, and completes also where the system would not look', async () => {
    const { manager, world, clock } = await openLab(undefined, { mock: { scan: 'yes' } })
    await clock.advance(3_600_000)
    expect(world.calls).toEqual([])
    world.failScan(new BackendError('ERR_DENIED', 'not allowed'))
    const update = outcome(manager.updateConfigurations())
    await clock.advance(1000)
    expect(update.value).toBe('resolved')
  })

  it('rejects with the reason of an aborted signal', async () => {
    const { manager } = await openLab()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(manager.updateConfigurations({ signal })).rejects.toThrow('enough')
  })
})

describe('M4 capabilities', () => {
  it('come from facts and change with them', async () => {
    const { manager, world, clock } = await openLab([{ id: 'a', activate: 'no', deactivate: 'no' }], {
      mock: { updates: 'polling' },
    })
    expect(manager.capabilities).toMatchObject({ canStartAndStopInterfaces: false, polling: true })
    const told: boolean[] = []
    manager.on('capabilitiesChanged', ({ canStartAndStopInterfaces }) => told.push(canStartAndStopInterfaces))
    world.set('a', { activate: 'yes', deactivate: 'ask' })
    await clock.flush()
    world.set('a', { name: 'other' })
    await clock.flush()
    world.loseService()
    await clock.flush()
    expect(told).toEqual([true, false])
  })
})

describe('M7 closing the manager', () => {
  it('ends sessions by their phase, then nothing happens any more', async () => {
    const { manager, world, clock, driver } = await openLab()
    const open = manager.createSession('b')
    void open.open()
    await clock.advance(100)
    world.stall('c')
    const opening = manager.createSession('c')
    const told = [listen(open), listen(opening)]
    const pending = outcome(opening.open())
    await clock.flush()
    const closed = outcome(manager.close())
    await clock.flush()
    const late = outcome(open.open())
    await clock.advance(1000)
    expect(closed.value).toBe('resolved')
    expect(pending.value).toBe('sessionAborted/closed')
    expect(late.value).toBe('sessionAborted/closed')
    expect(told).toEqual([
      ['closed', 'closing', 'disconnected'],
      ['connecting', 'closing', 'disconnected'],
    ])
    expect([open.state, opening.state, open.isOpen]).toEqual(['invalid', 'invalid', false])
    world.up('b')
    await clock.advance(60_000)
    expect(told[0]).toHaveLength(3)
    expect(driver.world.open).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is bounded by closeTimeout, and rejects what is still pending with ERR_CLOSED', async () => {
    const { manager, world, clock } = await openLab(undefined, { closeTimeout: 500 })
    world.stallAccept('b')
    const session = manager.createSession('b')
    const opened = outcome(session.open())
    await clock.flush()
    const update = outcome(manager.updateConfigurations())
    const closed = outcome(manager.close())
    await clock.advance(499)
    expect(closed.value).toBe('pending')
    await clock.advance(1)
    expect(closed.value).toBe('resolved')
    expect(opened.value).toBe('sessionAborted/closed')
    expect(['resolved', 'ERR_CLOSED']).toContain(update.value)
    expect(clock.pending).toBe(0)
  })

  it('leaves a system link up, and returns the same to every caller', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    const twice = [outcome(manager.close()), outcome(manager.close())]
    await clock.advance(1000)
    expect(twice.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect(world.snapshot().configurations.find(({ id }) => id === 'a')?.link).toBe('up')
    expect(outcome(session.close()).value).toBe('pending')
    await expect(manager.updateConfigurations()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})

describe('opening a manager', () => {
  it('refuses a time that is none by name, before anything is opened', async () => {
    const driver = mock()
    await expect(NetworkConfigurationManager.open(driver, { lossGrace: -5 })).rejects.toThrow(/lossGrace.*-5/)
    expect(driver.world.open).toBe(0)
  })

  it('refuses a backend of another contract', async () => {
    const driver = {
      ...mock(),
      name: 'future',
      contract: 2 as 1,
      open: async () => Promise.reject(new Error()),
    }
    await expect(NetworkConfigurationManager.open(driver)).rejects.toThrow(/future.*2/)
  })
})

describe('stores', () => {
  it('getSnapshot is the same object until something changes, and subscribe notifies once for each cause', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    const before = [manager.getSnapshot(), session.getSnapshot()]
    expect([manager.getSnapshot(), session.getSnapshot()]).toEqual(before)
    expect(manager.getSnapshot()).toBe(before[0])
    expect(session.getSnapshot()).toBe(before[1])
    const told: string[] = []
    manager.subscribe(() => told.push(`manager ${manager.getSnapshot().isOnline}`))
    const undo = session.subscribe(() => told.push(`session ${session.getSnapshot().state}`))
    world.down('a')
    world.up('b')
    await clock.flush()
    expect(told).toEqual(['manager true', 'session connected'])
    undo()
    world.down('b')
    await clock.flush()
    expect(told).toEqual(['manager true', 'session connected', 'manager false'])
  })

  it('a session tells its store that its configuration has another connectTimeout, open or not', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    const told: number[] = []
    session.subscribe(() => told.push(session.getSnapshot().configuration.connectTimeout))
    manager.setConnectTimeout('a', 1000)
    manager.setConnectTimeout('b', 1500)
    await clock.flush()
    expect(told).toEqual([1000])
    await session.open()
    told.length = 0
    manager.setConnectTimeout('a', 2000)
    await clock.flush()
    expect(told).toEqual([2000])
    expect(session.getSnapshot().configuration).toBe(manager.configurationFromIdentifier('a'))
  })

  it('a closed manager shows what it showed last, all of it, and the same objects (M7, S19)', async () => {
    const { manager } = await openLab()
    const [before, active] = [manager.getSnapshot(), manager.allConfigurations('active')]
    await manager.close()
    expect(manager.getSnapshot()).toBe(before)
    expect(manager.allConfigurations()).toBe(before.configurations)
    expect(manager.allConfigurations('active')).toBe(active)
    expect(manager.configurationFromIdentifier('a')).toBe(active[0])
    expect(manager.defaultConfiguration()).toBe(before.defaultConfiguration)
  })

  it('what a filter leaves is the same array until a configuration changes', async () => {
    const { manager, world, clock } = await openLab()
    const states = ['undefined', 'defined', 'discovered', 'active'] as const
    const lists = states.map((state) => manager.allConfigurations(state))
    expect(lists.map((list) => list.map(({ identifier }) => identifier))).toEqual([
      [],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a'],
    ])
    for (const [index, state] of states.entries()) {
      expect(manager.allConfigurations(state)).toBe(lists[index])
      expect(lists[index]).toSatisfy(Object.isFrozen)
    }
    world.up('b')
    await clock.flush()
    expect(manager.allConfigurations('active').map(({ identifier }) => identifier)).toEqual(['a', 'b'])
  })

  it('what is not known is the same object, before and after closing (C2, C7)', async () => {
    const manager = await NetworkConfigurationManager.open(mock({ configurations: [] }))
    const [unknown, none] = [manager.configurationFromIdentifier('ghost'), manager.defaultConfiguration()]
    expect([unknown.identifier, none.identifier]).toEqual(['ghost', ''])
    expect(manager.configurationFromIdentifier('ghost')).toBe(unknown)
    expect(manager.defaultConfiguration()).toBe(none)
    await manager.close()
    expect(manager.configurationFromIdentifier('ghost')).toBe(unknown)
    expect(NetworkConfiguration.from({ identifier: 'ghost' })).toBe(unknown)
    expect(NetworkConfiguration.from(structuredClone({ ...unknown }))).toBe(unknown)
    expect(NetworkConfiguration.from({ identifier: 'ghost', name: 'Ghost' })).not.toBe(unknown)
  })

  it('a session without listeners still has the right state', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const first = session.getSnapshot()
    world.down('a')
    await clock.flush()
    expect(session.state).toBe('disconnected')
    expect(session.getSnapshot()).not.toBe(first)
  })

  it('a subscriber that throws stops no other, and surfaces (S16)', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    const told: string[] = []
    const surfaced = vi.fn()
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', surfaced)
    const undo = session.subscribe(() => {
      throw new Error('bad subscriber')
    })
    onTestFinished(() => {
      undo()
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    })
    session.subscribe(() => told.push(session.state))
    const opened = session.open()
    await clock.advance(100)
    await opened
    expect(told).toEqual(['connecting', 'connected'])
    expect(world.snapshot().configurations[1]?.link).toBe('up')
    expect(surfaced).toHaveBeenCalledTimes(2)
  })

  it("an interface that says the same is the snapshot's same object", async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    session.subscribe(() => {})
    const { interface: before } = session.getSnapshot()
    world.set('a', { interface: before && { ...before, addresses: [...before.addresses] }, signal: 80 })
    await clock.flush()
    expect(session.configuration.signal).toBe(80)
    expect(session.getSnapshot().interface).toBe(before)
    world.set('a', { interface: before && { ...before, addresses: ['10.0.0.9/24'] } })
    await clock.flush()
    expect(session.getSnapshot().interface?.addresses).toEqual(['10.0.0.9/24'])
  })

  it('is an observable: the snapshot at once, each newer one, and an end', async () => {
    const { manager, world, clock } = await openLab()
    const told: string[] = []
    const session = manager.createSession('a')
    const observer = {
      next: ({ state }: { readonly state: string }) => told.push(state),
      complete: () => told.push('over'),
    }
    session[observable]().subscribe(observer)
    manager[observable]().subscribe({
      next: ({ configurations }) => told.push(`${configurations.length} configurations`),
      complete: () => told.push('manager over'),
    })
    expect(told).toEqual(['connected', '3 configurations'])
    const gone = session[observable]().subscribe(observer)
    gone.unsubscribe()
    gone.unsubscribe()
    told.length = 0
    world.down('a')
    await clock.flush()
    expect(told).toEqual(['3 configurations', 'disconnected'])
    await manager.close()
    expect(told.slice(2)).toEqual(['invalid', 'over', 'manager over'])
    session[observable]().subscribe(observer)
    expect(told.slice(5)).toEqual(['invalid', 'over'])
  })

  it('takes a function as an observer, as Svelte and Solid call it, and refuses what is neither', async () => {
    const { manager, world, clock } = await openLab()
    const states: string[] = []
    const session = manager.createSession('a')
    const subscription = session[observable]().subscribe(({ state }) => states.push(state))
    world.down('a')
    await clock.flush()
    subscription.unsubscribe()
    world.up('a')
    await clock.flush()
    expect(states).toEqual(['connected', 'disconnected'])
    for (const none of [undefined, null, 'next'])
      expect(() => session[observable]().subscribe(none as never)).toThrow(
        /^the observer of subscribe\(\) must be an observer, or a function, not /,
      )
  })

  it('an observer that throws surfaces, and misses nothing that its own telling sets off', async () => {
    const { manager, clock } = await openLab()
    const told: number[] = []
    manager[observable]().subscribe({
      next({ configurations }) {
        told.push(configurations.length)
        if (told.length === 1) manager.defineServiceNetwork(allUplinks)
      },
    })
    await clock.flush()
    expect(told).toEqual([3, 4])
  })

  it('iterates over snapshots: the current one, then the newest each time, until the manager closes', async () => {
    const { manager, world, clock } = await openLab()
    const states: string[] = []
    const loop = (async () => {
      for await (const { state } of manager.createSession('a')) states.push(state)
      states.push('over')
    })()
    await clock.flush()
    world.down('a')
    await clock.flush()
    world.up('a')
    world.set('a', { name: 'renamed' })
    await clock.flush()
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    await loop
    expect(states).toEqual(['connected', 'disconnected', 'connected', 'over'])
  })

  it('an iterator that waits for news ends at once with return() and throw(), and listens no longer', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    let live = 0
    const subscribe = session.subscribe.bind(session)
    session.subscribe = (listener) => {
      live += 1
      const undo = subscribe(listener)
      return () => {
        live -= 1
        undo()
      }
    }
    const [left, failed] = [session[Symbol.asyncIterator](), session[Symbol.asyncIterator]()]
    expect((await left.next()).value).toMatchObject({ state: 'connected' })
    expect((await failed.next()).value).toMatchObject({ state: 'connected' })
    const waiting = [left.next(), failed.next()]
    expect(live).toBe(2)
    expect(await left.return()).toEqual({ value: undefined, done: true })
    await expect(failed.throw(new Error('enough'))).rejects.toThrow('enough')
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ value: undefined, done: true }))
    expect(live).toBe(0)
  })
})

describe('listeners', () => {
  it('are removed by their undo or their signal, and one call listens once', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const told: string[] = []
    const listener = (state: string) => told.push(state)
    const undo = session.on('stateChanged', listener)
    const controller = new AbortController()
    session.on('stateChanged', listener, { signal: controller.signal })
    session.on('stateChanged', listener, { signal: AbortSignal.abort() })
    world.down('a')
    await clock.flush()
    undo()
    undo()
    world.up('a')
    await clock.flush()
    controller.abort()
    world.down('a')
    await clock.flush()
    expect(told).toEqual(['disconnected', 'disconnected', 'connected'])
  })
})

describe('many listeners on one signal', () => {
  it('make one listener on the signal', async () => {
    const { manager, world, clock } = await openLab()
    const controller = new AbortController()
    const { signal } = controller
    const added: string[] = []
    const addEventListener = signal.addEventListener.bind(signal)
    signal.addEventListener = ((type: string, listener: EventListener, options?: AddEventListenerOptions) => {
      added.push(type)
      addEventListener(type as 'abort', listener, options)
    }) as typeof signal.addEventListener
    let told = 0
    for (let count = 0; count < 20; count += 1) {
      manager.on('configurationChanged', () => (told += 1), { signal })
    }
    world.down('a')
    await clock.flush()
    controller.abort()
    world.up('a')
    await clock.flush()
    expect([told, added]).toEqual([20, ['abort']])
  })
})

describe('properties', () => {
  it('read as the reference of Qt says, and other keys are stored and read back', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    expect(session.sessionProperty('ActiveConfiguration')).toBe('')
    expect(session.sessionProperty('UserChoiceConfiguration')).toBe('')
    expect(session.sessionProperty('ConnectInBackground')).toBe(false)
    expect(session.sessionProperty('AutoCloseSessionTimeout')).toBe(-1)
    await session.open()
    session.setSessionProperty('ActiveConfiguration', 'nonsense')
    expect(session.sessionProperty('ActiveConfiguration')).toBe('a')
    session.setSessionProperty('mine', { any: 'thing' })
    expect(session.sessionProperty('mine')).toEqual({ any: 'thing' })
    session.setSessionProperty('mine', undefined)
    expect(session.sessionProperty('mine')).toBeUndefined()
    expect(() => session.setSessionProperty('ConnectInBackground', 'yes')).toThrow(TypeError)
  })

  it('activeConfigurationChanged fires whenever ActiveConfiguration is another one', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    const told: string[] = []
    session.on('activeConfigurationChanged', (identifier) => told.push(identifier))
    await session.open()
    await session.close()
    await clock.flush()
    expect(told).toEqual(['a', ''])
  })

  it('activeTime counts seconds since connected, through a grace; 0 otherwise', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await clock.advance(5000)
    expect(session.activeTime).toBe(0)
    await session.open()
    await clock.advance(2000)
    world.carrier('a', false)
    await clock.advance(1000)
    world.carrier('a', true)
    await clock.advance(1500)
    expect(session.activeTime).toBe(4.5)
    await session.close()
    expect(session.activeTime).toBe(0)
  })

  it('bytes are fresh when read, and 0 if unknown', async () => {
    const { manager, world } = await openLab(undefined, { mock: { statistics: true } })
    const session = manager.createSession('a')
    world.traffic('a', { received: 10, written: 3 })
    expect([session.bytesReceived, session.bytesWritten]).toEqual([10, 3])
    world.traffic('a', { received: 20, written: 4 })
    expect([session.bytesReceived, session.bytesWritten]).toEqual([20, 4])
    expect(manager.createSession('nobody').bytesReceived).toBe(0)
  })
})

describe('virtual time', () => {
  it('is what the whole library runs on', async () => {
    const clock = new VirtualClock()
    const manager = await NetworkConfigurationManager.open(mock({ configurations: [{ id: 'a' }] }), { clock })
    const opened = manager.createSession('a').open()
    await clock.advance(1000)
    await opened
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(clock.pending).toBe(0)
  })

  it('is offered to applications: the clock of the manager is the clock of its sessions, and outlives it', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    expect(session.clock).toBe(manager.clock)
    const ran: string[] = []
    manager.clock.after(2000, () => ran.push(`at ${session.clock.now()}`))
    manager.clock.after(1000, () => ran.push('cancelled'))()
    await clock.advance(1999)
    expect([ran, manager.clock.now()]).toEqual([[], clock.now()])
    const closed = manager.close()
    await clock.advance(1)
    await closed
    expect(ran).toEqual([`at ${clock.now()}`])
  })

  it("is the system's by default", async () => {
    const manager = await NetworkConfigurationManager.open(mock({ configurations: [] }))
    expect(manager.clock).toBe(systemClock)
    await manager.close()
  })
})
