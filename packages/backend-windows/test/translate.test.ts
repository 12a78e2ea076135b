import { describe, expect, it } from 'vitest'
import type { InterfaceRow, NetworkRow, Tables } from '../src/tables/captured.js'
import { worldOf } from '../src/translate/world.js'
import { CABLE, captured, HOME, memory, seen, status, WIFI, withWifi } from './captured.js'

const find = (world: ReturnType<typeof seen>, name: string) => {
  const found = world.configurations.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

function withRow(alias: string, facts: Partial<InterfaceRow>): Tables {
  const interfaces = captured.ip.interfaces.map((row) => (row.alias === alias ? { ...row, ...facts } : row))
  return { ...captured, ip: { ...captured.ip, interfaces } }
}

function withNetwork(facts: Partial<NetworkRow>): Tables {
  const networks = captured.networks.map((row) => (row.adapter === WIFI ? { ...row, ...facts } : row))
  return { ...captured, networks }
}

describe('the world of captured tables', () => {
  it('leaves out the name servers that Windows lists if none is configured for IPv6', () => {
    const dns = ['10.77.0.1', 'fec0:0:0:ffff::1', 'fec0:0:0:ffff::2', 'fec0:0:0:ffff::3', 'fec0::53']
    const adapters = captured.ip.adapters.map((row) => (row.guid === WIFI ? { ...row, dns } : row))
    const home = find(seen({ ...captured, ip: { ...captured.ip, adapters } }), 'Home')
    expect(home.interface?.dns).toEqual(['10.77.0.1', 'fec0::53'])
  })

  it('has a configuration for each profile, adapter and entry, sorted by ids that name no index', () => {
    const ids = seen(captured).configurations.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort())
    expect(ids).toContain(HOME)
    expect(ids).toContain(`adapter:${CABLE}`)
    expect(ids).toContain('vpn:own/Office')
    expect(ids).not.toContain(`adapter:${WIFI}`)
  })

  it('leaves out loopback, tunnels and adapters that Windows uses internally (C9)', () => {
    const names = seen(captured).configurations.map(({ name }) => name)
    expect(names).not.toContain('lo')
    expect(names).not.toContain('Tunnel')
  })

  it('shows a connected profile with all its facts', () => {
    const home = find(seen(captured), 'Home')
    expect(home).toMatchObject({
      bearer: 'wlan',
      link: 'up',
      carrier: true,
      purpose: 'private',
      network: 'Home',
      point: '02:00:00:00:00:01',
      signal: 70,
      wifi: { ssid: 'Home', hidden: false, security: 'wpa' },
      metered: { value: true, sure: true },
      connectivity: 'full',
      device: WIFI,
    })
    expect(home.interface).toMatchObject({
      name: 'Wi-Fi',
      hardwareAddress: '02:00:00:00:00:0f',
      addresses: ['10.77.0.2/24'],
      gateways: ['10.77.0.1'],
    })
    expect(seen(captured).defaultId).toBe(HOME)
  })

  it('shows a profile out of range, which may be there all the same (S4)', () => {
    expect(find(seen(captured), 'Gone')).toMatchObject({
      link: 'down',
      inRange: false,
      activate: 'unknown',
      wifi: { security: 'wpa3' },
    })
  })

  it('shows a hidden network, which can be tried whether or not a scan found it (S4)', () => {
    const profiles = captured.wifi.flatMap((table) =>
      table.profiles.map(({ xml, ...rest }) => ({
        ...rest,
        xml: xml?.replace('<SSIDConfig>', '<SSIDConfig><nonBroadcast>true</nonBroadcast>') ?? null,
      })),
    )
    expect(find(seen(withWifi({ profiles })), 'Gone')).toMatchObject({ inRange: false, activate: 'yes' })
  })

  it('shows an unplugged cable: down, out of range, and impossible to activate', () => {
    expect(find(seen(captured), 'Cable')).toMatchObject({
      bearer: 'ethernet',
      link: 'down',
      inRange: false,
      activate: 'no',
      carrier: null,
    })
  })

  it('shows a disabled adapter, which can be enabled with administrator rights', () => {
    const tables = withRow('Cable', { adminStatus: 2, mediaState: 0 })
    expect(find(seen(tables), 'Cable')).toMatchObject({ link: 'down', inRange: null, activate: 'yes' })
    const world = worldOf(tables, memory(), { ...status, control: 'no' }, null)
    expect(find(world, 'Cable')).toMatchObject({ activate: 'no', deactivate: 'no' })
  })

  it('says that a socket can be bound to one link, and keeps the same world while nothing changes', () => {
    const around = memory()
    const world = seen(captured, around)
    expect(world.directRouting).toBe(true)
    expect(seen(captured, around, world)).toBe(world)
  })

  it('shows a VPN entry and its state, but no way to change it', () => {
    expect(find(seen(captured), 'Office')).toMatchObject({
      bearer: 'vpn',
      link: 'up',
      uplink: false,
      activate: 'no',
      deactivate: 'no',
    })
  })

  it.each([
    ['a portal that answers instead of the web', withNetwork({ isHijacked: true }), 'portal'],
    ['a hint that says constrained', { ...captured, hint: hint(4) }, 'portal'],
    [
      'a network that the list takes for local still',
      { ...withNetwork({ connectivity: 0x20 }), hint: hint(3) },
      'full',
    ],
    ['a local network', { ...withNetwork({ connectivity: 0x20 }), hint: hint(2) }, 'limited'],
    ['no network list', { ...captured, networks: [], hint: hint(1) }, 'none'],
    ['no source', { ...captured, networks: [], hint: null }, 'unknown'],
  ] as const)('connectivity: %s', (_what, tables, connectivity) => {
    expect(find(seen(tables), 'Home').connectivity).toBe(connectivity)
  })

  it.each([
    ['unrestricted', withNetwork({ cost: 1 }), { value: false, sure: true }],
    ['fixed', withNetwork({ cost: 2 }), { value: true, sure: true }],
    ['roaming', withNetwork({ cost: 0x4_0001 }), { value: true, sure: true }],
    ['near a limit', withNetwork({ cost: 0x8_0001 }), { value: true, sure: true }],
    ['unknown', { ...withNetwork({ cost: 0 }), hint: null }, null],
    [
      'unknown, by the byte as the hint says',
      { ...withNetwork({ cost: 0 }), hint: { ...hint(3), cost: 3 } },
      { value: true, sure: true },
    ],
  ] as const)('cost: %s', (_what, tables, metered) => {
    expect(find(seen(tables), 'Home').metered).toEqual(metered)
  })

  it('does not know what is in range, and cannot scan, without access to the location', () => {
    const world = seen(withWifi({ networks: 'denied', connection: null, state: 4 }))
    expect(find(world, 'Home')).toMatchObject({ inRange: null, activate: 'yes', signal: null })
    expect(world.scan).toBe('no')
  })

  it('shows the adapter instead of a profile that Windows withholds', () => {
    const world = seen(withWifi({ networks: 'denied', connection: 'denied' }))
    expect(find(world, 'Wi-Fi')).toMatchObject({
      id: `adapter:${WIFI}`,
      link: 'up',
      uplink: true,
      activate: 'no',
    })
  })
})

describe('the world without WLAN AutoConfig', () => {
  const away: Tables = { ...captured, wifiService: 'away' }
  const withoutAdapter: Tables = { ...captured, wifiService: 'stopping' }

  it('keeps all profiles, down and out of range, but possible to try, so that the error says why (S14)', () => {
    const before = seen(captured).configurations.filter(({ id }) => id.startsWith('wifi:'))
    const after = seen(away).configurations.filter(({ id }) => id.startsWith('wifi:'))
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    for (const name of ['Home', 'Gone'])
      expect(find(seen(withoutAdapter), name)).toMatchObject({
        link: 'down',
        inRange: false,
        activate: 'yes',
        signal: null,
      })
  })

  it('shows an adapter that is up without it according to a later reading of IP Helper', () => {
    expect(seen(withoutAdapter).configurations.map(({ id }) => id)).not.toContain(`adapter:${WIFI}`)
    expect(find(seen(away), 'Wi-Fi')).toMatchObject({ link: 'up', uplink: true, bearer: 'wlan' })
  })

  it('keeps that adapter until the service is back, up or down', () => {
    const around = memory()
    seen(away, around)
    const interfaces = captured.ip.interfaces.map((row) =>
      row.alias === 'Wi-Fi' ? { ...row, operStatus: 2 } : row,
    )
    const down: Tables = { ...away, ip: { ...captured.ip, interfaces } }
    expect(find(seen(down, around), 'Wi-Fi').link).toBe('down')
    expect(seen(captured, around).configurations.map(({ id }) => id)).not.toContain(`adapter:${WIFI}`)
  })
})

describe('what has not changed', () => {
  it('is the same object, up to the whole world (C2)', () => {
    const state = memory()
    const world = seen(captured, state)
    expect(seen(structuredClone(captured), state, world)).toBe(world)
  })

  it('is shared with the next world', () => {
    const state = memory()
    const world = seen(captured, state)
    const [connection] = captured.wifi.map((table) => table.connection)
    const next = seen(
      withWifi({ connection: { ...(connection as object), signal: 20 } as never }),
      state,
      world,
    )
    expect(next).not.toBe(world)
    expect(find(next, 'Home').signal).toBe(20)
    expect(find(next, 'Cable')).toBe(find(world, 'Cable'))
    expect(find(next, 'Home').interface).toBe(find(world, 'Home').interface)
  })

  it('includes noise of the signal (C2)', () => {
    const state = memory()
    const world = seen(captured, state)
    const [connection] = captured.wifi.map((table) => table.connection)
    const tables = withWifi({ connection: { ...(connection as object), signal: 69 } as never })
    expect(seen(tables, state, world)).toBe(world)
  })

  it('is frozen all the way down', () => {
    const world = seen(captured)
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen))
    expect(frozen(world)).toBe(true)
  })
})

function hint(level: number) {
  return { level, cost: 0, isApproachingLimit: false, isOverLimit: false, isRoaming: false }
}
