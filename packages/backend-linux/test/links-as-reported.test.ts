import type { LinkConfiguration } from '@roamkit/core/contract'
import { ssidText } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { PROPERTIES } from '../src/bus/bus-port.js'
import { ACTIVE, DEVICE, IP4, MODEM, NM, WIRED } from '../src/networkmanager/objects/names.js'
import { sent } from './as-sent.js'
import {
  AT,
  active,
  LAB_A,
  LAB_B,
  manager,
  type Objects,
  profile,
  settings,
  wiredDevice,
} from './captured.js'
import { only, translate } from './machine.js'

type Parts = Record<string, Record<string, unknown>>

const down = { ...manager({ PrimaryConnection: '/' }), ...profile(1), ...wiredDevice(1, 'eth-a') }
const up: Objects = {
  ...manager(),
  ...profile(1),
  ...wiredDevice(1, 'eth-a', { State: 100, ActiveConnection: `${AT}/ActiveConnection/1` }),
  ...active(1, 1, LAB_A),
}

/** What the link's IPv4 has, and nothing of IPv6. */
function having(ip4: Record<string, unknown>): Objects {
  return {
    ...up,
    [`${AT}/IP4Config/1`]: { [IP4]: { AddressData: [], Gateway: '', NameserverData: [], ...ip4 } },
    [`${AT}/IP6Config/1`]: { [`${NM}.IP6Config`]: { AddressData: [], Gateway: '' } },
  }
}

describe('an uplink that is down is one by its settings (T1)', () => {
  const wifi = (mode: string) => ({
    connection: { type: '802-11-wireless' },
    '802-11-wireless': { ssid: Buffer.from('Set-up'), mode },
  })
  const disabled = { ipv6: { method: 'disabled' } }
  const address = [{ address: '192.168.0.1', prefix: 24 }]
  it.each<[string, boolean, Parts]>([
    [
      'a port to a controller, without gateway',
      false,
      { ipv4: { method: 'manual', 'address-data': address }, ...disabled },
    ],
    ['manual with a gateway', true, { ipv4: { method: 'manual', gateway: '192.168.0.254' }, ...disabled }],
    [
      'manual with a default route',
      true,
      { ipv4: { method: 'manual', 'route-data': [{ dest: '0.0.0.0', prefix: 0 }] }, ...disabled },
    ],
    [
      'manual with a default route for IPv6',
      true,
      { ipv4: { method: 'disabled' }, ipv6: { method: 'manual', 'route-data': [{ dest: '::', prefix: 0 }] } },
    ],
    [
      'manual with a route to one network',
      false,
      { ipv4: { method: 'manual', 'route-data': [{ dest: '10.0.0.0', prefix: 8 }] }, ...disabled },
    ],
    [
      'manual with a default route that leads nowhere',
      false,
      {
        ipv4: { method: 'manual', 'route-data': [{ dest: '0.0.0.0', prefix: 0, type: 'blackhole' }] },
        ...disabled,
      },
    ],
    [
      'manual with a gateway that it never uses',
      false,
      { ipv4: { method: 'manual', gateway: '192.168.0.254', 'never-default': true }, ...disabled },
    ],
    ['link-local', false, { ipv4: { method: 'link-local' }, ipv6: { method: 'link-local' } }],
    ['disabled', false, { ipv4: { method: 'disabled' }, ipv6: { method: 'ignore' } }],
    ['the set-up hotspot', false, { ...wifi('ap'), ipv4: { method: 'shared' }, ipv6: { method: 'auto' } }],
    ['shared over a wire', false, { ipv4: { method: 'shared' }, ipv6: { method: 'auto' } }],
    ['an access point', false, wifi('ap')],
    ['a mesh', false, wifi('mesh')],
    ['ad hoc', false, wifi('adhoc')],
    ['Wi-Fi', true, wifi('infrastructure')],
    ['tethered to others', false, { connection: { type: 'bluetooth' }, bluetooth: { type: 'nap' } }],
    ['tethered to a phone', true, { connection: { type: 'bluetooth' }, bluetooth: { type: 'panu' } }],
    ['an IP tunnel', false, { connection: { type: 'ip-tunnel' } }],
  ])('%s: %s', (_, uplink, parts) => {
    expect(only({ objects: down, settings: { 1: settings('x', LAB_A, parts) } }).uplink).toBe(uplink)
  })
})

describe('an uplink that is up is one by what it has (T1)', () => {
  const address = { AddressData: [{ address: '192.168.0.1', prefix: 24 }] }
  const linkLocal = { AddressData: [{ address: '169.254.7.7', prefix: 16 }] }
  it.each<[string, Record<string, unknown>, Partial<LinkConfiguration>]>([
    ['a gateway', { ...address, Gateway: '192.168.0.254' }, { uplink: true, connectivity: 'full' }],
    [
      'a default route without gateway, as over PPP',
      { ...address, RouteData: [{ dest: '0.0.0.0', prefix: 0, metric: 100 }] },
      { uplink: true },
    ],
    [
      'no more than the route to its network',
      { ...address, RouteData: [{ dest: '192.168.0.0', prefix: 24 }] },
      { uplink: false, link: 'up', carrier: true },
    ],
    ['a link-local address alone', linkLocal, { uplink: false, connectivity: 'limited' }],
    ['a link-local address and a gateway', { ...linkLocal, Gateway: '169.254.7.1' }, { uplink: false }],
  ])('%s', (_, ip4, expected) => {
    expect(only({ objects: having(ip4) })).toMatchObject(expected)
  })

  it('an IPv6 link-local address alone reaches no further than the link, whatever was checked', () => {
    const ip6 = { AddressData: [{ address: 'fe80::1', prefix: 64 }], Gateway: '' }
    const objects = { ...having({}), [`${AT}/IP6Config/1`]: { [`${NM}.IP6Config`]: ip6 } }
    expect(only({ objects })).toMatchObject({ uplink: false, connectivity: 'limited' })
  })

  it('that NetworkManager tells the name servers of before its addresses is one by its settings meanwhile', () => {
    const ip4 = { NameserverData: [{ address: '10.0.0.1' }] }
    const ip6 = { AddressData: [{ address: 'fe80::1', prefix: 64 }], Gateway: '' }
    const objects = { ...having(ip4), [`${AT}/IP6Config/1`]: { [`${NM}.IP6Config`]: ip6 } }
    const uplink = (ipv4: Record<string, unknown>) =>
      only({ objects, settings: { 1: settings('x', LAB_A, { ipv4 }) } }).uplink
    expect([uplink({ method: 'auto' }), uplink({ method: 'auto', 'never-default': true })]).toEqual([
      true,
      false,
    ])
    // The profile names them itself: there is no lease yet, and perhaps never.
    expect(uplink({ method: 'auto', dns: [16_777_226] })).toBe(false)
  })

  it('a port to a controller, though its settings name a gateway that it did not get', () => {
    const parts = { ipv4: { method: 'manual', gateway: '192.168.0.254' } }
    const machine = { objects: having(address), settings: { 1: settings('plc', LAB_A, parts) } }
    expect(only(machine)).toMatchObject({ uplink: false, link: 'up' })
  })

  it('follows a gateway that comes and goes', () => {
    const { mirror, translator } = translate({ objects: having(address) })
    const gateway = (value: string) => {
      const body = [IP4, sent({ Gateway: value }), []]
      const signal = { interface: PROPERTIES, member: 'PropertiesChanged', sender: ':1.1', body }
      mirror.apply({ path: `${AT}/IP4Config/1`, ...signal })
      return translator.world().configurations[0]?.uplink
    }
    expect([gateway('192.168.0.254'), gateway('')]).toEqual([true, false])
  })
})

describe('a tunnel (T2)', () => {
  const config = (number: number, address: string): Objects => ({
    [`${AT}/IP4Config/${number}`]: {
      [IP4]: { AddressData: [{ address, prefix: 24 }], Gateway: '', NameserverData: [] },
    },
  })
  const vpn = active(2, 2, LAB_B, {
    Type: 'vpn',
    Vpn: true,
    SpecificObject: `${AT}/ActiveConnection/1`,
    Devices: [`${AT}/Devices/1`],
    Ip4Config: `${AT}/IP4Config/8`,
  })
  const tun: Objects = {
    [`${AT}/Devices/9`]: {
      [DEVICE]: { Interface: 'tun0', DeviceType: 16, Ip4Config: `${AT}/IP4Config/9`, Ip6Config: '/' },
    },
    ...config(9, '10.8.0.2'),
  }
  const facts = { 1: settings('lab-a', LAB_A), 2: settings('vpn', LAB_B, { connection: { type: 'vpn' } }) }
  const machine = { ...up, ...profile(2), ...vpn, ...config(8, '10.8.0.2') }

  it('by plugin has the interface and addresses of its tun device', () => {
    const { world } = translate({ objects: { ...machine, ...tun }, settings: facts })
    expect(world.configurations[1]).toMatchObject({
      interface: { name: 'tun0', addresses: ['10.8.0.2/24'] },
      device: 'tun0',
      over: LAB_A,
      uplink: false,
    })
  })

  it('by plugin is up once it has an address that others can reach, and not with that of the kernel alone (S3)', () => {
    const six = {
      [`${AT}/IP6Config/8`]: { [`${NM}.IP6Config`]: { AddressData: [{ address: 'fe80::1', prefix: 64 }] } },
    }
    const early = active(2, 2, LAB_B, {
      Type: 'vpn',
      Vpn: true,
      SpecificObject: `${AT}/ActiveConnection/1`,
      Ip6Config: `${AT}/IP6Config/8`,
    })
    const { mirror, translator, world } = translate({
      objects: { ...machine, ...early, ...six },
      settings: facts,
    })
    const before = world.configurations[1]
    expect(before).toMatchObject({ link: 'activating', activation: expect.any(String) })
    mirror.apply({
      path: `${AT}/ActiveConnection/2`,
      interface: PROPERTIES,
      member: 'PropertiesChanged',
      sender: ':1.5',
      body: [ACTIVE, new Map([['Ip4Config', `${AT}/IP4Config/8`]]), []],
    })
    expect(translator.world().configurations[1]).toMatchObject({ link: 'up', activation: before?.activation })
  })

  it('by plugin has none while its tun device is not known, and has it as soon as it is', () => {
    const { mirror, translator, world } = translate({ objects: machine, settings: facts })
    expect(world.configurations[1]).toMatchObject({ interface: null, device: null, over: LAB_A })
    mirror.fill(sent({ [`${AT}/Devices/9`]: sent(tun[`${AT}/Devices/9`] ?? {}) }))
    expect(translator.world().configurations[1]?.interface).toBeNull()
    mirror.fill(sent(config(9, '10.8.0.2')))
    expect(translator.world().configurations[1]?.interface?.name).toBe('tun0')
  })

  const wireguard = {
    ...profile(2),
    ...wiredDevice(2, 'wg0', { ActiveConnection: `${AT}/ActiveConnection/2`, DeviceType: 29 }),
    ...active(2, 2, LAB_B, { Type: 'wireguard' }),
  }
  const split = {
    connection: { type: 'wireguard', 'interface-name': 'wg0' },
    ipv4: { method: 'manual', gateway: '10.9.0.1' },
  }

  it('of WireGuard still rides on its base when that is lost, and not any more when another link takes over', () => {
    const other = { ...profile(3), ...active(3, 3, 'third') }
    const { mirror, translator, world } = translate({
      objects: { ...up, ...wireguard, ...other },
      settings: { 1: settings('lab-a', LAB_A), 2: settings('wg', LAB_B, split), 3: settings('c', 'third') },
    })
    const base = (shown: typeof world) => shown.configurations.find(({ id }) => id === LAB_B)?.over
    const primary = (active: string) => {
      mirror.apply({
        path: `${AT}`,
        interface: PROPERTIES,
        member: 'PropertiesChanged',
        sender: ':1.5',
        body: [NM, new Map([['PrimaryConnection', active]]), []],
      })
      return base(translator.world())
    }
    expect(base(world)).toBe(LAB_A)
    expect(primary('/')).toBe(LAB_A)
    expect(primary(`${AT}/ActiveConnection/3`)).toBe('third')
  })

  it('of WireGuard alone is no uplink, and rides on nothing', () => {
    const objects = { ...manager({ PrimaryConnection: '/' }), ...wireguard }
    expect(only({ objects, settings: { 2: settings('wg', LAB_B, split) } })).toMatchObject({
      link: 'up',
      uplink: false,
      over: null,
    })
  })

  it('of WireGuard rides on the owner of the default route', () => {
    const { world } = translate({
      objects: { ...up, ...wireguard },
      settings: { 1: settings('lab-a', LAB_A), 2: settings('wg', LAB_B, split) },
    })
    expect(world.configurations[1]).toMatchObject({ over: LAB_A, uplink: false })
  })

  it('that owns the default route itself rides on another link that is up and leads out', () => {
    const own = manager({ PrimaryConnection: `${AT}/ActiveConnection/2` })
    const base = active(1, 1, LAB_A, { Ip4Config: `${AT}/IP4Config/1` })
    const { world } = translate({
      objects: { ...up, ...wireguard, ...own, ...base },
      settings: { 1: settings('lab-a', LAB_A), 2: settings('wg', LAB_B, split) },
    })
    expect(world.configurations[1]).toMatchObject({ over: LAB_A })
  })

  it('that is down rides on nothing', () => {
    const objects = { ...up, ...profile(2) }
    const { world } = translate({ objects, settings: facts })
    expect(world.configurations[1]).toMatchObject({ over: null, link: 'down' })
  })
})

describe('a bond, bridge, team, VLAN or macvlan (T3)', () => {
  /** UP; UP and LOWER_UP; all of it, with CARRIER. */
  const flags = { none: 0x1, lowerUp: 0x3, carrier: 0x10003 }
  const virtual = (interfaceFlags: number, capabilities: number): Objects => ({
    ...manager(),
    ...profile(1),
    [`${AT}/Devices/1`]: {
      [DEVICE]: {
        Interface: 'bond0',
        State: 100,
        InterfaceFlags: interfaceFlags,
        Capabilities: capabilities,
        ActiveConnection: `${AT}/ActiveConnection/1`,
        AvailableConnections: [`${AT}/Settings/1`],
      },
    },
    ...active(1, 1, LAB_A),
  })
  it.each<[string, number, number, boolean | null, boolean | null]>([
    ['without a cable', flags.none, 7, false, false],
    ['with a cable', flags.lowerUp, 7, true, true],
    ['with a cable, and the flag that says so', flags.carrier, 7, true, true],
    ['whose carrier the kernel does not know', flags.none, 5, null, true],
  ])('%s, while NetworkManager keeps it activated', (_, interfaceFlags, capabilities, carrier, inRange) => {
    for (const type of ['bond', 'bridge', 'team', 'vlan', 'macvlan']) {
      const facts = settings('x', LAB_A, { connection: { type, 'interface-name': 'bond0' } })
      const objects = virtual(interfaceFlags, capabilities)
      expect(only({ objects, settings: { 1: facts } })).toMatchObject({ link: 'up', carrier, inRange })
    }
  })

  it.each([
    ['a port of a bond', { master: 'bond0', 'slave-type': 'bond' }, 0],
    ['a port of a bridge, in the new words', { controller: 'br0', 'port-type': 'bridge' }, 0],
    ['a port of a VRF, which has addresses of its own', { master: 'vrf0', 'slave-type': 'vrf' }, 1],
    ['the inner end of an Open vSwitch', { type: 'ovs-interface', master: 'p', 'slave-type': 'ovs-port' }, 1],
  ])('%s: %j is listed %i times', (_, connection, times) => {
    const { world } = translate({ objects: up, settings: { 1: settings('x', LAB_A, { connection }) } })
    expect(world.configurations).toHaveLength(times)
  })

  it("a modem's flags are those of its control port", () => {
    const modem = {
      [`${AT}/Devices/1`]: {
        [DEVICE]: { Interface: 'cdc-wdm0', IpInterface: 'wwan0', InterfaceFlags: 0, Capabilities: 3 },
        [MODEM]: {},
      },
    }
    const facts = settings('lte', LAB_A, { connection: { type: 'gsm' } })
    expect(only({ objects: { ...up, ...modem }, settings: { 1: facts } }).carrier).toBeNull()
  })
})

describe('a profile that is active on two devices (T5)', () => {
  const onBoth: Objects = {
    ...manager(),
    ...profile(1),
    ...wiredDevice(1, 'eth-a', { ActiveConnection: `${AT}/ActiveConnection/1` }),
    ...wiredDevice(2, 'eth-b', { ActiveConnection: `${AT}/ActiveConnection/2` }),
    ...active(1, 1, LAB_A),
    ...active(2, 1, LAB_A, { Devices: [`${AT}/Devices/2`] }),
  }
  const carrier = (mirror: ReturnType<typeof translate>['mirror'], device: number, value: boolean) =>
    mirror.apply({
      path: `${AT}/Devices/${device}`,
      interface: PROPERTIES,
      member: 'PropertiesChanged',
      sender: ':1.1',
      body: [WIRED, sent({ Carrier: value }), []],
    })
  const state = (mirror: ReturnType<typeof translate>['mirror'], number: number, value: number) =>
    mirror.apply({
      path: `${AT}/ActiveConnection/${number}`,
      interface: ACTIVE,
      member: 'StateChanged',
      sender: ':1.1',
      body: [value, 0],
    })

  it('is shown by the older activation, so that a backend that is opened later shows the same', () => {
    expect(only({ objects: onBoth })).toMatchObject({ activation: 'fresh/1', device: 'eth-a' })
  })

  it('goes on with the activation that was shown, while it is up and carries', () => {
    const { [`${AT}/ActiveConnection/1`]: older, ...later } = onBoth
    const { mirror, translator } = translate({ objects: later })
    expect(translator.world().configurations[0]?.activation).toBe('fresh/2')
    mirror.fill(sent({ [`${AT}/ActiveConnection/1`]: older }))
    expect(translator.world().configurations[0]?.activation).toBe('fresh/2')
    state(mirror, 2, 3)
    expect(translator.world().configurations[0]).toMatchObject({ activation: 'fresh/1', link: 'up' })
  })

  it('is up on the other when the cable of the one that was shown is pulled', () => {
    const { mirror, translator } = translate({ objects: onBoth })
    carrier(mirror, 1, false)
    expect(translator.world().configurations[0]).toMatchObject({
      activation: 'fresh/2',
      carrier: true,
      interface: { name: 'eth-b' },
    })
    carrier(mirror, 1, true)
    expect(translator.world().configurations[0]?.activation).toBe('fresh/2')
  })

  it('stays with the activation that was begun here, cable or not, while it is up', () => {
    const machine = { objects: onBoth, begun: `${AT}/ActiveConnection/1` }
    const { mirror, translator } = translate(machine)
    carrier(mirror, 1, false)
    expect(translator.world().configurations[0]).toMatchObject({ activation: 'fresh/1', carrier: false })
    state(mirror, 1, 3)
    expect(translator.world().configurations[0]?.activation).toBe('fresh/2')
  })

  it('prefers up to on its way up to on its way down', () => {
    const { mirror, translator } = translate({ objects: onBoth })
    state(mirror, 1, 1)
    expect(translator.world().configurations[0]?.activation).toBe('fresh/2')
    state(mirror, 2, 3)
    expect(translator.world().configurations[0]).toMatchObject({ activation: 'fresh/1', link: 'activating' })
  })
})

describe('names and SSIDs are bytes first (T6)', () => {
  it('the byte 0xff and the letters \\xff are two texts', () => {
    const odd = ssidText(Uint8Array.from([0x61, 0xff]))
    const letters = ssidText(Uint8Array.from([0x61, 0x5c, 0x78, 0x66, 0x66]))
    expect([odd, letters]).toEqual(['a\\xff', 'a\\x5cxff'])
  })

  it('different bytes are different texts, whatever they are', () => {
    const alphabet = [0x00, 0x0a, 0x20, 0x35, 0x5c, 0x63, 0x66, 0x78, 0x80, 0xbd, 0xbf, 0xc3, 0xef, 0xff]
    const texts = new Map<string, string>()
    const all = (length: number): number[][] =>
      length === 0 ? [[]] : all(length - 1).flatMap((start) => alphabet.map((byte) => [...start, byte]))
    for (const bytes of [1, 2, 3, 4].flatMap(all)) {
      const text = ssidText(Uint8Array.from(bytes))
      expect(texts.get(text) ?? bytes.join()).toBe(bytes.join())
      texts.set(text, bytes.join())
    }
    // The replacement character itself, and a text that looks like an escape.
    expect(ssidText(Buffer.from('\uFFFD'))).toBe('\uFFFD')
    expect(ssidText(Buffer.from('\\x5c'))).toBe('\\x5cx5c')
  })

  it('profiles of the two are on two networks', () => {
    const wifi = (ssid: number[]) => ({
      connection: { type: '802-11-wireless' },
      '802-11-wireless': { ssid: Uint8Array.from(ssid) },
    })
    const { world } = translate({
      objects: { ...manager(), ...profile(1), ...profile(2) },
      settings: {
        1: settings('one', LAB_A, wifi([97, 255])),
        2: settings('two', LAB_B, wifi([97, 92, 120, 102, 102])),
      },
    })
    expect(new Set(world.configurations.map(({ network }) => network)).size).toBe(2)
  })
})
