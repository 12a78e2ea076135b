import { networkManager } from '@roamkit/backend-linux'
import type { Backend, LinkConfiguration } from '@roamkit/core/contract'
import { carrier, nm } from '@roamkit/lab-linux'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { activeState, calm, listen, nmcli, openHost, until } from './host.js'

beforeEach(calm)
afterAll(calm)

/** Adds a profile that does not come up by itself, gone when the test is over; its UUID. */
async function add(type: string, name: string, ...settings: readonly string[]): Promise<string> {
  onTestFinished(async () => {
    await nmcli('connection', 'delete', name).catch(() => '')
  })
  const words = ['type', type, 'con-name', name, 'autoconnect', 'no', ...settings]
  return /\(([0-9a-f-]{36})\)/.exec(await nmcli('connection', 'add', ...words))?.[1] ?? ''
}

/** A backend, and everything that its snapshots have shown of a link, read at every poke. */
async function watch(id: string): Promise<{ backend: Backend; seen: LinkConfiguration[] }> {
  const seen: LinkConfiguration[] = []
  let backend: Backend | null = null
  const look = () => {
    const link = backend?.snapshot().configurations.find((known) => known.id === id)
    if (link && link !== seen.at(-1)) seen.push(link)
  }
  const after = (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
  const host = { changed: look, log: () => undefined, clock: { now: () => performance.now(), after } }
  const opened = await networkManager().open(host, { signal: new AbortController().signal })
  onTestFinished(() => opened[Symbol.asyncDispose]())
  backend = opened
  look()
  return { backend: opened, seen }
}

/** The devices on which NetworkManager says that a profile is up. */
async function devicesOf(profile: string): Promise<readonly string[]> {
  const shown = await nmcli('--terse', '--fields', 'NAME,DEVICE', 'connection', 'show', '--active')
  const lines = shown.split('\n').filter((line) => line.startsWith(`${profile}:`))
  return lines.map((line) => line.slice(profile.length + 1)).sort()
}

describe('uplinks on real NetworkManager (T1)', () => {
  it('a port to a controller, without gateway, is none, down or up', async () => {
    const address = ['ipv4.method', 'manual', 'ipv4.addresses', '192.168.77.1/24', 'ipv6.method', 'disabled']
    const id = await add('ethernet', 'plc', 'ifname', 'eth-b', ...address)
    const manager = await openHost()
    await nmcli('connection', 'up', 'plc')
    await until(() => expect(manager.configurationFromIdentifier(id).state).toBe('active'))
    expect(manager.configurationFromIdentifier(id).isUplink).toBe(false)
    await nmcli('connection', 'down', 'lab-a')
    await until(() => expect(manager.isOnline).toBe(false))
  })

  it('a link that gets its gateway by DHCP is one all the way up, and never not for a moment', async () => {
    const { seen } = await watch('00000001-aaaa-4bbb-8ccc-000000000001')
    await nmcli('connection', 'up', 'lab-b')
    await until(() => expect(seen.at(-1)?.interface?.gateways).toEqual(['10.91.1.1']))
    expect(seen.filter(({ uplink }) => !uplink)).toEqual([])
    expect(seen.at(-1)?.link).toBe('up')
  })
})

describe('a bridge on real NetworkManager (T3)', () => {
  const plain = ['ipv4.method', 'manual', 'ipv4.addresses', '10.99.0.1/24', 'ipv6.method', 'disabled']
  const bridge = () =>
    add('bridge', 'br', 'ifname', 'br9', ...plain, 'bridge.stp', 'no', 'connection.autoconnect-slaves', '1')
  const port = () => add('ethernet', 'br-port', 'ifname', 'eth-c', 'master', 'br9', 'slave-type', 'bridge')

  it('loses its link when its last cable is out, though NetworkManager keeps it activated', async () => {
    const [id, portId] = [await bridge(), await port()]
    const manager = await openHost()
    await until(() => expect(manager.configurationFromIdentifier(id).type).toBe('internetAccessPoint'))
    const session = manager.createSession(id)
    await session.open()
    await until(() => expect(manager.configurationFromIdentifier(id).state).toBe('active'))
    expect(manager.configurationFromIdentifier(portId).type).toBe('invalid')
    const { words } = listen(session)
    await carrier('c', 'down')
    await until(() => expect(words[0]).toBe('notAvailable'), 2000)
    expect(await activeState('br')).toBe('activated')
    await carrier('c', 'up')
    await until(() => expect(words).toEqual(['notAvailable', 'connected']))
  })

  it('goes down with its ports when the session that brought it up closes', async () => {
    const id = await bridge()
    await port()
    const manager = await openHost()
    await until(() => expect(manager.configurationFromIdentifier(id).type).toBe('internetAccessPoint'))
    const session = manager.createSession(id)
    await session.open()
    await until(async () => expect(await devicesOf('br-port')).toEqual(['eth-c']))
    await session.close()
    await until(async () =>
      expect([await activeState('br'), await activeState('br-port')]).toEqual(['down', 'down']),
    )
  })
})

describe('a profile that is active on two devices (T5)', () => {
  const multi = () => add('ethernet', 'multi', 'connection.multi-connect', 'multiple')

  it('stays up when the cable of the one that is shown is pulled', async () => {
    const id = await multi()
    const manager = await openHost()
    await nmcli('connection', 'up', 'multi', 'ifname', 'eth-b')
    await nmcli('connection', 'up', 'multi', 'ifname', 'eth-c')
    await until(() => expect(manager.configurationFromIdentifier(id).state).toBe('active'))
    const session = manager.createSession(id)
    await session.open()
    expect(session.interface?.name).toBe('eth-b')
    const { words } = listen(session)
    await carrier('b', 'down')
    await until(() => expect(session.interface?.name).toBe('eth-c'))
    expect([manager.configurationFromIdentifier(id).state, words]).toEqual(['active', []])
    await session.close()
    expect(await devicesOf('multi')).toContain('eth-c')
  })

  it('what a session brought up goes down with it, and what the system brought up on the other stays', async () => {
    const id = await multi()
    const manager = await openHost()
    const session = manager.createSession(id)
    await session.open()
    const ours = session.interface?.name ?? ''
    const theirs = ours === 'eth-b' ? 'eth-c' : 'eth-b'
    await nmcli('connection', 'up', 'multi', 'ifname', theirs)
    await until(async () => expect(await devicesOf('multi')).toEqual([ours, theirs].sort()))
    expect(session.interface?.name).toBe(ours)
    await session.close()
    await until(async () => expect(await devicesOf('multi')).toEqual([theirs]))
    expect(manager.configurationFromIdentifier(id).state).toBe('active')
  })
})

describe('the loopback and the farewell (S14)', () => {
  it('NetworkManager without its loopback is as ready as before, and its farewell is still one', async () => {
    const { backend, seen } = await watch('00000000-aaaa-4bbb-8ccc-000000000000')
    const services = new Set<string>()
    const looking = setInterval(() => services.add(backend.snapshot().service), 1)
    onTestFinished(() => clearInterval(looking))
    await nmcli('device', 'delete', 'lo')
    await until(async () =>
      expect(await nmcli('--terse', '--fields', 'DEVICE', 'device')).not.toContain('lo'),
    )
    // An answer comes after all that was told before it.
    await backend.recheck('00000000-aaaa-4bbb-8ccc-000000000000', { signal: new AbortController().signal })
    expect([...services]).toEqual(['ready'])
    await nm.stop()
    await until(() => expect(backend.snapshot().service).toBe('lost'))
    await nm.start()
    await until(() => expect(backend.snapshot().service).toBe('ready'))
    expect(seen.filter(({ link }) => link !== 'up')).toEqual([])
  })

  it('a NetworkManager that is stopped is lost before any of its links', async () => {
    const { backend, seen } = await watch('00000000-aaaa-4bbb-8ccc-000000000000')
    await nm.stop()
    await until(() => expect(backend.snapshot().service).toBe('lost'))
    await nm.start()
    await until(() => expect(backend.snapshot().service).toBe('ready'))
    expect(seen.filter(({ link, interface: facts }) => link !== 'up' || facts === null)).toEqual([])
  })
})
