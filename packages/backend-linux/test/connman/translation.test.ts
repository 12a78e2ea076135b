import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configurationOf, type Situation } from '../../src/connman/configuration.js'
import { failureReason } from '../../src/connman/end-reason.js'
import { Mirror } from '../../src/connman/mirror.js'
import { SERVICE_ROOT } from '../../src/connman/names.js'
import { addressesOf } from '../../src/connman/service-facts.js'
import { wifiOf } from '../../src/connman/wifi-service.js'
import { sent } from '../as-sent.js'
import { settle } from '../manual-clock.js'
import { FakeConnman } from './fake-connman.js'
import { FakeService } from './fake-service.js'
import { open } from './host.js'

const A = 'ethernet_020000000001_cable'
const B = 'ethernet_020000000101_cable'

const up: Situation = {
  link: 'up',
  activation: 'x#1',
  ended: null,
  isDefault: true,
  base: null,
  index: 2,
  isBorrowed: false,
}
const cable = {
  Type: 'ethernet',
  Name: 'Wired',
  State: 'ready',
  Favorite: true,
  Ethernet: { Interface: 'eth-a', Address: '02:00:00:00:00:01', MTU: 1500 },
  IPv4: { Method: 'dhcp', Address: '10.91.0.63', Netmask: '255.255.255.0', Gateway: '10.91.0.1' },
  IPv6: { Method: 'auto', Address: '2001:db8::2', PrefixLength: 64 },
  Nameservers: ['10.91.0.1', 'none'],
  Domains: ['example', 'example'],
}
const translate = (properties: object, situation: Partial<Situation> = {}, id = A) =>
  configurationOf(id, sent(properties), { ...up, ...situation })

describe('a service of ConnMan', () => {
  it('is a configuration, with the interface of its link', () => {
    expect(translate(cable)).toMatchObject({
      id: A,
      name: 'Wired (eth-a)',
      bearer: 'ethernet',
      saved: true,
      uplink: true,
      carrier: true,
      device: 'eth-a',
      interface: {
        name: 'eth-a',
        index: 2,
        hardwareAddress: '02:00:00:00:00:01',
        mtu: 1500,
        addresses: ['10.91.0.63/24', '2001:db8::2/64'],
        gateways: ['10.91.0.1'],
        dns: ['10.91.0.1'],
        searchDomains: ['example'],
      },
      connectivity: 'unknown',
    })
  })

  it.each([
    ['ethernet', {}, 'ethernet'],
    ['gadget', {}, 'ethernet'],
    ['wifi', {}, 'wlan'],
    ['bluetooth', {}, 'bluetooth'],
    ['cellular', {}, 'cellular'],
    ['vpn', { Provider: { Type: 'openvpn' } }, 'vpn'],
    ['vpn', { Provider: { Type: 'wireguard' } }, 'wireguard'],
    ['constructor', {}, 'unknown'],
  ])('of the type %s %j has the bearer %s', (Type, more, bearer) => {
    expect(translate({ Type, ...more }).bearer).toBe(bearer)
  })

  it.each([
    ['online', {}, 'full'],
    ['ready', {}, 'unknown'],
    ['ready', { IPv4: { Address: '169.254.1.2', Netmask: '255.255.0.0' }, IPv6: {} }, 'limited'],
  ])('that is %s %j has the connectivity %s', (State, more, connectivity) => {
    expect(translate({ ...cable, State, ...more }).connectivity).toBe(connectivity)
  })

  it.each([
    ['the default with a gateway', cable, { isDefault: true }, true],
    ['the default without a gateway', { ...cable, IPv4: { ...cable.IPv4, Gateway: '' } }, {}, false],
    [
      'another one, whose gateway ConnMan does not name',
      { ...cable, IPv4: { ...cable.IPv4, Gateway: '' }, 'IPv4.Configuration': { Method: 'dhcp' } },
      { isDefault: false },
      true,
    ],
    ['down, with DHCP', { ...cable, 'IPv4.Configuration': { Method: 'dhcp' } }, { link: 'down' }, true],
    ['down, manual', { ...cable, 'IPv4.Configuration': { Method: 'manual' } }, { link: 'down' }, false],
    ['link-local', { ...cable, IPv4: { Address: '169.254.1.2' }, IPv6: {} }, {}, false],
    ['a VPN', { ...cable, Type: 'vpn' }, {}, false],
  ] as const)('as %s says truly whether it is an uplink (T1)', (_, properties, situation, uplink) => {
    expect(translate(properties, situation).uplink).toBe(uplink)
  })

  it('over a point-to-point link is an uplink without a gateway, which ConnMan spells with zeros', () => {
    const ppp = {
      ...cable,
      Type: 'cellular',
      IPv4: { Method: 'fixed', Address: '10.0.0.9', Gateway: '0.0.0.0' },
    }
    expect(translate(ppp)).toMatchObject({ uplink: true, interface: { gateways: [] } })
  })

  it('that is a VPN rides on another service, and cannot be reached without one (T2)', () => {
    const vpn = { Type: 'vpn', Provider: { Type: 'openvpn' }, Ethernet: { Interface: 'tun0' } }
    expect(translate(vpn, { base: A }, 'vpn_host')).toMatchObject({ over: A, inRange: true, activate: 'yes' })
    const alone = translate(vpn, { base: null, link: 'down', activation: null }, 'vpn_host')
    expect(alone).toMatchObject({ over: null, inRange: false, activate: 'unknown' })
  })

  it.each([
    [
      { Name: ' Operator ', Roaming: true },
      { operator: 'Operator', operatorCode: null, registration: 'visited' },
    ],
    [
      { Name: 'Operator', Roaming: false },
      { operator: 'Operator', operatorCode: null, registration: 'home' },
    ],
    [{ Name: 'x'.repeat(200) }, { operator: null, operatorCode: null, registration: null }],
    [
      { Name: '', Roaming: 'yes' },
      { operator: null, operatorCode: null, registration: null },
    ],
  ])('a cellular service with %j is on the mobile network %j (T4)', (properties, network) => {
    expect(translate({ Type: 'cellular', ...properties }).cellular).toEqual(network)
    expect(translate({ Type: 'ethernet', ...properties }).cellular).toBeNull()
  })

  it('is translated from nothing that the mirror does not store', () => {
    const names = new Set<string>()
    class Recorded extends Map<string, unknown> {
      override get(name: string): unknown {
        names.add(name)
        return super.get(name)
      }
      override has(name: string): boolean {
        names.add(name)
        return super.has(name)
      }
    }
    for (const Type of ['ethernet', 'wifi', 'cellular', 'vpn', 'bluetooth', 'gadget'])
      for (const link of ['up', 'down'] as const)
        configurationOf(
          'wifi_0200000000aa_686f6d65_managed_psk',
          new Recorded(Object.entries({ ...cable, Type })),
          { ...up, link },
        )
    const mirror = new Mirror()
    mirror.fill([[`${SERVICE_ROOT}${A}`, new Map([...names].map((name) => [name, '']))]], [])
    expect([...names].filter((name) => mirror.service(A)?.has(name) !== true)).toEqual([])
  })

  it('over a modem is metered, by a guess', () => {
    expect(translate({ Type: 'cellular' }).metered).toEqual({ value: true, sure: false })
    expect(translate(cable).metered).toBeNull()
  })

  it.each([
    [{ Method: 'direct' }, null],
    [
      { Method: 'auto', URL: 'http://x/pac' },
      { method: 'auto', pac: 'http://x/pac' },
    ],
    [{ Method: 'auto' }, { method: 'auto', pac: null }],
    [
      { Method: 'manual', Servers: ['x:80'] },
      { method: 'manual', pac: null },
    ],
    [7, null],
  ])('with the proxy %j announces %j', (said, proxy) => {
    expect(translate({ ...cable, Proxy: said }).proxy).toEqual(proxy)
  })
})

it.each([
  ['255.255.255.0', ['10.0.0.1/24']],
  ['255.255.255.255', ['10.0.0.1/32']],
  ['0.0.0.0', ['10.0.0.1/0']],
  ['', ['10.0.0.1/32']],
  ['255.0.255.0', []],
  ['255.255.255.999', []],
  ['x', []],
])('a netmask %j makes the addresses %j', (Netmask, addresses) => {
  expect(addressesOf(sent({ IPv4: { Address: '10.0.0.1', Netmask } }))).toEqual(addresses)
})

it.each([
  [
    'wifi_0200000000aa_686f6d65_managed_psk',
    ['psk', 'wps'],
    { ssid: 'home', hidden: false, security: 'wpa' },
  ],
  ['wifi_0200000000aa_686f6d65_managed_none', ['none'], { ssid: 'home', hidden: false, security: 'open' }],
  ['wifi_0200000000aa_c3bc5c_managed_wep', [], { ssid: 'ü\\x5c', hidden: false, security: 'wep' }],
  ['wifi_0200000000aa_ff_managed_ieee8021x', 7, { ssid: '\\xff', hidden: false, security: 'enterprise' }],
  ['wifi_0200000000aa_686f6d65_managed_psk', ['sae'], { ssid: 'home', hidden: false, security: 'wpa3' }],
  ['wifi_0200000000aa_hidden_managed_psk', ['psk'], null],
  ['wifi_0200000000aa_0000_managed_psk', ['psk'], null],
  [`wifi_0200000000aa_${'61'.repeat(33)}_managed_psk`, ['psk'], null],
  ['wifi_0200000000aa_686f6d65_adhoc_none', ['none'], null],
  ['ethernet_020000000001_cable', [], null],
])('the identifier %s with the security %j is the network %j (T6)', (id, Security, wifi) => {
  expect(wifiOf(id, sent({ Security }))).toEqual(wifi)
})

it.each([
  ['out-of-range', 'outOfRange'],
  ['pin-missing', 'secretMissing'],
  ['dhcp-failed', 'addressFailed'],
  ['connect-failed', 'other'],
  ['login-failed', 'secretWrong'],
  ['auth-failed', 'secretWrong'],
  ['invalid-key', 'secretWrong'],
  ['blocked', 'denied'],
  ['something new', 'other'],
])('the error %s is the reason %s', (error, reason) => {
  expect(failureReason(error)).toEqual({ reason, native: error })
})

describe('the link of a service', () => {
  it('is up only when ConnMan calls it ready and it has an address', async () => {
    const connman = FakeConnman.typical()
    const { shown } = await open(connman)
    const seen: string[] = []
    const service = connman.service(B)
    for (const [name, value] of [
      ['State', 'association'],
      ['State', 'configuration'],
      ['State', 'ready'],
      ['IPv6', { Address: 'fe80::1', PrefixLength: 64 }],
      ['IPv4', { Address: '10.91.1.5', Netmask: '255.255.255.0' }],
      ['State', 'online'],
      ['State', 'disconnect'],
      ['State', 'idle'],
    ] as const) {
      service.set(name, value)
      seen.push(shown(B).link)
    }
    const coming = ['activating', 'activating', 'activating', 'activating']
    expect(seen).toEqual([...coming, 'up', 'up', 'deactivating', 'down'])
  })

  it('of a modem says at once when the modem leaves its home network (T4)', async () => {
    const connman = FakeConnman.typical()
    const properties = { Type: 'cellular', Name: 'Operator', Favorite: true, Roaming: false }
    const modem = new FakeService(connman, 'cellular_262010000000001_context1', '10.0.0.1', properties)
    connman.list(modem, { isAnnounced: false })
    const { shown } = await open(connman)
    expect(shown(modem.id).cellular).toMatchObject({ operator: 'Operator', registration: 'home' })
    modem.set('Roaming', true)
    expect(shown(modem.id).cellular?.registration).toBe('visited')
  })

  it('has the index that its interface has now: that of a VPN is another one each time', async () => {
    const sys = mkdtempSync(join(tmpdir(), 'roamkit-'))
    onTestFinished(() => rmSync(sys, { recursive: true }))
    const folder = join(sys, 'class/net/vpn0')
    const make = (index: number) => {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'ifindex'), `${index}\n`)
    }
    const connman = FakeConnman.typical()
    const properties = { Type: 'vpn', Name: 'office', Immutable: true, Ethernet: { Interface: 'vpn0' } }
    const vpn = new FakeService(connman, 'vpn_host_example', '10.0.0.1', properties)
    connman.list(vpn, { isAnnounced: false })
    const { shown } = await open(connman, { sys })
    for (const index of [7, 9]) {
      vpn.set('State', 'association')
      make(index)
      vpn.become('ready')
      expect(shown(vpn.id).interface).toMatchObject({ name: 'vpn0', index })
      rmSync(folder, { recursive: true })
      vpn.disconnect()
    }
  })

  it('stays listed out of range while its cable is out, and is the same configuration afterwards (C3, C10)', async () => {
    const connman = FakeConnman.typical()
    const { shown } = await open(connman)
    const service = connman.service(B)
    connman.unlist(service)
    expect(shown(B)).toMatchObject({ inRange: false, activate: 'unknown', link: 'down', saved: true })
    connman.list(service)
    expect(shown(B)).toMatchObject({ inRange: true, activate: 'yes' })
  })

  it('that is forgotten and goes out of sight is removed (S13)', async () => {
    const connman = FakeConnman.typical()
    const { backend } = await open(connman)
    const home = [...connman.services.values()].find(({ properties }) => properties.Name === 'home')
    if (!home) throw new Error('no such network')
    home.carryOut('Remove')
    connman.unlist(home)
    expect(backend.snapshot().configurations.map(({ id }) => id)).not.toContain(home.id)
  })

  it('ends with radioOff if the radio was switched off a moment later', async () => {
    const connman = FakeConnman.typical()
    const { shown, clock } = await open(connman)
    const [home, work] = [...connman.services.values()].filter(({ properties }) => properties.Type === 'wifi')
    if (!home || !work) throw new Error('no such networks')
    await home.connect()
    home.disconnect()
    expect(shown(home.id).ended?.reason).toBe('other')
    connman.signal(
      '/net/connman/technology/wifi',
      'net.connman.Technology',
      'PropertyChanged',
      'Powered',
      false,
    )
    expect(shown(home.id).ended?.reason).toBe('radioOff')
    await work.connect()
    work.disconnect()
    await clock.advance(2000)
    connman.signal(
      '/net/connman/technology/wifi',
      'net.connman.Technology',
      'PropertyChanged',
      'Powered',
      true,
    )
    connman.signal(
      '/net/connman/technology/wifi',
      'net.connman.Technology',
      'PropertyChanged',
      'Powered',
      false,
    )
    expect(shown(work.id).ended?.reason).toBe('other')
  })

  it('that ConnMan takes down as it leaves has ended with serviceLost (S14)', async () => {
    const connman = FakeConnman.typical()
    const { shown, backend } = await open(connman)
    for (const service of [...connman.services.values()]) {
      service.disconnect()
      connman.unlist(service)
    }
    connman.changeOwner(null)
    expect(backend.snapshot().service).toBe('lost')
    connman.changeOwner(':1.9')
    await settle()
    expect(shown(A)).toMatchObject({ inRange: false, ended: { reason: 'serviceLost' } })
  })
})

it('without the option only stored networks are listed, and with it those in sight, too, but none that hides its name (N1)', async () => {
  const connman = FakeConnman.typical()
  connman.list(FakeService.network(connman, 'cafe'), { isAnnounced: false })
  const hidden = { Type: 'wifi', Favorite: false, Security: ['psk'] }
  const nameless = new FakeService(connman, 'wifi_0200000000aa_hidden_managed_psk', '10.0.0.1', hidden)
  connman.list(nameless, { isAnnounced: false })
  const names = async (visibleNetworks: boolean) => {
    const { backend } = await open(connman, { visibleNetworks })
    return backend.snapshot().configurations.flatMap(({ wifi, saved }) => (wifi ? [[wifi.ssid, saved]] : []))
  }
  const stored = [
    ['home', true],
    ['work', true],
  ]
  expect(await names(false)).toEqual(stored)
  expect(await names(true)).toEqual([['cafe', false], ...stored])
})
