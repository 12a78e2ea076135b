import type { LinkConfiguration } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import {
  ACCESS_POINT,
  ACTIVE,
  DEVICE,
  MANAGER_PATH,
  NM,
  WIRED,
  WIRELESS,
} from '../src/networkmanager/objects/names.js'
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
import { type Machine, only, translate } from './machine.js'

const wired = {
  ...manager(),
  ...profile(1),
  ...wiredDevice(1, 'eth-a', { ActiveConnection: `${AT}/ActiveConnection/1` }),
}
const down = { ...manager({ PrimaryConnection: '/' }), ...profile(1), ...wiredDevice(1, 'eth-a') }
const up = { ...wired, ...active(1, 1, LAB_A) }

const NETPLAN = '/run/NetworkManager/system-connections/netplan-NM-1-cafe.nmconnection'

describe('a wired profile', () => {
  it('that is up, in full', () => {
    expect(only({ objects: up })).toEqual({
      id: LAB_A,
      name: 'lab-a',
      bearer: 'ethernet',
      purpose: 'unknown',
      saved: true,
      uplink: true,
      activate: 'yes',
      deactivate: 'yes',
      save: 'yes',
      forget: 'yes',
      inRange: true,
      carrier: true,
      link: 'up',
      activation: 'fresh/1',
      ended: null,
      device: 'eth-a',
      over: null,
      network: null,
      point: null,
      interface: {
        name: 'eth-a',
        index: null,
        hardwareAddress: '02:00:00:00:00:0a',
        mtu: 1500,
        addresses: ['10.91.0.63/24', 'fe80::ff:fe00:1/64'],
        gateways: ['10.91.0.1'],
        dns: ['10.91.0.1'],
        searchDomains: ['lab.test'],
      },
      proxy: null,
      wifi: null,
      signal: null,
      metered: { value: false, sure: false },
      cellular: null,
      connectivity: 'full',
      portal: null,
    })
  })

  it.each<[string, Objects, Partial<LinkConfiguration>]>([
    [
      'down and in range',
      down,
      {
        link: 'down',
        inRange: true,
        activate: 'yes',
        device: 'eth-a',
        carrier: null,
        activation: null,
        interface: null,
        metered: null,
        connectivity: 'unknown',
      },
    ],
    [
      'down, its cable unplugged a moment ago',
      { ...down, ...wiredDevice(1, 'eth-a', {}, false) },
      { inRange: false, activate: 'unknown', carrier: null },
    ],
    [
      'down, its device unmanaged',
      { ...down, ...wiredDevice(1, 'eth-a', { Managed: false, AvailableConnections: [] }) },
      { inRange: false, device: null },
    ],
    [
      'down, without a device',
      { ...manager(), ...profile(1) },
      { inRange: false, activate: 'unknown', device: null },
    ],
    [
      'up, its cable unplugged a moment ago',
      { ...up, ...wiredDevice(1, 'eth-a', {}, false) },
      { link: 'up', carrier: false, inRange: false },
    ],
    [
      'just asked for',
      { ...wired, ...active(1, 1, LAB_A, { State: 0 }) },
      { link: 'activating', activation: 'fresh/1' },
    ],
    [
      'activating',
      { ...wired, ...active(1, 1, LAB_A, { State: 1 }) },
      { link: 'activating', connectivity: 'unknown' },
    ],
    [
      'deactivating',
      { ...wired, ...active(1, 1, LAB_A, { State: 3 }) },
      { link: 'deactivating', activation: 'fresh/1', inRange: true },
    ],
    [
      'deactivated, its object still there',
      { ...wired, ...active(1, 1, LAB_A, { State: 4, Devices: [] }) },
      { link: 'down', activation: null, interface: null },
    ],
    [
      'replaced by a newer activation',
      { ...up, ...active(1, 1, LAB_A, { State: 3 }), ...active(2, 1, LAB_A, { State: 1 }) },
      { link: 'activating', activation: 'fresh/2' },
    ],
    [
      'activated twice',
      { ...up, ...active(12, 1, LAB_A), ...active(9, 1, LAB_A) },
      { activation: 'fresh/1' },
    ],
    ['made for this boot only', { ...up, ...profile(1, { Unsaved: true, Flags: 1 }) }, { saved: false }],
    ["Netplan's", { ...up, ...profile(1, { Unsaved: true, Flags: 1, Filename: NETPLAN }) }, { saved: true }],
    [
      'gone with its link, whatever its file is called',
      { ...up, ...profile(1, { Unsaved: true, Flags: 5, Filename: NETPLAN }) },
      { saved: false },
    ],
    [
      "called as one of Netplan's elsewhere",
      { ...up, ...profile(1, { Unsaved: true, Flags: 1, Filename: `/tmp${NETPLAN}` }) },
      { saved: false },
    ],
    [
      'behind a portal',
      { ...up, ...wiredDevice(1, 'eth-a', { Ip4Connectivity: 2, Ip6Connectivity: 3 }) },
      { connectivity: 'portal' },
    ],
    [
      'never checked',
      { ...up, ...manager({ ConnectivityCheckEnabled: false }) },
      { connectivity: 'unknown' },
    ],
    [
      'metered by the user',
      { ...up, ...wiredDevice(1, 'eth-a', { Metered: 1 }) },
      { metered: { value: true, sure: true } },
    ],
    [
      'metered by a guess',
      { ...up, ...wiredDevice(1, 'eth-a', { Metered: 3 }) },
      { metered: { value: true, sure: false } },
    ],
  ])('that is %s', (_, objects, expected) => {
    expect(only({ objects })).toMatchObject(expected)
  })

  it('prefers a device that carries nothing', () => {
    const lists = { AvailableConnections: [`${AT}/Settings/1`] }
    const busy = wiredDevice(1, 'eth-a', { ...lists, ActiveConnection: `${AT}/ActiveConnection/5` })
    expect(only({ objects: { ...down, ...busy, ...wiredDevice(2, 'eth-b', lists) } }).device).toBe('eth-b')
  })

  it('that takes a device over does not show the addresses of the link that still has it', () => {
    const taking = active(3, 2, LAB_B, { State: 1, Devices: [`${AT}/Devices/1`] })
    const { world } = translate({
      objects: { ...up, ...profile(2), ...taking },
      settings: { 1: settings('lab-a', LAB_A), 2: settings('lab-b', LAB_B) },
    })
    expect(world.configurations.map((known) => known.interface?.addresses.length)).toEqual([2, 0])
  })

  it('says how its last activation ended', () => {
    const ended = { activation: 'fresh/0', reason: 'requested', native: 'user-requested' } as const
    expect(only({ objects: down, ended }).ended).toEqual(ended)
  })
})

describe('permissions', () => {
  it.each([
    ['yes', 'yes', 'unknown'],
    ['ask', 'ask', 'unknown'],
    ['no', 'no', 'no'],
    ['unknown', 'unknown', 'unknown'],
  ] as const)(
    '%s for links in range is %s, and %s for those out of range',
    (control, inRange, outOfRange) => {
      const permissions = { control, scan: control }
      expect(only({ objects: down, permissions }).activate).toBe(inRange)
      expect(only({ objects: { ...manager(), ...profile(1) }, permissions }).activate).toBe(outOfRange)
    },
  )

  it('are no use for scanning without a Wi-Fi device, nor for rechecking without checks', () => {
    const { world } = translate({ objects: { ...down, ...manager({ ConnectivityCheckEnabled: false }) } })
    expect([world.scan, world.recheck]).toEqual(['no', 'no'])
  })
})

describe('what is left out', () => {
  it.each<[string, Machine]>([
    ['a shadow of a link that others manage', { objects: { ...up, ...profile(1, { Flags: 0x8 | 0x2 }) } }],
    [
      'a made-up profile whose link is managed by others',
      { objects: { ...wired, ...profile(1, { Flags: 0x2 }), ...active(1, 1, LAB_A, { StateFlags: 0x80 }) } },
    ],
    ['loopback', { objects: up, settings: { 1: settings('lo', 'u', { connection: { type: 'loopback' } }) } }],
    ['a profile whose settings are not known', { objects: up, settings: {} }],
  ])('%s', (_, machine) => {
    expect(translate(machine).world).toMatchObject({ configurations: [], defaultId: null })
  })
})

describe('uplinks', () => {
  const connection = (type: string) => ({ connection: { type, 'interface-name': 'dev0' } })
  it.each<[string, boolean, Record<string, Record<string, unknown>>]>([
    ['an Ethernet', true, {}],
    ['an Ethernet with IPv6 only', true, { ipv4: { method: 'disabled' }, ipv6: { method: 'auto' } }],
    ['one that never gets a default route', false, { ipv4: { method: 'auto', 'never-default': true } }],
    [
      'one with a default route for IPv6',
      true,
      { ipv4: { method: 'auto', 'never-default': true }, ipv6: { method: 'auto' } },
    ],
    ['a hotspot of our own', false, { ipv4: { method: 'shared' }, ipv6: { method: 'ignore' } }],
    ['a bridge without ports', false, connection('bridge')],
    ['a dummy', false, connection('dummy')],
    ['an ipvlan', true, connection('ipvlan')],
    ['an HSR', true, connection('hsr')],
    ['a device that a script makes', true, connection('generic')],
    ['a tun', false, connection('tun')],
    ['a VPN', false, connection('vpn')],
    ['a WireGuard', false, connection('wireguard')],
  ])('%s: %s', (_, uplink, parts) => {
    expect(only({ objects: down, settings: { 1: settings('x', 'u', parts) } }).uplink).toBe(uplink)
  })

  it('a bridge is one as soon as a profile is its port, which is no configuration itself (T3)', () => {
    const objects = { ...manager(), ...profile(1), ...profile(2) }
    const port = { connection: { master: 'u-bridge', 'slave-type': 'bridge' }, ipv4: {}, ipv6: {} }
    const machine = {
      objects,
      settings: { 1: settings('br', 'u-bridge', connection('bridge')), 2: settings('p', 'u-port', port) },
    }
    expect(translate(machine).world.configurations.map(({ id, uplink }) => [id, uplink])).toEqual([
      ['u-bridge', true],
    ])
  })
})

describe('virtual links', () => {
  it.each([
    ['bridge', 'bridge', true],
    ['wireguard', 'wireguard', true],
    ['bond', 'bond', true],
    ['vlan', 'vlan', null],
    ['macvlan', 'vlan', null],
    ['ipvlan', 'vlan', null],
    ['hsr', 'unknown', null],
    ['tun', 'vpn', true],
    ['gsm', 'cellular', false],
  ] as const)('%s is a %s, in range: %s', (type, bearer, inRange) => {
    const facts = settings('x', 'u', { connection: { type, 'interface-name': 'dev0' } })
    const objects = { ...manager(), ...profile(1) }
    expect(only({ objects, settings: { 1: facts } })).toMatchObject({ bearer, inRange, device: 'dev0' })
  })

  it('a VPN rides on another link, whose device it does not claim', () => {
    const vpn = active(2, 2, LAB_B, {
      Vpn: true,
      SpecificObject: `${AT}/ActiveConnection/1`,
      Devices: [`${AT}/Devices/1`],
    })
    const { world } = translate({
      objects: { ...up, ...profile(2), ...vpn },
      settings: { 1: settings('lab-a', LAB_A), 2: settings('vpn', LAB_B, { connection: { type: 'vpn' } }) },
    })
    expect(world.configurations[1]).toMatchObject({
      bearer: 'vpn',
      link: 'up',
      over: LAB_A,
      device: null,
      inRange: true,
    })
  })

  it('a VPN is out of range while nothing else is online', () => {
    const facts = settings('vpn', LAB_B, { connection: { type: 'vpn' } })
    expect(only({ objects: down, settings: { 1: facts } }).inRange).toBe(false)
  })
})

describe('Wi-Fi', () => {
  const ssid = new TextEncoder().encode('café')
  const accessPoint = (number: number, strength: number): Objects => ({
    [`${AT}/AccessPoint/${number}`]: {
      [ACCESS_POINT]: { Ssid: ssid, Strength: strength, HwAddress: `AA:BB:CC:00:00:0${number}`, LastSeen: 1 },
    },
  })
  const wlan = (point: string, facts = {}): Objects => ({
    [`${AT}/Devices/1`]: {
      [DEVICE]: {
        Interface: 'wlan0',
        InterfaceFlags: 0x10003,
        AvailableConnections: [`${AT}/Settings/1`],
        ...facts,
      },
      [WIRELESS]: { ActiveAccessPoint: point, LastScan: 5 },
    },
  })
  const facts = (wifi = {}, parts = {}) =>
    settings('home', LAB_A, {
      connection: { type: '802-11-wireless' },
      '802-11-wireless': { ssid, ...wifi },
      ...parts,
    })
  const air = { ...manager(), ...profile(1), ...accessPoint(1, 41), ...accessPoint(2, 63) }
  const psk = { '802-11-wireless-security': { 'key-mgmt': 'wpa-psk' } }

  it('that is down shows the strongest access point of its network', () => {
    expect(only({ objects: { ...air, ...wlan('/') }, settings: { 1: facts({}, psk) } })).toMatchObject({
      bearer: 'wlan',
      purpose: 'private',
      network: 'café',
      point: null,
      signal: 65,
      wifi: { ssid: 'café', hidden: false, security: 'wpa' },
    })
  })

  it('that is up shows the access point it is on', () => {
    const objects = { ...air, ...wlan(`${AT}/AccessPoint/1`), ...active(1, 1, LAB_A) }
    const configuration = only({ objects, settings: { 1: facts() } })
    expect(configuration).toMatchObject({
      point: 'aa:bb:cc:00:00:01',
      signal: 40,
      carrier: true,
      purpose: 'public',
    })
  })

  it('that lost its association carries nothing, but stays in range while it is seen', () => {
    const objects = { ...air, ...wlan('/', { InterfaceFlags: 3 }), ...active(1, 1, LAB_A) }
    expect(only({ objects, settings: { 1: facts() } })).toMatchObject({
      link: 'up',
      carrier: false,
      inRange: true,
    })
  })

  it('that is hidden can be tried though it is out of range', () => {
    const objects = { ...air, ...wlan('/', { AvailableConnections: [] }) }
    expect(only({ objects, settings: { 1: facts({ hidden: true }) } })).toMatchObject({
      inRange: false,
      activate: 'yes',
    })
    expect(only({ objects, settings: { 1: facts() } }).activate).toBe('unknown')
  })

  it('does not change with the strength of other networks, nor within a step of its own', () => {
    const { mirror, translator, world } = translate({
      objects: { ...air, ...wlan('/') },
      settings: { 1: facts() },
    })
    const strength = (value: number) =>
      mirror.apply({
        path: `${AT}/AccessPoint/2`,
        interface: 'org.freedesktop.DBus.Properties',
        member: 'PropertiesChanged',
        sender: ':1.1',
        body: [ACCESS_POINT, sent({ Strength: value }), []],
      })
    strength(64)
    expect(translator.world()).toBe(world)
    strength(80)
    expect(translator.world().configurations[0]?.signal).toBe(80)
  })
})

describe('the world', () => {
  it('is sorted by id and names the owner of the default route', () => {
    const { world } = translate({
      objects: { ...up, ...profile(2), ...profile(3) },
      settings: { 3: settings('c', 'b'), 1: settings('a', LAB_A), 2: settings('b', 'a') },
    })
    expect(world.configurations.map(({ id }) => id)).toEqual([LAB_A, 'a', 'b'])
    expect(world).toMatchObject({
      defaultId: LAB_A,
      service: 'ready',
      updates: 'events',
      scope: 'here',
      statistics: true,
      directRouting: true,
    })
  })

  it('translates again only what depends on a change', () => {
    const objects: Objects = { ...manager() }
    const facts: Record<string, ReturnType<typeof settings>> = {}
    for (let number = 1; number <= 300; number += 1) {
      Object.assign(
        objects,
        profile(number),
        wiredDevice(number, `eth${number}`, { ActiveConnection: `${AT}/ActiveConnection/${number}` }),
        active(number, number, `u${number}`),
      )
      facts[number] = settings(`n${number}`, `u${number}`)
    }
    const { mirror, translator, world } = translate({ objects, settings: facts })
    const reads: string[] = []
    const read = mirror.read.bind(mirror)
    mirror.read = (path, name) => {
      reads.push(path)
      return read(path, name)
    }
    mirror.annotate(`${AT}/Devices/7`, WIRED, sent({ Carrier: false }))
    const after = translator.world()
    expect(after.configurations.filter((known, index) => known !== world.configurations[index])).toHaveLength(
      1,
    )
    expect(new Set(reads)).toEqual(
      new Set([
        ...[
          `${AT}/Settings/7`,
          `${AT}/Devices/7`,
          `${AT}/ActiveConnection/7`,
          `${AT}/IP4Config/7`,
          `${AT}/IP6Config/7`,
        ],
        ...[MANAGER_PATH, `${AT}/ActiveConnection/1`],
      ]),
    )
  })

  it('keeps no trace of profiles that are gone', () => {
    const { mirror, translator } = translate({ objects: up })
    const gone = (path: string, name: string) =>
      mirror.apply({
        path: '/org/freedesktop',
        interface: 'org.freedesktop.DBus.ObjectManager',
        member: 'InterfacesRemoved',
        sender: ':1.1',
        body: [path, [name]],
      })
    gone(`${AT}/Settings/1`, `${NM}.Settings.Connection`)
    expect(translator.world().configurations).toEqual([])
    gone(`${AT}/ActiveConnection/1`, ACTIVE)
    expect(translator.world().configurations).toEqual([])
    expect(translator.profile(LAB_A)).toBeNull()
  })
})
