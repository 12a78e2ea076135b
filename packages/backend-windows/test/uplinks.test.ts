import { describe, expect, it } from 'vitest'
import { IfType, PhysicalMedium, RasState } from '../src/ffi/numbers.js'
import type { AddressRow, InterfaceRow, Tables, VpnConnection, VpnRow } from '../src/tables/captured.js'
import { captured, HOME, memory, seen, WIFI } from './captured.js'

/** One more adapter, as it differs from a cable's that is up with an address and a gateway. */
interface Extra extends Partial<InterfaceRow> {
  readonly addresses?: readonly string[]
  readonly gateways?: readonly string[]
  readonly isDhcp?: boolean
  /** Whether the adapter has the default route, with this metric. */
  readonly route?: number
  readonly isWithoutIp?: boolean
}

const HARDWARE = 5
const UP = { operStatus: 1, mediaState: 1 }
const DOWN = { operStatus: 2, mediaState: 2 }

/** The captured tables without anything that leads out, and these adapters. */
function tablesOf(...extras: readonly Extra[]): Tables {
  const rows = extras.map(({ addresses, gateways, isDhcp, route, isWithoutIp, ...row }, index) => ({
    guid: `{EEEEEEEE-0000-4000-8000-00000000000${index}}`,
    index: 2000 + index,
    luid: String(9000 + index),
    alias: `Extra ${index}`,
    description: 'Intel(R) Ethernet Connection I219-V',
    type: IfType.Ethernet,
    physicalMedium: 14,
    mtu: 1500,
    hardwareAddress: `02:00:00:00:ee:0${index}`,
    flags: HARDWARE,
    adminStatus: 1,
    ...UP,
    ...row,
  }))
  const isUp = (guid: string) => rows.find((row) => row.guid === guid)?.operStatus === 1
  const adapters = extras.flatMap((extra, index) => {
    const { guid = '' } = rows[index] ?? {}
    const { addresses = ['192.0.2.2'], gateways = ['192.0.2.1'], isDhcp = true } = extra
    if (extra.isWithoutIp === true) return []
    const given = isUp(guid) ? addresses : []
    return [
      {
        guid,
        name: `Extra ${index}`,
        flags: isDhcp ? 0x184 : 0x180,
        addresses: given.map((address): AddressRow => ({ address, prefix: 24, dadState: 4 })),
        gateways: isUp(guid) ? gateways : [],
        dns: [],
        searchDomains: [],
        metrics: { ipv4: 25, ipv6: 25 },
      },
    ]
  })
  const routes = extras.flatMap(({ route }, index) =>
    route === undefined ? [] : [{ luid: String(9000 + index), family: 'ipv4' as const, metric: route }],
  )
  return {
    ...captured,
    wifi: [],
    vpn: [],
    networks: [],
    ip: { interfaces: rows, adapters, routes },
  }
}

function extrasOf(...extras: readonly Extra[]) {
  const { configurations, defaultId } = seen(tablesOf(...extras))
  const of = (index: number) => configurations.find(({ name }) => name === `Extra ${index}`)
  return { of, defaultId }
}

const virtual = { flags: 0, physicalMedium: 0 }

describe('T1 an uplink', () => {
  it('is a cable with an address and a gateway', () => {
    expect(extrasOf({}).of(0)).toMatchObject({ bearer: 'ethernet', link: 'up', uplink: true })
  })

  it('is not a cable without a gateway: the port to a camera', () => {
    expect(extrasOf({ gateways: [], isDhcp: false }).of(0)).toMatchObject({ link: 'up', uplink: false })
    expect(extrasOf({ gateways: [], isDhcp: true }).of(0)).toMatchObject({ link: 'up', uplink: false })
  })

  it('is an adapter with a default route, with or without a gateway', () => {
    expect(extrasOf({ gateways: [], route: 5 }).of(0)?.uplink).toBe(true)
  })

  it.each([
    ['169.254/16', ['169.254.7.7']],
    ['fe80::/10', ['fe80::7']],
    ['both', ['fe80::7', '169.254.7.7']],
  ])('is none that has %s alone: it is limited, whatever is beside it', (_what, addresses) => {
    const tables = tablesOf({ addresses, isDhcp: false, route: 5 })
    const network = {
      adapter: tables.ip.interfaces[0]?.guid ?? '',
      category: 1,
      connectivity: 0x440,
      cost: 1,
    }
    const world = seen({ ...tables, networks: [{ ...network, isHijacked: false }] })
    expect(world.configurations[0]).toMatchObject({ link: 'up', uplink: false, connectivity: 'limited' })
    expect(world.defaultId).toBeNull()
  })

  it('is not an adapter whose gateway is of a family without an address', () => {
    expect(extrasOf({ gateways: ['fe80::1'] }).of(0)?.uplink).toBe(false)
    expect(extrasOf({ gateways: ['fe80::1'], addresses: ['2001:db8::2'] }).of(0)?.uplink).toBe(true)
  })

  it('that is down is a card with DHCP or one that is disabled, and no other', () => {
    expect(extrasOf({ ...DOWN, isDhcp: true }).of(0)).toMatchObject({ link: 'down', uplink: true })
    expect(extrasOf({ ...DOWN, isDhcp: false }).of(0)?.uplink).toBe(false)
    expect(extrasOf({ ...DOWN, adminStatus: 2, isWithoutIp: true }).of(0)?.uplink).toBe(true)
  })

  it('is not a Wi-Fi link without a route out', () => {
    const without = (fact: object) => captured.ip.adapters.map((one) => ({ ...one, ...fact }))
    const home = (fact: object) => {
      const ip = { ...captured.ip, adapters: without(fact), routes: [] }
      return seen({ ...captured, ip }).configurations.find(({ name }) => name === 'Home')
    }
    expect(home({})).toMatchObject({ link: 'up', uplink: true })
    expect(home({ gateways: [] })).toMatchObject({ link: 'up', uplink: false })
    const addresses = [{ address: '169.254.3.3', prefix: 16, dadState: 4 }]
    expect(home({ addresses })).toMatchObject({ link: 'up', uplink: false, connectivity: 'limited' })
  })

  it('is not an ad hoc network', () => {
    const wifi = captured.wifi.map((table) => ({
      ...table,
      profiles: table.profiles.map((one) => ({ ...one, xml: one.xml?.replace('ESS', 'IBSS') ?? null })),
    }))
    const { configurations } = seen({ ...captured, wifi })
    const of = (name: string) => configurations.find((one) => one.name === name)
    expect(of('Gone')).toMatchObject({ link: 'down', uplink: false })
    expect(of('Home')).toMatchObject({ link: 'up', uplink: false })
  })
})

describe('T2 tunnels', () => {
  it.each([
    ['TAP-Windows Adapter V9', virtual],
    ['TAP-Windows Adapter V9 #2', {}],
    ['TAP-Win32 Adapter OAS', {}],
    ['LogMeIn Hamachi Virtual Ethernet Adapter', {}],
    ['Famatech Radmin VPN Ethernet Adapter', {}],
    ['ZeroTier Virtual Port', {}],
    ['Cisco AnyConnect Virtual Miniport Adapter for Windows x64', virtual],
    ['Fortinet Virtual Ethernet Adapter (NDIS 6.30)', virtual],
    ['Wintun Userspace Tunnel', { ...virtual, type: IfType.PropVirtual }],
    ['WireGuard Tunnel', { ...virtual, type: IfType.PropVirtual }, 'wireguard'],
    ['an unknown adapter', virtual],
  ])('%s with a gateway is a VPN, and no uplink (T4)', (description, facts, bearer = 'vpn') => {
    const { of, defaultId } = extrasOf({ description, ...facts, route: 0 })
    expect(of(0)).toMatchObject({ bearer, link: 'up', uplink: false, over: null, activate: 'no' })
    expect(of(0)?.interface).toMatchObject({ addresses: ['192.0.2.2/24'], gateways: ['192.0.2.1'] })
    expect(defaultId).toBeNull()
  })

  it('leave the default route to their base, however low their metric', () => {
    const { of, defaultId } = extrasOf(
      { description: 'WireGuard Tunnel', ...virtual, route: 0 },
      { route: 50 },
    )
    expect(defaultId).toBe(of(1)?.id)
  })

  it('have no carrier, and end with their base, if there is no possible base', () => {
    const around = memory()
    const tunnel = { description: 'TAP-Windows Adapter V9', ...virtual }
    const of = (...extras: readonly Extra[]) =>
      seen(tablesOf(...extras), around).configurations.find(({ bearer }) => bearer === 'vpn')
    expect(of(tunnel, {})).toMatchObject({ link: 'up', carrier: true })
    expect(of(tunnel, DOWN)).toMatchObject({ link: 'up', carrier: false })
    const switched = { description: 'Hyper-V Virtual Ethernet Adapter', ...virtual, gateways: [] }
    expect(of(tunnel, DOWN, switched)).toMatchObject({ link: 'up', carrier: false })
    const alone = { addresses: ['169.254.1.1'], gateways: [] }
    expect(of(tunnel, alone)).toMatchObject({ link: 'up', carrier: false })
    expect(of({ ...tunnel, ...DOWN }, DOWN)).toMatchObject({ link: 'down', ended: { reason: 'baseLost' } })
  })
})

describe('T2 connections of phone book entries', () => {
  const ENTRY = '{0FF1CE00-0000-4000-8000-000000000001}'
  const ppp = {
    alias: 'Office',
    guid: ENTRY,
    type: IfType.Ppp,
    description: 'Office',
    flags: 0,
    gateways: [],
    addresses: ['10.8.0.2'],
    hardwareAddress: null,
  }
  const office = (facts: Partial<VpnConnection>): VpnRow => ({
    name: 'Office',
    phonebook: 'rasphone.pbk',
    isShared: false,
    connection: { state: RasState.Connected, device: 'vpn', guid: ENTRY, from: null, ...facts },
  })
  const of = (entry: VpnRow, extras: readonly Extra[], around = memory()) => {
    const world = seen({ ...tablesOf(...extras), vpn: [entry] }, around)
    const found = world.configurations.filter(({ name }) => name === 'Office')
    return { world, found, one: found[0] }
  }

  it('have the interface and the addresses of the connection, and are one configuration', () => {
    for (const guid of [ENTRY, '{0FF1CE00-0000-4000-8000-000000000002}']) {
      const { found, one } = of(office({ guid }), [ppp, {}])
      expect(found).toHaveLength(1)
      expect(one).toMatchObject({ bearer: 'vpn', link: 'up', uplink: false, device: ENTRY })
      expect(one?.interface).toMatchObject({ name: 'Office', addresses: ['10.8.0.2/24'] })
    }
    expect(of(office({}), [{ ...ppp, type: IfType.PropVirtual }, {}]).found).toHaveLength(1)
  })

  it('find their base by their local address, and have none if it is unknown', () => {
    const { world, one } = of(office({ from: '192.0.2.2' }), [ppp, {}])
    expect(one).toMatchObject({ over: world.configurations.find(({ name }) => name === 'Extra 1')?.id })
    expect(of(office({ from: null }), [ppp, {}]).one).toMatchObject({ over: null, carrier: true })
  })

  it('have a Wi-Fi profile as their base if it uses the adapter', () => {
    const world = seen({ ...captured, vpn: [office({ from: '10.77.0.2' })] })
    expect(world.configurations.find(({ name }) => name === 'Office')?.over).toBe(HOME)
  })

  it('have no carrier without their base, even if other links are up, and end with it', () => {
    const around = memory()
    expect(of(office({ from: '192.0.2.2' }), [ppp, {}], around).one?.carrier).toBe(true)
    const others = [ppp, DOWN, { addresses: ['198.51.100.2'] }]
    expect(of(office({ from: '192.0.2.2' }), others, around).one).toMatchObject({
      link: 'up',
      carrier: false,
      over: null,
    })
    const over = { ...office({}), connection: null }
    expect(of(over, [DOWN], around).one).toMatchObject({ link: 'down', ended: { reason: 'baseLost' } })
  })

  it('are never the default without a default route, even if their interface is unknown (M2)', () => {
    expect(of(office({ guid: '{}' }), [{ gateways: [] }]).world.defaultId).toBeNull()
  })

  it('are uplinks if they are not tunnels: PPPoE, a modem', () => {
    for (const [device, bearer] of [
      ['pppoe', 'ethernet'],
      ['modem', 'unknown'],
    ] as const) {
      const { one, world } = of(office({ device }), [{ ...ppp, route: 0 }])
      expect(one).toMatchObject({ bearer, uplink: true, over: null, carrier: true })
      expect(world.defaultId).toBe(one?.id)
    }
  })
})

describe('T4 the bearer', () => {
  it.each([
    ['a Bluetooth tether', { physicalMedium: PhysicalMedium.Bluetooth, flags: 0 }, 'bluetooth'],
    [
      'a Bluetooth tether that only its name tells of',
      { description: 'Bluetooth Device (Personal Area Network)', ...virtual },
      'bluetooth',
    ],
    ['a phone on USB', { description: 'Remote NDIS based Internet Sharing Device', flags: 0 }, 'ethernet'],
    ['an iPhone on USB', { description: 'Apple Mobile Device Ethernet #2' }, 'ethernet'],
    ['LTE', { type: IfType.MobileGsm, physicalMedium: PhysicalMedium.WirelessWan }, 'cellular'],
    ['CDMA', { type: IfType.MobileCdma }, 'cellular'],
    ['an old modem', { physicalMedium: PhysicalMedium.WirelessWan }, 'cellular'],
    ['WiMAX', { type: IfType.Wimax }, 'wimax'],
    ['a card in a virtual machine', { description: 'Microsoft Hyper-V Network Adapter' }, 'ethernet'],
    ['a virtual function', { description: 'Mellanox ConnectX-4 Virtual Adapter' }, 'ethernet'],
  ])('%s with a gateway is an uplink', (_what, facts, bearer) => {
    const { of, defaultId } = extrasOf({ ...facts, route: 0 })
    expect(of(0)).toMatchObject({ bearer, link: 'up', uplink: true })
    expect(defaultId).toBe(of(0)?.id)
  })

  it('cellular is metered unless Windows says otherwise', () => {
    const lte = { type: IfType.MobileGsm }
    expect(extrasOf(lte).of(0)?.metered).toEqual({ value: true, sure: false })
    expect(extrasOf({}).of(0)?.metered).toBeNull()
  })

  const lte = { type: IfType.MobileGsm, route: 0 }
  const visited = { operator: null, operatorCode: null, registration: 'visited' }
  const ROAMING = 0x4_0000
  it.each([
    ['the flag of its cost', lte, { cost: ROAMING | 2 }, visited],
    ['a flag without a cost', lte, { cost: ROAMING }, visited],
    ['no flag, which may mean anything', lte, { cost: 2 }, null],
    ['nothing of its cost', lte, { cost: 0 }, null],
    ['the flag of a cable', { route: 0 }, { cost: ROAMING | 2 }, null],
    ['the flag while it is down', { ...lte, ...DOWN }, { cost: ROAMING | 2 }, null],
  ])('cellular is in a visited network if Windows says so: %s', (_what, extra, facts, cellular) => {
    const tables = tablesOf(extra)
    const adapter = tables.ip.interfaces[0]?.guid ?? ''
    const network = { adapter, category: 1, connectivity: 0x440, isHijacked: false, ...facts }
    expect(seen({ ...tables, networks: [network] }).configurations[0]?.cellular).toEqual(cellular)
  })

  it('cellular is in a visited network if the hint about the default route says so', () => {
    const hint = { level: 3, cost: 2, isApproachingLimit: false, isOverLimit: false, isRoaming: true }
    const { configurations } = seen({ ...tablesOf(lte), hint })
    expect(configurations[0]?.cellular).toEqual(visited)
  })

  it('an adapter that has been removed has none', () => {
    expect(extrasOf({ operStatus: 6, mediaState: 0, adminStatus: 2 }).of(0)).toBeUndefined()
    expect(extrasOf({ ...DOWN, adminStatus: 2 }).of(0)).toBeDefined()
  })
})

describe('C9 virtual adapters', () => {
  const names = [
    'Hyper-V Virtual Ethernet Adapter #2',
    'VMware Virtual Ethernet Adapter for VMnet8',
    'VirtualBox Host-Only Ethernet Adapter',
    'Npcap Loopback Adapter',
    'Microsoft KM-TEST Loopback Adapter',
  ]
  it.each(names)('%s is no uplink', (description) => {
    const { of } = extrasOf({ description, ...virtual, gateways: [] })
    expect(of(0)).toMatchObject({ bearer: 'ethernet', link: 'up', uplink: false })
    expect(extrasOf({ description, ...virtual, ...DOWN }).of(0)?.uplink).toBe(false)
  })

  it.each([
    ['Hyper-V Virtual Ethernet Adapter', 'ethernet', IfType.Ethernet],
    ['Microsoft Network Adapter Multiplexor Driver', 'bond', IfType.Ethernet],
    ['MAC Bridge Miniport', 'bridge', IfType.Ethernet],
    ['Intel(R) I219 - VLAN : VLAN7', 'vlan', IfType.Ethernet],
    ['a team of a kind of its own', 'bond', IfType.Lag],
    ['a bridge of a kind of its own', 'bridge', IfType.Bridge],
  ])('%s that has taken over the card has the way out in its place', (description, bearer, type) => {
    const card = { isWithoutIp: true }
    const { of, defaultId } = extrasOf({ description, ...virtual, type, route: 0 }, card)
    expect(of(0)).toMatchObject({ bearer, link: 'up', uplink: true })
    expect(of(1)).toMatchObject({ bearer: 'ethernet', link: 'down', uplink: false })
    expect(defaultId).toBe(of(0)?.id)
  })

  it('an adapter with the address of a card stands for that card, whatever it is called', () => {
    const virtualCard = { ...virtual, description: 'an unknown driver', route: 0 }
    const shared = { ...virtualCard, hardwareAddress: '00:11:22:33:44:55' }
    const bridged = { ...virtualCard, hardwareAddress: '02:11:22:33:44:55' }
    const card = { hardwareAddress: '00:11:22:33:44:55', isWithoutIp: true }
    for (const one of [shared, bridged])
      expect(extrasOf(one, card).of(0)).toMatchObject({ bearer: 'ethernet', uplink: true })
  })

  it.each([
    'Microsoft Wi-Fi Direct Virtual Adapter #2',
    'Microsoft Hosted Network Virtual Adapter',
    'Microsoft Virtual WiFi Miniport Adapter',
  ])('%s is listed only while it has the way out', (description) => {
    const hotspot = { description, type: IfType.Wifi, physicalMedium: 9 }
    expect(extrasOf({ ...hotspot, gateways: [] }).of(0)).toBeUndefined()
    expect(extrasOf({ ...hotspot, ...DOWN }).of(0)).toBeUndefined()
    expect(extrasOf(hotspot).of(0)).toMatchObject({ bearer: 'wlan', uplink: true })
  })
})

it('a Wi-Fi adapter in the tables of the WLAN service shows by its profiles all the same', () => {
  expect(seen(captured).configurations.map(({ id }) => id)).not.toContain(`adapter:${WIFI}`)
})
