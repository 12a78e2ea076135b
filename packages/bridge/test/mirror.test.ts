import { NetworkConfiguration, type NetworkSession, NetworkSessionError } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import type { SessionMirror } from '../src/index.js'
import { openLab } from './lab.js'

/** The events of a session as words, each checked against the getters. */
function listen(session: SessionMirror | NetworkSession): string[] {
  const told: string[] = []
  session.on('stateChanged', (state) =>
    told.push(state === session.state ? state : `${state}, but ${session.state}`),
  )
  session.on('opened', () => told.push(session.isOpen ? 'opened' : 'opened, but closed'))
  session.on('closed', () => told.push(session.isOpen ? 'closed, but open' : 'closed'))
  session.on('error', ({ code, reason }) => told.push(`error:${code}/${reason}`))
  return told
}

it.each(['a', 'userChoice'])(
  'the mirror of a session on %s tells what it uses, as the session does',
  async (id) => {
    const { manager, connect, finish } = await openLab(undefined, { chooser: async () => 'b' })
    const shared = manager.createSession(id)
    const { mirror } = await connect({ sessions: { shared }, allow: ['open', 'close'] })
    const session = mirror.sharedSessions.get('shared') as SessionMirror
    const [direct, told]: [string[], string[]] = [[], []]
    shared.on('activeConfigurationChanged', (identifier) => direct.push(identifier))
    session.on('activeConfigurationChanged', (identifier) => told.push(identifier))
    await finish(session.open())
    await finish(session.close())
    expect(told).toEqual([id === 'a' ? 'a' : 'b', ''])
    expect(told).toEqual(direct)
  },
)

describe('the mirror of a manager', () => {
  it('shows at once what the manager shows', async () => {
    const { manager, connect } = await openLab()
    const { mirror } = await connect()
    expect(mirror.getSnapshot()).toEqual(manager.getSnapshot())
    expect(mirror.allConfigurations('active').map(({ name }) => name)).toEqual(['Desk'])
    expect(mirror.allConfigurations('active')).toBe(mirror.allConfigurations('active'))
    expect(mirror.configurationFromIdentifier('b')).toBeInstanceOf(NetworkConfiguration)
    const unknown = mirror.configurationFromIdentifier('nothing')
    expect(unknown.isValid).toBe(false)
    expect(mirror.configurationFromIdentifier('nothing')).toBe(unknown)
    expect(mirror.defaultConfiguration().identifier).toBe('a')
    expect([mirror.isOnline, mirror.service, mirror.backend.name]).toEqual([true, 'ready', 'mock'])
  })

  it('shows the newest state to a guest that comes late', async () => {
    const { manager, world, connect, advance } = await openLab()
    const early = await connect()
    world.down('a', 'carrierLost')
    await advance(0)
    const late = await connect()
    expect(late.mirror.isOnline).toBe(false)
    expect(late.mirror.getSnapshot()).toEqual(manager.getSnapshot())
    expect(early.mirror.getSnapshot()).toEqual(late.mirror.getSnapshot())
  })

  it('emits the events of a change, with getters that agree, then notifies subscribers', async () => {
    const { world, connect, advance } = await openLab()
    const { mirror } = await connect()
    const told: string[] = []
    mirror.on('configurationChanged', ({ identifier, state }) =>
      told.push(`${identifier} ${state} ${mirror.configurationFromIdentifier(identifier).state}`),
    )
    mirror.on('onlineStateChanged', (isOnline) => told.push(`online ${isOnline} ${mirror.isOnline}`))
    mirror.subscribe(() => told.push('notified'))
    world.setInRange('a', false)
    await advance(0)
    expect(told).toEqual(['a defined defined', 'online false false', 'notified'])
  })

  it('agrees with its sessions, also before the host has told about them', async () => {
    const { world, connect, clock, settle } = await openLab()
    const { mirror } = await connect()
    const session = mirror.createSession('b')
    const told: string[] = []
    const note = (who: string) => {
      const agrees = session.configuration === mirror.configurationFromIdentifier('b')
      told.push(`${who}: ${agrees ? session.state : 'torn'}`)
    }
    // The host hears of the session only after it has told of the link.
    session.on('stateChanged', () => note('listener'))
    session.subscribe(() => note('session'))
    mirror.subscribe(() => note('manager'))
    world.up('b')
    await clock.flush()
    await settle()
    expect(told).toEqual([
      'listener: connected',
      'manager: connected',
      'session: connected',
      'session: connected',
    ])
    expect(session.interface).not.toBeNull()
    expect(session.getSnapshot().configuration).toBe(mirror.configurationFromIdentifier('b'))
  })

  it('shows one unknown configuration, of which a session is told, too', async () => {
    const { connect, settle } = await openLab()
    const { mirror } = await connect()
    const session = mirror.createSession('ghost')
    session.subscribe(() => {})
    await settle()
    expect(session.getSnapshot().configuration).toBe(mirror.configurationFromIdentifier('ghost'))
  })

  it('tells of configurations that come and go, and keeps their order', async () => {
    const { manager, world, connect, advance } = await openLab()
    const { mirror } = await connect()
    const told: string[] = []
    mirror.on('configurationAdded', ({ identifier }) => told.push(`+${identifier}`))
    mirror.on('configurationRemoved', ({ identifier, isValid, type }) =>
      told.push(`-${identifier} ${isValid} ${type}`),
    )
    world.add({ id: 'ab' })
    world.remove('c')
    await advance(0)
    expect(told).toEqual(['+ab', '-c false internetAccessPoint'])
    expect(mirror.allConfigurations()).toEqual(manager.allConfigurations())
    expect(mirror.configurationFromIdentifier('c').isValid).toBe(false)
  })

  it('keeps the identity of everything that has not changed (C2)', async () => {
    const { world, connect, advance } = await openLab()
    const { mirror } = await connect()
    const before = mirror.getSnapshot()
    const [a, b] = ['a', 'b'].map((id) => mirror.configurationFromIdentifier(id))
    await advance(1000)
    expect(mirror.getSnapshot()).toBe(before)
    world.set('b', { signal: 80 })
    await advance(0)
    expect(mirror.getSnapshot()).not.toBe(before)
    expect(mirror.getSnapshot().capabilities).toBe(before.capabilities)
    expect(mirror.configurationFromIdentifier('a')).toBe(a)
    expect(mirror.configurationFromIdentifier('b')).not.toBe(b)
    expect(mirror.allConfigurations()).toBe(mirror.getSnapshot().configurations)
  })

  it('is as immutable as what it shows, so that stores with proxies leave it as it is', async () => {
    const { manager, world, connect, finish, advance } = await openLab([
      { id: 'x', bearer: 'ethernet', link: 'up' },
      { id: 'y', bearer: 'wlan', metered: { value: true, sure: true } },
    ])
    manager.defineServiceNetwork({ identifier: 'net', members: ['x', 'y'] })
    const { mirror } = await connect({ allow: () => true })
    const session = mirror.createSession('net')
    const told: unknown[] = []
    session.on('interfaceChanged', (...values) => told.push(values.slice(0, 3)))
    session.on('roamingStarted', (start) => told.push([start]))
    await finish(session.open())
    world.carrier('x', false)
    await advance(20_000)
    expect(session.activeConfiguration).toBe('y')
    expect(told).toHaveLength(2)
    const shown = [
      mirror.getSnapshot(),
      mirror.backend,
      session.getSnapshot(),
      session.interface,
      ...told.flat(),
    ]
    expect(shown.flatMap((value, index) => mutables(value, String(index)))).toEqual([])
  })

  it('sends only what has changed, in one message for a tick', async () => {
    const { world, connect, advance, messages } = await openLab()
    await connect()
    const before = messages.length
    world.set('b', { signal: 80 })
    world.set('c', { signal: 10 })
    await advance(0)
    const updates = messages.slice(before).filter((one) => (one as { roamkit: string }).roamkit === 'update')
    expect(updates).toMatchObject([
      { manager: { configurations: [{ identifier: 'b' }, { identifier: 'c' }], order: null, overview: {} } },
    ])
    expect(updates[0]).toHaveProperty('sessions', [])
  })

  it('shows a service network whose children are the configurations themselves', async () => {
    const { manager, connect, world, advance } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    await advance(0)
    const { mirror } = await connect()
    const network = () => mirror.configurationFromIdentifier('net')
    expect(network().isRoamingAvailable).toBe(true)
    expect(network().children).toContain(mirror.configurationFromIdentifier('b'))
    world.set('b', { signal: 90 })
    await advance(0)
    expect(network().children).toContain(mirror.configurationFromIdentifier('b'))
    expect(network()).toEqual(manager.configurationFromIdentifier('net'))
  })

  it('shows that the network service is lost, and that it is back', async () => {
    const { world, connect, advance } = await openLab()
    const { mirror } = await connect()
    const told: string[] = []
    mirror.on('serviceChanged', (service) => told.push(`${service} ${mirror.service}`))
    world.loseService()
    await advance(0)
    world.restoreService()
    await advance(0)
    expect(told).toEqual(['lost lost', 'ready ready'])
  })
})

describe('a session that the host shares', () => {
  it('shows what the session of the host shows', async () => {
    const { manager, connect, finish, advance, world } = await openLab()
    const session = manager.createSession('a')
    const { mirror } = await connect({ sessions: { uplink: session } })
    const shared = mirror.sharedSessions.get('uplink') as SessionMirror
    expect(shared.getSnapshot()).toEqual(session.getSnapshot())
    const told = listen(shared)
    await finish(session.open())
    expect(shared.isConnected).toBe(true)
    world.carrier('a', false)
    await advance(60_000)
    expect(told).toEqual(['opened', 'notAvailable', 'error:sessionAborted/lost', 'closed'])
    expect(shared.getSnapshot()).toEqual(session.getSnapshot())
    expect(shared.error).toBeInstanceOf(NetworkSessionError)
  })

  it('stays open when the guest goes', async () => {
    const { manager, connect, finish, settle } = await openLab()
    const session = manager.createSession('a')
    const { mirror } = await connect({ sessions: { uplink: session }, allow: ['open'] })
    await finish((mirror.sharedSessions.get('uplink') as SessionMirror).open())
    await mirror.close()
    await settle()
    expect(session.isOpen).toBe(true)
  })
})

describe('a session of the guest', () => {
  it('opens and closes, with the events and promises of a session', async () => {
    const { manager, connect, finish, world } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    const own = manager.createSession('b')
    const [told, expected] = [listen(session), listen(own)]
    expect(session.state).toBe('disconnected')
    await finish(session.open())
    expect(session.isConnected).toBe(true)
    expect(session.interface).toEqual(own.interface)
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('up')
    await finish(session.close())
    expect(told.filter((word) => !['opened', 'closed'].includes(word))).toEqual(expected)
    expect(told).toEqual(['connecting', 'connected', 'opened', 'closed', 'closing', 'disconnected'])
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
  })

  it('rejects with the error of the session, which also comes as an event', async () => {
    const { connect, finish, world } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    const errors: NetworkSessionError[] = []
    session.on('error', (error) => errors.push(error))
    world.failNext('b', 'secretWrong')
    const failure = await finish(session.open()).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(NetworkSessionError)
    expect(failure).toMatchObject({ code: 'unknown', reason: 'secretWrong' })
    expect(errors).toEqual([failure])
    expect(session.error?.toJSON()).toEqual((failure as NetworkSessionError).toJSON())
  })

  it('ends its wait with the reason of the signal, and cancels the opening', async () => {
    const { connect, finish, advance, world } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    const abort = new AbortController()
    world.stall('b')
    const opened = session.open({ signal: abort.signal })
    await advance(10)
    expect(session.state).toBe('connecting')
    abort.abort('enough')
    await expect(opened).rejects.toBe('enough')
    await advance(100)
    expect(session.state).toBe('disconnected')
    await expect(finish(session.open({ signal: AbortSignal.abort('too late') }))).rejects.toBe('too late')
  })

  it('refuses invalid arguments without asking the host (E2)', async () => {
    const { connect, messages } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    const before = messages.length
    await expect(session.open({ keepOpen: 1 as never })).rejects.toThrow(TypeError)
    expect(() => session.on('opend' as never, () => {})).toThrow("did you mean 'opened'?")
    expect(() => mirror.createSession('b', { health: {} })).toThrow("createSession() has no option 'health'")
    await expect(session.migrate(-1)).resolves.toBe(false)
    expect(messages.length).toBe(before)
  })

  it('is known to the host only while somebody wants to know about it', async () => {
    const { connect, settle, messages } = await openLab()
    const { mirror } = await connect()
    const session = mirror.createSession('a')
    await settle()
    const sent = () => messages.map((one) => (one as { roamkit: string }).roamkit)
    expect(session.state).toBe('connected')
    expect(sent()).not.toContain('create')
    const undo = session.subscribe(() => {})
    await settle()
    expect(session.interface?.name).toBe('dev-a')
    undo()
    await settle()
    expect(sent().filter((name) => ['create', 'release'].includes(name))).toEqual(['create', 'release'])
  })
})

/** The paths of all objects in a value that can be changed. */
function mutables(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const within = Object.entries(value).flatMap(([key, member]) => mutables(member, `${path}.${key}`))
  return Object.isFrozen(value) ? within : [path, ...within]
}
