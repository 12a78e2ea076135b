import { worldFaults } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { linkKind } from '../../src/kernel/link-kind.js'
import { Activations } from '../../src/networkd/activations.js'
import {
  configurationOf,
  defaultLink,
  endOf,
  isConfiguration,
  type LinkFacts,
  linkPhase,
} from '../../src/networkd/translate.js'
import { bearerOf } from '../../src/networkmanager/translate/bearer.js'
import { ADDRESS4, ADDRESS6, DEFAULT_ROUTE, described, facts } from './links.js'

const OFF = { CarrierState: 'off', Addresses: [], Routes: [] }

function translate(link: LinkFacts) {
  const observed = { phase: linkPhase(link), carries: true, period: { index: 2, count: 1 } }
  const history = new Activations('boot').observe(link.description.name, observed, endOf(link))
  return configurationOf(link, history, 'unknown')
}

describe('a link of networkd in the terms of the contract', () => {
  it('is up, and has what the link has', () => {
    expect(translate(facts())).toEqual({
      id: 'networkd:eth-a',
      name: 'eth-a',
      bearer: 'ethernet',
      purpose: 'unknown',
      saved: true,
      uplink: true,
      activate: 'unknown',
      deactivate: 'no',
      inRange: true,
      carrier: true,
      link: 'up',
      activation: 'eth-a#boot.2.1',
      ended: null,
      device: 'eth-a',
      over: null,
      network: null,
      point: null,
      interface: {
        name: 'eth-a',
        index: 2,
        hardwareAddress: '02:00:00:00:00:01',
        mtu: 1500,
        addresses: ['10.91.0.64/24', 'fe80::ff:fe00:1/64'],
        gateways: ['10.91.0.1'],
        dns: ['10.91.0.1'],
        searchDomains: ['lab.example'],
      },
      proxy: null,
      wifi: null,
      signal: null,
      metered: null,
      connectivity: 'unknown',
      portal: null,
    })
  })

  it.each([
    [
      'up with an address, although networkd has not finished',
      { AdministrativeState: 'configuring' },
      {},
      'up',
    ],
    ['up while networkd starts', { AdministrativeState: 'pending' }, {}, 'up'],
    ['on its way up with fe80::/10 alone (S3)', { Addresses: [ADDRESS6] }, {}, 'activating'],
    ['up with 169.254/16', { Addresses: [{ ...ADDRESS4, Address: [169, 254, 1, 1] }] }, {}, 'up'],
    ['up without an address if it never gets one', { Addresses: [] }, { hasAddresses: false }, 'up'],
    [
      'on its way up if it is unknown whether it gets one',
      { Addresses: [] },
      { hasAddresses: null },
      'activating',
    ],
    [
      'on its way up until networkd has finished',
      { Addresses: [], AdministrativeState: 'configuring' },
      { hasAddresses: false },
      'activating',
    ],
    ['down without a carrier, whatever addresses it has', { CarrierState: 'no-carrier' }, {}, 'down'],
    ['down if it waits for a login', { CarrierState: 'dormant' }, {}, 'down'],
    ['down if it is switched off', { CarrierState: 'off' }, {}, 'down'],
    ['down if networkd has failed', { AdministrativeState: 'failed' }, {}, 'down'],
    ['up if some ports of a bond carry (T3)', { CarrierState: 'degraded-carrier' }, {}, 'up'],
    ['down in a state that is unknown here', { CarrierState: 'superb' }, {}, 'down'],
  ] as const)('is %s', (_what, changes, settings, phase) => {
    expect(linkPhase(facts(changes, settings))).toBe(phase)
  })

  it.each([
    ['switched off', { CarrierState: 'off' }, { reason: 'requested', native: 'CarrierState off' }],
    [
      'a radio that is off',
      { CarrierState: 'off', Type: 'wlan' },
      { reason: 'other', native: 'CarrierState off' },
    ],
    [
      'without a cable',
      { CarrierState: 'no-carrier' },
      { reason: 'carrierLost', native: 'CarrierState no-carrier' },
    ],
    ['failed', { AdministrativeState: 'failed' }, { reason: 'other', native: 'AdministrativeState failed' }],
  ])('has ended for a reason that tells %s', (_what, changes, end) => {
    expect(endOf(facts(changes))).toEqual(end)
  })

  it.each([
    ['carries', {}, true, 'unknown'],
    ['has no cable', { CarrierState: 'no-carrier' }, false, 'no'],
    ['is switched off', { CarrierState: 'off' }, null, 'unknown'],
    ['is left to others', { ...OFF, ActivationPolicy: 'manual' }, null, 'no'],
    ['is to be down', { ...OFF, ActivationPolicy: 'always-down' }, null, 'no'],
    ['is to be up', { ...OFF, ActivationPolicy: 'always-up' }, null, 'unknown'],
  ])('can be brought up as far as that is known if it %s', (_what, changes, inRange, activate) => {
    expect(translate(facts(changes))).toMatchObject({ inRange, activate, deactivate: 'no' })
  })

  it.each([
    ['a wire', { Kind: undefined, Type: 'ether' }, 'ethernet'],
    ['Wi-Fi', { Kind: undefined, Type: 'wlan' }, 'wlan'],
    ['a modem', { Kind: undefined, Type: 'wwan' }, 'cellular'],
    ['a bridge', { Kind: 'bridge', Type: 'bridge' }, 'bridge'],
    ['a team', { Kind: 'team', Type: 'ether' }, 'bond'],
    ['a VLAN', { Kind: 'vlan', Type: 'vlan' }, 'vlan'],
    ['WireGuard', { Kind: 'wireguard', Type: 'wireguard' }, 'wireguard'],
    ['a tunnel', { Kind: 'gretap', Type: 'ether' }, 'tunnel'],
    ['a macvlan', { Kind: 'macvlan', Type: 'ether' }, 'vlan'],
    ['a tun', { Kind: 'tun', Type: 'none' }, 'vpn'],
    ['the modem of a dongle', { Kind: 'rmnet', Type: 'none' }, 'cellular'],
    ['a USB gadget', { Kind: undefined, Type: 'gadget' }, 'ethernet'],
    ['a dummy', { Kind: 'dummy', Type: 'ether' }, 'unknown'],
    ['anything else', { Kind: 'constructor', Type: '__proto__' }, 'unknown'],
  ])('T4: has the bearer of %s', (_what, changes, bearer) => {
    expect(translate(facts(changes)).bearer).toBe(bearer)
  })

  it.each([
    'bridge',
    'bond',
    'team',
    'vlan',
    'macvlan',
    'ipvlan',
    'macsec',
    'veth',
    'wireguard',
    'tun',
    'vxlan',
    'dummy',
    'vrf',
  ])('T4: a %s is the same to systemd-networkd, NetworkManager and the kernel', (kind) => {
    const { bearer } = linkKind({ kind, hardware: 1 }, () => null)
    expect(translate(facts({ Kind: kind })).bearer).toBe(bearer)
    expect(bearerOf(kind, undefined)).toBe(bearer)
  })

  it.each([
    ['is up with a default route', {}, {}, true],
    ['is up without one', { Routes: [] }, {}, false],
    ['has only link-local addresses', { Addresses: [{ ...ADDRESS4, Address: [169, 254, 1, 1] }] }, {}, false],
    ['is a tunnel (T2)', { Kind: 'wireguard' }, {}, false],
    ['is a tunnel of IPsec (T2)', { Kind: 'xfrm' }, {}, false],
    ['is a dummy (C9)', { Kind: 'dummy' }, {}, false],
    ['is a dummy that is down (C9)', { ...OFF, Kind: 'dummy' }, {}, false],
    ['is a macvlan of a container', { Kind: 'macvlan' }, {}, true],
    ['is down, and would get a default route', OFF, {}, true],
    ['is down, and would get none', OFF, { leadsOut: false }, false],
    ['is down, and its file cannot be read', OFF, { leadsOut: null }, true],
  ])('T1: is an uplink or not if it %s', (_what, changes, settings, uplink) => {
    expect(translate(facts(changes, settings)).uplink).toBe(uplink)
  })

  it('T1: has limited connectivity if it has only link-local addresses', () => {
    const addresses = [{ ...ADDRESS4, Address: [169, 254, 1, 1] }, ADDRESS6]
    expect(translate(facts({ Addresses: addresses })).connectivity).toBe('limited')
  })

  it('T6: shows an SSID as text, with its backslashes escaped', () => {
    const changes = {
      Kind: undefined,
      Type: 'wlan',
      SSID: 'caf\u00e9\\x\u001b[2J',
      BSSID: [2, 0, 0, 0, 1, 0],
    }
    expect(translate(facts(changes))).toMatchObject({
      wifi: { ssid: 'caf\u00e9\\x5cx\u001b[2J', hidden: false, security: 'unknown' },
      network: 'caf\u00e9\\x5cx\u001b[2J',
      point: '02:00:00:00:01:00',
    })
  })

  it.each([
    ['that networkd is setting up', { AdministrativeState: 'configuring' }, false, true],
    ['that networkd has no file for', { AdministrativeState: 'unmanaged' }, true, false],
    ['that is new', { AdministrativeState: 'initialized' }, false, false],
    ['that networkd looks at again', { AdministrativeState: 'initialized' }, true, true],
    ['that networkd has not looked at after a restart', { AdministrativeState: 'pending' }, true, true],
    ['that is gone', { AdministrativeState: 'linger' }, true, false],
    ['of the machine itself (C9)', { Type: 'loopback' }, true, false],
    ['that is a port of an interface that is unknown (T3)', { MasterInterfaceIndex: 9 }, false, false],
    ['that networkd calls enslaved (T3)', { CarrierState: 'enslaved' }, false, false],
  ])('is a configuration or not: a link %s', (_what, changes, wasManaged, expected) => {
    expect(isConfiguration(described(changes), wasManaged, () => undefined)).toBe(expected)
  })

  it.each([
    ['bridge', false],
    ['bond', false],
    ['team', false],
    ['vrf', true],
  ])('T3: the port of a %s is a configuration or not', (kind, expected) => {
    const port = described({ MasterInterfaceIndex: 9, CarrierState: 'enslaved' })
    expect(isConfiguration(port, false, () => described({ Kind: kind }))).toBe(expected)
  })

  it('keeps to the contract', () => {
    const configurations = [translate(facts())]
    const world = { service: 'ready', updates: 'events', scope: null, scan: 'no', recheck: 'no' } as const
    expect(
      worldFaults({ ...world, statistics: true, power: 'unknown', defaultId: null, configurations }),
    ).toEqual([])
  })
})

describe('M2: the default route', () => {
  const link = (Name: string, ...routes: object[]) =>
    described({ Name, Routes: routes.map((route) => ({ ...DEFAULT_ROUTE, ...route })) })

  it.each([
    ['is unknown', [link('a'), link('b')], undefined],
    ['is that of the lowest metric', [link('a', { Priority: 200 }), link('b', { Priority: 100 })], 'b'],
    [
      'is that of IPv4 first',
      [link('a', { Destination: Array(16).fill(0), Priority: 1 }), link('b', { Priority: 1024 })],
      'b',
    ],
    ['is unknown if two are equal', [link('a', {}), link('b', {})], undefined],
    ['may be twice on one link', [link('a', {}, {}), link('b', { Priority: 200 })], 'a'],
  ])('%s', (_what, links, name) => {
    expect(defaultLink(links)?.name).toBe(name)
  })
})
