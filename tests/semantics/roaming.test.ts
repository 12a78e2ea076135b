import type { MockConfiguration } from '@roamkit/backend-mock'
import { allUplinks, byOrder, type NetworkSession } from '@roamkit/core'
import { deferred } from '@roamkit/core/backend-kit'
import type { Holders } from '@roamkit/core/contract'
import { inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it } from 'vitest'
import { type Lab, listen, openLab, outcome } from './lab.js'

/** Three access points of different devices, best first by their bearers; `b` is up. */
const CABLE_AND_RADIO: readonly MockConfiguration[] = [
  { id: 'a', bearer: 'ethernet', inRange: false, activate: 'unknown' },
  { id: 'b', bearer: 'wlan', link: 'up' },
  { id: 'c', bearer: 'lte' },
]

interface NetworkLab extends Lab {
  readonly session: NetworkSession
  /** What the session told, roaming included. */
  readonly told: string[]
}

/** A lab with a service network of all uplinks, and a session on it that is open on `b`. */
async function openNetwork(
  configurations: readonly MockConfiguration[] = CABLE_AND_RADIO,
  { consulted = false, ...options }: Parameters<typeof openLab>[1] & { consulted?: boolean } = {},
): Promise<NetworkLab> {
  const lab = await openLab(configurations, options)
  lab.manager.defineServiceNetwork(allUplinks)
  const session = lab.manager.createSession(allUplinks.identifier)
  const told = listenToAll(session, { consulted })
  const opened = session.open()
  await lab.clock.advance(100)
  await opened
  told.length = 0
  return { ...lab, session, told }
}

function listenToAll(session: NetworkSession, { consulted }: { consulted: boolean }): string[] {
  const told = listen(session)
  if (consulted) {
    session.on('preferredConfigurationChanged', (configuration, isSeamless) =>
      told.push(`offer:${configuration.identifier}${isSeamless ? ' seamless' : ''}`),
    )
  }
  session.on('offerWithdrawn', ({ identifier }) => told.push(`withdrawn:${identifier}`))
  session.on('newConfigurationActivated', ({ configuration }) =>
    told.push(`trial:${configuration.identifier}`),
  )
  session.on('activeConfigurationChanged', (identifier) => told.push(`active:${identifier}`))
  return told
}

/** Cellular is up; a cable and a radio are out of range. */
const ONLY_CELLULAR: readonly MockConfiguration[] = [
  { id: 'a', bearer: 'ethernet', inRange: false, activate: 'unknown' },
  { id: 'b', bearer: 'wlan', inRange: false, activate: 'unknown' },
  { id: 'c', bearer: 'lte', link: 'up' },
]

/** One radio: on `old`, and `near`, which is better, comes into range. */
const ONE_RADIO: readonly MockConfiguration[] = [
  { id: 'near', bearer: 'wlan', device: 'wlan0', inRange: false, activate: 'unknown' },
  { id: 'old', bearer: 'wlan', device: 'wlan0', link: 'up' },
]
const BY_ORDER = { identifier: 'n', members: ['near', 'old'], ranking: [byOrder(['near', 'old'])] }

/** A session on both, open on `old`, consulted. */
async function openOnOneRadio(): Promise<NetworkLab> {
  const lab = await openLab(ONE_RADIO)
  lab.manager.defineServiceNetwork(BY_ORDER)
  const session = lab.manager.createSession('n')
  const told = listenToAll(session, { consulted: true })
  await session.open()
  await lab.clock.flush()
  told.length = 0
  return { ...lab, session, told }
}

/** Holders whose locks are given only on `release()`, once `isSlow` is set. */
function slowLocks() {
  const { promise, resolve } = deferred<void>()
  const inside = inProcessHolders()
  const slow = {
    isSlow: false,
    release: () => resolve(),
    holders: {
      span: inside.span,
      certainty: inside.certainty,
      locked: async (scope, id, run, call) => {
        if (slow.isSlow) await promise
        return inside.locked(scope, id, run, call)
      },
      watch: (scope, id, stopped) => inside.watch(scope, id, stopped),
      list: (scope, id) => inside.list(scope, id),
      [Symbol.asyncDispose]: () => inside[Symbol.asyncDispose](),
    } satisfies Holders,
  }
  return slow
}

/** The link is lost, and out of range for good. */
function lose({ world }: Lab, id: string): void {
  world.set(id, { activate: 'unknown' })
  world.setInRange(id, false)
}

function link({ world }: Lab, id: string) {
  return world.snapshot().configurations.find((one) => one.id === id)?.link
}

describe('M5 service networks', () => {
  it('are defined by predicate, list or bearers, and their members come and go with the world', async () => {
    const { manager, world, clock } = await openLab(CABLE_AND_RADIO)
    manager.defineServiceNetwork({ identifier: 'list', name: 'A list', members: ['b', 'nobody'] })
    manager.defineServiceNetwork({ identifier: 'radio', members: { bearers: ['wlan', 'lte'] } })
    const predicate = manager.defineServiceNetwork({
      identifier: 'names',
      members: ({ name }) => name.startsWith('x'),
    })
    const ids = (identifier: string) =>
      manager.configurationFromIdentifier(identifier).children.map((child) => child.identifier)
    expect([ids('list'), ids('radio'), ids('names')]).toEqual([['b'], ['b', 'c'], []])
    expect([predicate.type, predicate.state, predicate.isValid]).toEqual([
      'serviceNetwork',
      'undefined',
      true,
    ])
    world.add({ id: 'x1' })
    world.remove('b')
    await clock.flush()
    expect([ids('list'), ids('radio'), ids('names')]).toEqual([[], ['c'], ['x1']])
  })

  it('are reported like any configuration', async () => {
    const { manager, clock } = await openLab(CABLE_AND_RADIO)
    const told: string[] = []
    manager.on('configurationAdded', ({ name }) => told.push(`added ${name}`))
    manager.on('configurationRemoved', ({ name, isValid }) => told.push(`removed ${name} ${isValid}`))
    manager.defineServiceNetwork(allUplinks)
    await clock.flush()
    expect(manager.removeServiceNetwork(allUplinks.identifier)).toBe(true)
    expect(manager.removeServiceNetwork(allUplinks.identifier)).toBe(false)
    await clock.flush()
    expect(told).toEqual(['added All uplinks', 'removed All uplinks false'])
  })

  it('refuse an identifier that is taken, and members that are none', async () => {
    const { manager } = await openLab()
    expect(() => manager.defineServiceNetwork({ identifier: 'a', members: [] })).toThrow(/'a' is taken/)
    expect(() => manager.defineServiceNetwork({ identifier: 'x', members: 5 as never })).toThrow(
      /members of 'x'/,
    )
  })

  it('do not make the host online twice, and come first as default (M2)', async () => {
    const { manager, world, clock } = await openLab(CABLE_AND_RADIO)
    world.setDefault(null)
    manager.defineServiceNetwork(allUplinks)
    await clock.flush()
    expect(manager.defaultConfiguration().identifier).toBe(allUplinks.identifier)
    world.down('b')
    await clock.flush()
    expect(manager.isOnline).toBe(false)
  })

  it('explain in plain data why one child is preferred to another', async () => {
    const { manager } = await openLab(CABLE_AND_RADIO)
    manager.defineServiceNetwork(allUplinks)
    const explanation = manager.explain(allUplinks.identifier, 'a', 'b')
    expect(explanation).toMatchObject({ preferred: 'a', because: 'bearer' })
    expect(explanation.criteria.find(({ decides }) => decides)).toEqual({
      name: 'bearer',
      one: 0,
      other: 1,
      margin: 0,
      decides: true,
    })
    expect(() => manager.explain('a', 'b', 'c')).toThrow(/'a' is no service network/)
  })
})

describe('C4, C5 a service network', () => {
  it('is ordered by priority, roams with two or more children, and is what its children are', async () => {
    const { manager, world, clock } = await openLab(CABLE_AND_RADIO)
    const network = () => manager.configurationFromIdentifier(allUplinks.identifier)
    manager.defineServiceNetwork(allUplinks)
    expect(network().children.map(({ identifier }) => identifier)).toEqual(['a', 'b', 'c'])
    expect([network().isRoamingAvailable, network().state, network().bearerTypeName]).toEqual([
      true,
      'active',
      '',
    ])
    world.down('b')
    await clock.flush()
    expect(network().state).toBe('discovered')
    world.setInRange('b', false)
    world.setInRange('c', false)
    await clock.flush()
    expect(network().state).toBe('defined')
    world.remove('a')
    world.remove('b')
    await clock.flush()
    expect(network().isRoamingAvailable).toBe(false)
  })

  it('keeps children of equal priority', async () => {
    const { manager } = await openLab([{ id: 'p' }, { id: 'q' }])
    const { children } = manager.defineServiceNetwork({ identifier: 'n', members: ['p', 'q'], ranking: [] })
    expect(children.map(({ identifier }) => identifier)).toEqual(['p', 'q'])
  })
})

describe('R1 open()', () => {
  it('opens the best eligible child; connecting meanwhile even if a lesser child is up', async () => {
    const lab = await openLab([
      { id: 'a', bearer: 'ethernet' },
      { id: 'b', bearer: 'wlan', link: 'up' },
    ])
    lab.manager.defineServiceNetwork(allUplinks)
    const session = lab.manager.createSession(allUplinks.identifier)
    const told = listenToAll(session, { consulted: false })
    expect(session.state).toBe('connected')
    void session.open()
    await lab.clock.advance(100)
    expect(told).toEqual(['connecting', 'connected', 'opened', 'active:a'])
    expect(session.activeConfiguration).toBe('a')
    expect(session.sessionProperty('ActiveConfiguration')).toBe('a')
  })

  it('fires opened alone where the best child is up', async () => {
    const lab = await openLab(CABLE_AND_RADIO)
    lab.manager.defineServiceNetwork(allUplinks)
    const session = lab.manager.createSession(allUplinks.identifier)
    const told = listenToAll(session, { consulted: false })
    await session.open()
    await lab.clock.flush()
    expect(told).toEqual(['opened', 'active:b'])
    expect(lab.world.calls).toEqual([])
  })

  it('tries each child once; none works: the error of the first failure, others as causes', async () => {
    const lab = await openLab([
      { id: 'a', bearer: 'ethernet' },
      { id: 'b', bearer: 'wlan' },
    ])
    lab.manager.defineServiceNetwork(allUplinks)
    lab.world.failNext('a', 'addressFailed')
    lab.world.failNext('b', 'secretWrong')
    const session = lab.manager.createSession(allUplinks.identifier)
    const told = listenToAll(session, { consulted: false })
    const failed = session.open().catch((error: unknown) => error)
    await lab.clock.advance(200)
    expect(told).toEqual(['connecting', 'disconnected', 'error:unknown/addressFailed'])
    expect(((await failed) as Error).cause).toBeInstanceOf(AggregateError)
    expect(lab.world.calls.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('is invalidConfiguration with nothing eligible', async () => {
    const lab = await openLab([{ id: 'a', inRange: false, activate: 'unknown' }])
    lab.manager.defineServiceNetwork(allUplinks)
    const session = lab.manager.createSession(allUplinks.identifier)
    const opened = outcome(session.open())
    await lab.clock.flush()
    expect(opened.value).toBe('invalidConfiguration/outOfRange')
    expect(session.state).toBe('notAvailable')
  })

  it('says that the device is busy if only that is in the way (R1, H5)', async () => {
    const lab = await openLab([
      { id: 'guest', device: 'wlan0', bearer: 'wlan', uplink: false },
      { id: 'home', device: 'wlan0', bearer: 'wlan' },
      { id: 'far', device: 'wlan0', bearer: 'wlan', inRange: false, activate: 'unknown' },
    ])
    const guest = lab.manager.createSession('guest')
    void guest.open()
    await lab.clock.advance(100)
    lab.manager.defineServiceNetwork(allUplinks)
    const session = lab.manager.createSession(allUplinks.identifier)
    const opened = await session.open().catch((error: unknown) => error as Error)
    expect(opened).toMatchObject({
      code: 'invalidConfiguration',
      reason: 'deviceBusy',
      message: "cannot open 'All uplinks': its device is in use by another session",
    })
    lab.world.setInRange('home', false)
    const again = outcome(session.open())
    await lab.clock.flush()
    expect(again.value).toBe('invalidConfiguration/outOfRange')
  })

  it('takes a device from the system only where there is no other child (H5)', async () => {
    const lab = await openLab([
      { id: 'guest', device: 'wlan0', bearer: 'wlan', link: 'up', uplink: false },
      { id: 'home', device: 'wlan0', bearer: 'wlan' },
      { id: 'modem', bearer: 'lte' },
    ])
    lab.manager.defineServiceNetwork(allUplinks)
    const session = lab.manager.createSession(allUplinks.identifier)
    void session.open()
    await lab.clock.advance(100)
    expect(session.activeConfiguration).toBe('modem')
    expect(link(lab, 'guest')).toBe('up')
  })
})

describe('R2 state', () => {
  it('open: the active child being up counts, another one does not; closed: the summary', async () => {
    const lab = await openNetwork([
      { id: 'b', bearer: 'ethernet' },
      { id: 'c', bearer: 'lte', link: 'up' },
    ])
    const { session, told, clock } = lab
    expect(session.activeConfiguration).toBe('b')
    const closed = outcome(session.close())
    await clock.advance(100)
    expect(closed.value).toBe('resolved')
    expect(told).toEqual(['closed', 'active:', 'closing', 'disconnected', 'connected'])
  })

  it('closing leaves the state connected where the child stays up', async () => {
    const { session, told, clock } = await openNetwork()
    await session.close()
    await clock.flush()
    expect(told).toEqual(['closed', 'active:'])
    expect(session.state).toBe('connected')
  })
})

describe('R3 a better child, consulted', () => {
  it('is offered; the state stays connected', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.advance(60_000)
    expect(told).toEqual(['offer:a'])
    expect(session.state).toBe('connected')
    expect(session.offer).toMatchObject({ isSeamless: false, deadline: null })
    expect(session.offer?.configuration.identifier).toBe('a')
    expect(world.calls).toEqual([])
  })
})

describe('R4 a better child, forced', () => {
  it('is roamed to without offer or trial; the old one is released', async () => {
    const lab = await openNetwork([
      { id: 'a', bearer: 'ethernet', inRange: false, activate: 'unknown' },
      { id: 'b', bearer: 'wlan' },
    ])
    const { session, told, clock, world } = lab
    world.setInRange('a', true)
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'connected', 'active:a'])
    expect(session.interface?.name).toBe(lab.manager.createSession('a').interface?.name)
    expect(link(lab, 'b')).toBe('down')
  })

  it("leaves an old child up that was the system's (H1)", async () => {
    const lab = await openNetwork()
    lab.world.setInRange('a', true)
    await lab.clock.advance(100)
    expect(lab.session.activeConfiguration).toBe('a')
    expect(link(lab, 'b')).toBe('up')
  })
})

describe('R5 to R8 migrate, accept, reject', () => {
  it('brings the new child up before the old one goes: trial, accept', async () => {
    const lab = await openNetwork(
      [
        { id: 'a', bearer: 'ethernet', inRange: false, activate: 'unknown' },
        { id: 'b', bearer: 'wlan' },
      ],
      { consulted: true },
    )
    const { session, told, clock, world } = lab
    world.setInRange('a', true)
    await clock.flush()
    const migrated = session.migrate()
    await clock.flush()
    expect(session.state).toBe('roaming')
    expect(link(lab, 'b')).toBe('up')
    await clock.advance(20)
    expect(await migrated).toBe(true)
    expect(told).toEqual(['offer:a', 'roaming', 'trial:a', 'active:a'])
    expect([session.state, session.activeConfiguration]).toEqual(['roaming', 'a'])
    expect(session.interface).not.toBeNull()
    expect(link(lab, 'b')).toBe('up')
    expect(await session.accept()).toBe(true)
    await clock.advance(100)
    expect(told.slice(4)).toEqual(['connected'])
    expect(link(lab, 'b')).toBe('down')
  })

  it('reject goes back; the old one is current again and the new one is released', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { session, told, clock, world } = lab
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    const rejected = session.reject()
    await clock.advance(100)
    expect(await rejected).toBe(true)
    expect(told).toEqual(['offer:a', 'roaming', 'trial:a', 'active:a', 'connected', 'active:b'])
    expect(link(lab, 'a')).toBe('down')
  })

  it('works through the offer and the trial objects, each only once and only while it stands', async () => {
    const { session, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    const { offer } = session
    const migrated = offer?.migrate()
    await clock.advance(20)
    expect(await migrated).toBe(true)
    expect(await offer?.ignore()).toBe(false)
    const { trial } = session
    expect(await trial?.accept()).toBe(true)
    expect(await trial?.reject()).toBe(false)
    expect([session.offer, session.trial]).toEqual([null, null])
  })

  it('breaks before it makes on one device, and reject brings the old child up again', async () => {
    const lab = await openOnOneRadio()
    const { session, told, clock, world } = lab
    world.setInRange('near', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    expect([link(lab, 'near'), link(lab, 'old')]).toEqual(['up', 'down'])
    const rejected = outcome(session.reject())
    await clock.flush()
    expect(rejected.value).toBe('pending')
    expect(session.state).toBe('roaming')
    await clock.advance(200)
    expect(rejected.value).toBe('resolved')
    expect(told).toEqual(
      ['offer:near', 'roaming', 'trial:near', 'active:near', 'active:old', 'connected'].sort(
        (x, y) => order(told, x) - order(told, y),
      ),
    )
    expect([link(lab, 'near'), link(lab, 'old')]).toEqual(['down', 'up'])
  })

  it("R12 a link of the system's stays the system's after it was brought up again", async () => {
    const lab = await openOnOneRadio()
    const { session, clock, world } = lab
    world.setInRange('near', true)
    await clock.flush()
    world.failNext('near', 'secretWrong')
    void session.migrate()
    await clock.advance(200)
    expect(session.state).toBe('connected')
    expect(session.activeConfiguration).toBe('old')
    void session.close()
    await clock.advance(200)
    expect(link(lab, 'old')).toBe('up')
  })

  it('R12 a link of ours stays ours after it was brought up again', async () => {
    const lab = await openLab(ONE_RADIO.map((one) => ({ ...one, link: 'down' as const })))
    const { manager, clock, world } = lab
    manager.defineServiceNetwork(BY_ORDER)
    const session = manager.createSession('n')
    await Promise.all([session.open(), clock.advance(100)])
    session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => void offer.migrate())
    world.failNext('near', 'secretWrong')
    world.setInRange('near', true)
    await clock.advance(200)
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'old'])
    expect(world.calls.map((call) => `${call.command} ${call.id}`)).toContain('activate near')
    void session.close()
    await clock.advance(200)
    expect(link(lab, 'old')).toBe('down')
  })
})

describe('H5 a device that another link uses', () => {
  it('is free for an open() as soon as no session holds that link', async () => {
    const lab = await openLab([
      { id: 'near', bearer: 'wlan', device: 'wlan0' },
      { id: 'other', bearer: 'wlan', device: 'wlan0', link: 'up' },
    ])
    const { manager, clock } = lab
    manager.defineServiceNetwork({ identifier: 'n', members: ['near'] })
    const theirs = manager.createSession('other')
    await theirs.open()
    const session = manager.createSession('n')
    const told = listen(session)
    await Promise.all([outcome(session.open()), clock.advance(100)])
    expect([told.length, session.isOpen, link(lab, 'other')]).toEqual([1, false, 'up'])
    await theirs.close()
    await Promise.all([session.open(), clock.advance(100)])
    expect([session.state, link(lab, 'near'), link(lab, 'other')]).toEqual(['connected', 'up', 'down'])
  })
})

describe('H7 a link that another session is bringing up', () => {
  it('is joined by a session on a service network', async () => {
    const { manager, clock, world } = await openLab([{ id: 'near', bearer: 'wlan', device: 'wlan0' }])
    manager.defineServiceNetwork({ identifier: 'n', members: ['near'] })
    world.stall('near')
    const first = outcome(manager.createSession('near').open())
    await clock.advance(10)
    const second = outcome(manager.createSession('n').open())
    await clock.advance(10)
    world.up('near')
    await clock.advance(10)
    expect([first.value, second.value]).toEqual(['resolved', 'resolved'])
    expect(world.calls.filter(({ command }) => command === 'activate')).toHaveLength(1)
  })
})

describe('M5 a child that leaves the service network while it is in use', () => {
  it('is left, released and taken down, and the session can be closed', async () => {
    const lab = await openLab([
      { id: 'a', name: 'in' },
      { id: 'b', name: 'in' },
    ])
    const { manager, clock, world } = lab
    manager.defineServiceNetwork({ identifier: 'n', members: ({ name }) => name === 'in' })
    const session = manager.createSession('n')
    await Promise.all([session.open(), clock.advance(100)])
    expect(session.activeConfiguration).toBe('a')
    world.set('a', { name: 'out' })
    await clock.advance(20_000)
    expect([session.activeConfiguration, link(lab, 'a'), link(lab, 'b')]).toEqual(['b', 'down', 'up'])
    const closed = outcome(session.close())
    await clock.advance(100)
    expect([closed.value, link(lab, 'b'), manager.holders('a')]).toEqual(['resolved', 'down', []])
  })
})

describe('H6 a link that is going down', () => {
  it('does not count as open for a session that opens meanwhile', async () => {
    const held = slowLocks()
    const { manager, clock } = await openLab([{ id: 'a' }], { holders: held.holders })
    manager.defineServiceNetwork({ identifier: 'n', members: ['a'] })
    const first = manager.createSession('a')
    await Promise.all([first.open(), clock.advance(100)])
    held.isSlow = true
    void first.stop()
    await clock.advance(10)
    const session = manager.createSession('n')
    const opened = outcome(session.open())
    await clock.advance(10)
    expect([opened.value, session.isOpen]).toEqual(['pending', false])
    held.release()
    await clock.advance(1000)
    expect([opened.value, session.state]).toEqual(['resolved', 'connected'])
  })
})

describe('H4 what a session on a service network holds', () => {
  it('H4 is its active child, and while it tries a new one both: no close of another session takes either down', async () => {
    const lab = await openLab([{ id: 'near', inRange: false, activate: 'unknown' }, { id: 'old' }])
    const { manager, clock, world } = lab
    manager.defineServiceNetwork(BY_ORDER)
    const session = manager.createSession('n')
    session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => void offer.migrate())
    const other = await lab.another()
    const theirs = ['old', 'near'].map((id) => other.createSession(id))
    const counts = () => ['old', 'near'].map((id) => manager.holders(id).length)
    const openAndClose = async () => {
      for (const one of theirs) {
        void one.open()
        await clock.advance(100)
        void one.close()
        await clock.advance(100)
      }
      return ['old', 'near'].map((id) => link(lab, id))
    }
    void theirs[0]?.open()
    await clock.advance(100)
    void session.open()
    await clock.advance(100)
    expect(counts()).toEqual([2, 0])
    void theirs[0]?.close()
    await clock.advance(100)
    expect([counts(), link(lab, 'old')]).toEqual([[1, 0], 'up'])
    world.set('near', { inRange: true, activate: 'yes' })
    await clock.advance(100)
    expect([session.trial?.configuration.identifier, counts()]).toEqual(['near', [1, 1]])
    expect(await openAndClose()).toEqual(['up', 'up'])
    expect([session.state, counts()]).toEqual(['roaming', [1, 1]])
    void session.accept()
    await clock.advance(100)
    expect([counts(), link(lab, 'old')]).toEqual([[0, 1], 'down'])
    expect(await openAndClose()).toEqual(['down', 'up'])
    void session.close()
    await clock.advance(100)
    expect([counts(), link(lab, 'near')]).toEqual([[0, 0], 'down'])
  })
})

describe('R8 the old child is gone', () => {
  it('stopped by another session and then roamed away from on one device: reject does not bring it up again', async () => {
    const lab = await openLab([
      { id: 'p', bearer: 'wlan', device: 'wlan0', link: 'up' },
      { id: 'q', bearer: 'wlan', device: 'wlan0' },
    ])
    const { manager, clock } = lab
    manager.defineServiceNetwork({ identifier: 'n', members: ['p', 'q'], ranking: [] })
    const session = manager.createSession('n')
    const told = listenToAll(session, { consulted: true })
    await session.open()
    void manager.createSession('p').stop()
    await clock.advance(100)
    expect(told.at(-1)).toBe('offer:q')
    void session.migrate()
    await clock.advance(100)
    expect(told.at(-1)).toBe('active:q')
    expect(await session.reject()).toBe(false)
    await clock.advance(100)
    expect([link(lab, 'p'), link(lab, 'q')]).toEqual(['down', 'down'])
    expect(session.state).toBe('disconnected')
  })
})

/** Where a word was told, for words whose order among themselves does not matter. */
function order(told: readonly string[], word: string): number {
  return told.indexOf(word)
}

describe('R9 ignore()', () => {
  it('drops the offer; the same child is not offered again until it stopped being preferred in between', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    expect(await session.ignore()).toBe(true)
    world.set('a', { name: 'other' })
    await clock.advance(100_000)
    expect(told).toEqual(['offer:a'])
    world.set('a', { metered: { value: true, sure: true } })
    await clock.flush()
    world.set('a', { metered: { value: false, sure: true } })
    await clock.flush()
    expect(told).toEqual(['offer:a', 'offer:a'])
  })
})

describe('R9, R19 a child that was ignored or rejected', () => {
  it('is offered again when it was out of range in between', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    await session.ignore()
    world.setInRange('a', false)
    await clock.flush()
    world.setInRange('a', true)
    await clock.flush()
    expect(told).toEqual(['offer:a', 'offer:a'])
    void session.migrate()
    await clock.advance(20)
    void session.reject()
    await clock.advance(60_000)
    expect(told.filter((word) => word === 'offer:a')).toHaveLength(2)
    world.setInRange('a', false)
    await clock.flush()
    world.setInRange('a', true)
    await clock.flush()
    expect(told.filter((word) => word === 'offer:a')).toHaveLength(3)
  })
})

describe('R10 offers give way', () => {
  it('to a better one: the old one is withdrawn first', async () => {
    const { told, clock, world } = await openNetwork(ONLY_CELLULAR, { consulted: true })
    world.setInRange('b', true)
    await clock.flush()
    world.setInRange('a', true)
    await clock.flush()
    expect(told).toEqual(['offer:b', 'withdrawn:b', 'offer:a'])
  })

  it('are withdrawn when the candidate goes', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    world.setInRange('a', false)
    await clock.flush()
    expect(told).toEqual(['offer:a', 'withdrawn:a'])
    expect(session.offer).toBeNull()
    expect(await session.migrate()).toBe(false)
  })
})

describe('R11 the active child is lost', () => {
  it('forced: roams through the candidates', async () => {
    const lab = await openNetwork()
    const { session, told, clock, world } = lab
    world.failNext('c', 'addressFailed')
    lose(lab, 'b')
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'disconnected', 'error:roaming/addressFailed'])
    world.setInRange('a', true)
    await clock.advance(100)
    expect(told.slice(3)).toEqual(['roaming', 'connected', 'active:a'])
    expect(session.isOpen).toBe(true)
  })

  it('forced: to the next candidate, connected again', async () => {
    const lab = await openNetwork()
    const { told, clock } = lab
    lose(lab, 'b')
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'connected', 'active:c'])
  })

  it('consulted: an offer with a deadline, which then counts as ignored', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { session, told, clock } = lab
    lose(lab, 'b')
    await clock.flush()
    expect(told).toEqual(['roaming', 'offer:c'])
    expect(session.offer?.deadline).toBe(clock.now() + 10_000)
    await clock.advance(10_000)
    expect(told.slice(2)).toEqual(['disconnected', 'withdrawn:c'])
    expect(session.isOpen).toBe(true)
    await clock.advance(5000)
    expect(told.slice(4)).toEqual(['error:roaming/lost', 'closed', 'active:'])
  })

  it('the old child back before a new one is up: connected, the candidate is released', async () => {
    const lab = await openNetwork()
    const { told, clock, world } = lab
    world.stall('c')
    world.down('b', 'carrierLost')
    await clock.flush()
    expect(told).toEqual(['roaming'])
    world.up('b')
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'connected'])
    expect(link(lab, 'c')).toBe('down')
  })

  it('with no candidate ever: sessionAborted after lossGrace', async () => {
    const lab = await openNetwork([{ id: 'b', bearer: 'wlan', link: 'up' }])
    const { told, clock } = lab
    lose(lab, 'b')
    await clock.advance(4999)
    expect(told).toEqual(['disconnected'])
    await clock.advance(1)
    expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed', 'active:', 'notAvailable'])
  })

  it('a newly eligible child within lossGrace is roamed to', async () => {
    const lab = await openNetwork([
      { id: 'a', inRange: false, activate: 'unknown' },
      { id: 'b', bearer: 'wlan', link: 'up' },
    ])
    const { told, clock, world } = lab
    lose(lab, 'b')
    await clock.advance(1000)
    world.setInRange('a', true)
    await clock.advance(100)
    expect(told).toEqual(['disconnected', 'roaming', 'connected', 'active:a'])
  })

  it('removed counts as lost', async () => {
    const { told, clock, world } = await openNetwork()
    world.remove('b')
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'connected', 'active:c'])
  })
})

describe('R12 the candidate fails', () => {
  it('while migrating: released, error roaming once, back on the old one', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { session, told, clock, world } = lab
    world.setInRange('a', true)
    await clock.flush()
    world.failNext('a', 'addressFailed')
    const migrated = session.migrate()
    await clock.advance(100)
    expect(await migrated).toBe(false)
    expect(told).toEqual(['offer:a', 'roaming', 'connected', 'error:roaming/addressFailed'])
    expect(session.activeConfiguration).toBe('b')
  })

  it('does not come up within its connectTimeout', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { session, told, clock, world } = lab
    lab.manager.setConnectTimeout('a', 500)
    world.setInRange('a', true)
    await clock.flush()
    world.stall('a')
    void session.migrate()
    await clock.advance(600)
    expect(told).toEqual(['offer:a', 'roaming', 'connected', 'error:roaming/timedOut'])
    expect(link(lab, 'a')).toBe('down')
  })

  it('was up and loses its cable before it is counted: the next moment is on the old one (R12)', async () => {
    const held = slowLocks()
    const { session, told, clock, world } = await openNetwork(undefined, { holders: held.holders })
    world.setInRange('a', true)
    world.up('a')
    held.isSlow = true
    await clock.advance(100)
    expect([session.state, session.activeConfiguration]).toEqual(['roaming', 'b'])
    world.carrier('a', false)
    await clock.advance(0)
    expect(session.state).toBe('connected')
    held.release()
    await clock.advance(100)
    expect(told.slice(0, 3)).toEqual(['roaming', 'connected', 'error:roaming/lost'])
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'b'])
  })

  it('is lost in the trial', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    world.down('a', 'carrierLost')
    await clock.flush()
    expect(told.slice(4)).toEqual(['connected', 'error:roaming/lost', 'active:b'])
    expect(session.trial).toBeNull()
  })
})

describe('R13 a trial that is never decided', () => {
  it('is accepted after its deadline', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    expect(session.trial?.deadline).toBe(clock.now() + 30_000)
    await clock.advance(30_000)
    expect(told.slice(4)).toEqual(['connected'])
    expect(session.activeConfiguration).toBe('a')
  })
})

describe('R14 an answer to an offer that has given way', () => {
  it('has no effect on the one that stands when its turn comes', async () => {
    const { session, clock, world } = await openNetwork(ONLY_CELLULAR, { consulted: true })
    world.setInRange('b', true)
    await clock.flush()
    // In one moment: the world has a better one, and the application answers what it was offered.
    world.setInRange('a', true)
    const migrated = session.migrate()
    await clock.advance(100)
    expect(await migrated).toBe(false)
    expect(session.offer?.configuration.identifier).toBe('a')
    expect(session.state).toBe('connected')
  })
})

describe('R14, R22 at any other time', () => {
  it('migrate, accept, ignore and reject have no effect, do not throw, and resolve to false', async () => {
    const { session, manager } = await openNetwork()
    for (const one of [session, manager.createSession('b'), manager.createSession('nobody')]) {
      expect(await Promise.all([one.migrate(), one.accept(), one.ignore(), one.reject()])).toEqual([
        false,
        false,
        false,
        false,
      ])
    }
  })
})

describe('R15 isSeamless', () => {
  it('is true on the same device in the same link-layer network', async () => {
    const lab = await openLab([
      { id: 'p', device: 'wlan0', network: 'ess', bearer: 'wlan', inRange: false, activate: 'unknown' },
      { id: 'q', device: 'wlan0', network: 'ess', bearer: 'wlan', link: 'up' },
    ])
    lab.manager.defineServiceNetwork({ identifier: 'n', members: ['p', 'q'], ranking: [byOrder(['p', 'q'])] })
    const session = lab.manager.createSession('n')
    const told = listenToAll(session, { consulted: true })
    await session.open()
    lab.world.setInRange('p', true)
    await lab.clock.flush()
    expect(told.at(-1)).toBe('offer:p seamless')
  })

  it('another BSSID of one ESS is the same child: no offer, no roaming, the point changes', async () => {
    const { manager, told, world, clock } = await openNetwork(
      [{ id: 'w', bearer: 'wlan', link: 'up', point: '1' }],
      {
        consulted: true,
      },
    )
    world.set('w', { point: '2' })
    await clock.flush()
    expect(told).toEqual([])
    expect(manager.configurationFromIdentifier('w').point).toBe('2')
  })
})

describe('R16 close() in any phase', () => {
  it.each(['offer', 'migrating', 'trial', 'rejecting'] as const)(
    '%s: everything brought up is released',
    async (phase) => {
      const lab = await openNetwork(
        [
          { id: 'a', bearer: 'ethernet', inRange: false, activate: 'unknown' },
          { id: 'b', bearer: 'wlan' },
        ],
        { consulted: true },
      )
      const { session, told, clock, world } = lab
      world.setInRange('a', true)
      await clock.flush()
      if (phase !== 'offer') void session.migrate()
      if (phase === 'trial' || phase === 'rejecting') await clock.advance(20)
      if (phase === 'rejecting') void session.reject()
      const closed = outcome(session.close())
      await clock.advance(200)
      expect(closed.value).toBe('resolved')
      expect([link(lab, 'a'), link(lab, 'b')]).toEqual(['down', 'down'])
      expect(told.filter((word) => word === 'closed')).toHaveLength(1)
      expect(told.at(-1)).toBe('disconnected')
      expect(clock.pending).toBe(0)
    },
  )
})

describe('R17 others on the new child', () => {
  it('are counted: reject does not take down what another session holds', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { session, manager, clock, world } = lab
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    await manager.createSession('a').open()
    void session.reject()
    await clock.advance(200)
    expect(link(lab, 'a')).toBe('up')
  })
})

describe('R18 stop()', () => {
  it('takes the active child down for everybody, the second one follows its holders', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { session, told, clock, world, manager } = lab
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    const other = manager.createSession('a')
    void other.open()
    await clock.flush()
    const others = listen(other)
    const stopped = outcome(session.stop())
    await clock.advance(200)
    expect(stopped.value).toBe('resolved')
    expect(told.slice(4).filter((word) => !word.startsWith('active'))).toEqual([
      'closing',
      'disconnected',
      'closed',
      'connected',
    ])
    expect(others).toEqual(['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'])
    expect([link(lab, 'a'), link(lab, 'b')]).toEqual(['down', 'up'])
  })

  it('of a session that was never opened has no effect', async () => {
    const lab = await openLab(CABLE_AND_RADIO)
    lab.manager.defineServiceNetwork(allUplinks)
    await lab.manager.createSession(allUplinks.identifier).stop()
    expect(link(lab, 'b')).toBe('up')
  })

  it('S10 by another session: nothing is offered while the child is on its way down, and what is left when it is', async () => {
    const lab = await openNetwork(undefined, { consulted: true })
    const { told, clock, world, manager } = lab
    world.stallAccept('b')
    void manager.createSession('b').stop()
    await clock.flush()
    expect(told).toEqual(['closing'])
    world.setInRange('a', true)
    await clock.flush()
    expect(told).toEqual(['closing'])
    world.release('b')
    await clock.advance(100)
    expect(told).toEqual(['closing', 'roaming', 'offer:a'])
  })

  it('S10 by another session: the session roams on, and the stopped child is no candidate until it is up again', async () => {
    const lab = await openNetwork()
    const { session, told, clock, world, manager } = lab
    void manager.createSession('b').stop()
    await clock.advance(200)
    expect(told.at(-1)).toBe('active:c')
    expect(session.activeConfiguration).toBe('c')
    world.set('b', { name: 'renamed' })
    await clock.advance(100_000)
    expect(session.activeConfiguration).toBe('c')
    world.up('b')
    await clock.advance(100)
    expect(session.activeConfiguration).toBe('b')
  })
})

describe('a child that another session stopped', () => {
  /** Two managers, and a session on a service network of `b` alone, or of `b` and `c`, that is open on `b`. */
  async function openOn(members: readonly string[]) {
    const lab = await openLab(CABLE_AND_RADIO)
    lab.manager.defineServiceNetwork({ identifier: 'n', members, ranking: [byOrder(members)] })
    const session = lab.manager.createSession('n')
    const told = listenToAll(session, { consulted: false })
    await session.open()
    told.length = 0
    return { ...lab, session, told, other: await lab.another() }
  }

  it('H6 is held again when it comes back, so that no other session takes it down meanwhile', async () => {
    const lab = await openOn(['b'])
    const { session, clock, other } = lab
    const theirs = other.createSession('b')
    void theirs.stop()
    await clock.advance(100)
    expect(session.state).toBe('disconnected')
    void theirs.open()
    await clock.advance(100)
    expect(session.state).toBe('connected')
    void theirs.close()
    await clock.advance(10_000)
    expect([link(lab, 'b'), session.state]).toEqual(['up', 'connected'])
    void session.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('down')
  })

  it('R18 stop() on the session afterwards ends it', async () => {
    const { session, told, clock, world, manager } = await openOn(['b', 'c'])
    world.stall('c')
    void manager.createSession('b').stop()
    await clock.advance(100)
    expect(session.state).toBe('roaming')
    const stopped = outcome(session.stop())
    await clock.advance(100)
    expect(stopped.value).toBe('resolved')
    expect(told).toContain('closed')
    expect(session.isOpen).toBe(false)
  })

  it.each(['this', 'another'])('S9a in lossGrace: the grace ends, by %s manager', async (whose) => {
    const lab = await openOn(['b'])
    const { session, told, clock, world, manager } = lab
    world.down('b', 'carrierLost')
    await clock.flush()
    expect(told).toEqual(['disconnected'])
    const stopping = whose === 'this' ? manager : await lab.another()
    void stopping.createSession('b').stop()
    await clock.flush()
    expect(told.slice(1, 3)).toEqual(['error:sessionAborted/stopped', 'closed'])
    expect(session.isOpen).toBe(false)
  })
})

describe('R12 a failed return', () => {
  it('still counts as a holder of the old child, should it come back', async () => {
    const lab = await openOnOneRadio()
    const { session, clock, world } = lab
    world.setInRange('near', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    world.failNext('old', 'addressFailed')
    void session.reject()
    await clock.advance(100)
    expect(session.isOpen).toBe(true)
    const theirs = (await lab.another()).createSession('old')
    void theirs.open()
    await clock.advance(100)
    expect(session.state).toBe('connected')
    void theirs.close()
    await clock.advance(100)
    expect([link(lab, 'old'), session.state]).toEqual(['up', 'connected'])
  })
})

describe('R10 an offer that is withdrawn before it was emitted', () => {
  it('is not emitted at all', async () => {
    const lab = await openNetwork(undefined, { consulted: true, offerTimeout: 0 })
    lose(lab, 'b')
    await lab.clock.advance(100)
    expect(lab.told).toEqual(['disconnected'])
    await lab.clock.advance(6000)
    expect(lab.told.slice(1, 3)).toEqual(['error:roaming/lost', 'closed'])
  })
})

describe('S10 stopped while it is being brought up again', () => {
  it('the session goes on as after any loss, and does not stay roaming', async () => {
    const { manager, session, told, clock, world } = await openOnOneRadio()
    world.setInRange('near', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    void session.reject()
    await clock.advance(15)
    expect(session.state).toBe('roaming')
    void manager.createSession('old').stop()
    await clock.advance(6000)
    expect(told).toContain('closed')
    expect(session.isOpen).toBe(false)
    expect(clock.pending).toBe(0)
  })
})

describe('R19 a candidate that failed or was rejected', () => {
  it('is offered again after retryAfter, which doubles', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    for (const [turn, wait] of [60_000, 120_000].entries()) {
      world.failNext('a', 'addressFailed')
      void session.migrate()
      await clock.advance(100)
      const offers = () => told.filter((word) => word === 'offer:a').length
      expect(offers()).toBe(turn + 1)
      await clock.advance(wait - 200)
      expect(offers()).toBe(turn + 1)
      await clock.advance(200)
      expect(offers()).toBe(turn + 2)
    }
  })

  it('rejected: stays out until it stopped being preferred, too', async () => {
    const { session, told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    void session.reject()
    await clock.advance(1_000_000)
    expect(told.filter((word) => word === 'offer:a')).toHaveLength(1)
    world.set('a', { metered: { value: true, sure: true } })
    await clock.flush()
    world.set('a', { metered: { value: false, sure: true } })
    await clock.flush()
    expect(told.filter((word) => word === 'offer:a')).toHaveLength(2)
  })
})

describe('R20 precedence', () => {
  it('no re-evaluation from migrate() to the verdict; the old child lost meanwhile: reject leads to R11', async () => {
    const lab = await openNetwork(
      [
        { id: 'a', bearer: 'ethernet', inRange: false, activate: 'unknown' },
        { id: 'b', bearer: 'wlan', link: 'up' },
        { id: 'c', bearer: 'lte' },
      ],
      { consulted: true },
    )
    const { session, told, clock, world } = lab
    world.setInRange('a', true)
    await clock.flush()
    void session.migrate()
    await clock.advance(20)
    lose(lab, 'b')
    await clock.advance(100)
    expect(session.state).toBe('roaming')
    const rejected = session.reject()
    await clock.flush()
    expect(await rejected).toBe(false)
    expect(told.at(-1)).toBe('active:b')
    expect(told).toContain('offer:c')
  })
})

describe('R21 listeners', () => {
  it('the last one removed while an offer is pending: withdrawn, and roamed to without asking', async () => {
    const { session, told, clock, world } = await openNetwork()
    const undo = session.on('preferredConfigurationChanged', ({ identifier }) =>
      told.push(`offer:${identifier}`),
    )
    world.setInRange('a', true)
    await clock.flush()
    undo()
    await clock.advance(100)
    expect(told).toEqual(['offer:a', 'roaming', 'withdrawn:a', 'connected', 'active:a'])
  })

  it('attached during a forced roam: it finishes forced', async () => {
    const { session, told, clock, world } = await openNetwork()
    world.setInRange('a', true)
    await clock.flush()
    session.on('preferredConfigurationChanged', () => told.push('offer'))
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'connected', 'active:a'])
  })
})

describe('S14 while the service is away', () => {
  it('offers are withdrawn, and made again when it is back', async () => {
    const { told, clock, world } = await openNetwork(undefined, { consulted: true })
    world.setInRange('a', true)
    await clock.flush()
    world.loseService()
    await clock.advance(1000)
    world.restoreService()
    await clock.advance(1000)
    expect(told).toEqual(['offer:a', 'withdrawn:a', 'offer:a'])
  })
})

describe('signal with margin and dwell', () => {
  it('does not flap between two like networks, and roams to one that stays stronger', async () => {
    const { told, clock, world } = await openNetwork([
      { id: 'p', bearer: 'wlan', signal: 30 },
      { id: 'q', bearer: 'wlan', signal: 40 },
    ])
    for (const signal of [50, 30, 54, 35]) {
      world.set('p', { signal })
      await clock.advance(20_000)
    }
    expect(told).toEqual([])
    world.set('p', { signal: 70 })
    await clock.advance(9000)
    world.set('p', { signal: 40 })
    await clock.advance(9000)
    expect(told).toEqual([])
    world.set('p', { signal: 70 })
    await clock.advance(10_100)
    expect(told).toEqual(['roaming', 'connected', 'active:p'])
  })

  it('stays on a link that leads nowhere only for the moment after it came up', async () => {
    const lab = await openNetwork()
    const { told, clock, world, session } = lab
    world.setInRange('a', true)
    await clock.flush()
    expect(told.at(-1)).toBe('roaming')
    world.set('a', { connectivity: 'none' })
    await clock.advance(900)
    world.set('a', { connectivity: 'full' })
    await clock.advance(100_000)
    expect(told).toEqual(['roaming', 'connected', 'active:a'])
    world.set('a', { connectivity: 'none' })
    await clock.advance(1100)
    expect(session.activeConfiguration).toBe('b')
  })

  it('leaves a captive portal, and does not go back and forth (no ping-pong)', async () => {
    const { told, clock, world } = await openNetwork([
      { id: 'p', bearer: 'ethernet', connectivity: 'portal' },
      { id: 'q', bearer: 'wlan', connectivity: 'portal' },
    ])
    // To the other one, which turned out to be no better, and back to the better bearer: that is all.
    expect(world.calls.filter(({ command }) => command === 'activate').map(({ id }) => id)).toEqual([
      'p',
      'q',
      'p',
    ])
    await clock.advance(1_000_000)
    world.set('p', { connectivity: 'full' })
    await clock.advance(1_000_000)
    expect(told).toEqual([])
  })
})

describe('S12 keepOpen on a service network', () => {
  it('opens again after an end, at once when a child is up, and until close()', async () => {
    const lab = await openLab([{ id: 'b', bearer: 'wlan' }])
    const { manager, clock, world } = lab
    manager.defineServiceNetwork(allUplinks)
    const session = manager.createSession(allUplinks.identifier)
    void session.open({ keepOpen: true })
    await clock.advance(100)
    const told = listenToAll(session, { consulted: false })
    const tries: number[][] = []
    session.on('reopening', (attempt, delay) => tries.push([attempt, delay]))
    lose(lab, 'b')
    await clock.advance(5000)
    expect(told).toContain('closed')
    await clock.advance(3000)
    expect(tries).toEqual([
      [1, 1000],
      [2, 2000],
      [3, 4000],
    ])
    world.setInRange('b', true)
    world.up('b')
    await clock.flush()
    expect(session.isOpen).toBe(true)
    lose(lab, 'b')
    await clock.advance(5000)
    await session.close()
    await clock.advance(3_600_000)
    expect(session.isOpen).toBe(false)
    expect(clock.pending).toBe(0)
  })
})
