import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ssidText } from '@roamkit/core/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busAddresses, systemBusAddress } from '../src/bus/bus-address.js'
import { hasCounters, readCounters, readIndex } from '../src/kernel-files.js'
import { endReason, KEY_REFUSED, RADIO_OFF } from '../src/networkmanager/objects/reason.js'
import { hasDefaultRoute } from '../src/networkmanager/translate/addresses.js'
import { bearerOf } from '../src/networkmanager/translate/bearer.js'
import { hardwareAddress, interfaceFacts, ipv6Text } from '../src/networkmanager/translate/interface-facts.js'
import { sent } from './as-sent.js'

describe('a bus address', () => {
  it.each([
    ['unix:path=/run/dbus/system_bus_socket', [{ path: '/run/dbus/system_bus_socket' }]],
    ['unix:socket=/x', [{ path: '/x' }]],
    ['unix:path=/with%20space,guid=0123', [{ path: '/with space' }]],
    ['unix:path=/a%3ab%3bc%2cd%3de', [{ path: '/a:b;c,d=e' }]],
    ['unix:path=/k%c3%b6nig', [{ path: '/könig' }]],
    ['unix:path=/a=b', [{ path: '/a=b' }]],
    ['unix:abstract=/a;unix:path=/b', [{ path: '/b' }]],
    ['unix:tmpdir=/tmp;unix:path=/b', [{ path: '/b' }]],
    ['unix:path=/a;unix:path=/b', [{ path: '/a' }, { path: '/b' }]],
    ['tcp:host=localhost,port=1234', [{ host: 'localhost', port: 1234 }]],
  ])('%s is opened as %j', (address, expected) => {
    expect(busAddresses(address).map(({ socket }) => socket)).toEqual(expected)
  })

  it('is reported as it was written', () => {
    expect(busAddresses('unix:path=/a%20b;unix:path=/c').map(({ text }) => text)).toEqual([
      'unix:path=/a%20b',
      'unix:path=/c',
    ])
  })

  it.each([
    ['', 'empty'],
    ['unixexec:path=/bin/sh', 'unixexec'],
    ['unix:path=/a%', 'escaped'],
    ['unix:path=/a%zz', 'escaped'],
    ['unix:path=/a%ff', 'escaped'],
    ['unix:path=/a%00', 'zero byte'],
    ['nonsense', 'transport'],
    ['unix:tmpdir=/tmp', 'no socket'],
    ['unix:abstract=/a', 'abstract sockets'],
    ['tcp:host=localhost', 'no port'],
    ['tcp:host=localhost,port=99999', 'no port'],
  ])('%j is refused with ERR_BUS_ADDRESS', (address, why) => {
    expect(() => busAddresses(address)).toThrow(expect.objectContaining({ code: 'ERR_BUS_ADDRESS' }))
    expect(() => busAddresses(address)).toThrow(why)
  })

  it('comes from the environment, else from the well-known places', () => {
    expect(systemBusAddress({ DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/x' })).toBe('unix:path=/x')
    expect(busAddresses(systemBusAddress({})).map(({ socket }) => socket)).toEqual([
      { path: '/run/dbus/system_bus_socket' },
      { path: '/var/run/dbus/system_bus_socket' },
    ])
  })
})

describe('the end of an activation', () => {
  it.each([
    [3, 39, 'requested', 'user-requested'],
    [3, 40, 'carrierLost', 'carrier'],
    [3, 17, 'addressFailed', 'dhcp-failed'],
    [3, 60, 'deviceTaken', 'new-activation'],
    [2, 0, 'requested', 'user-disconnected'],
    [9, 7, 'secretMissing', 'no-secrets'],
    [3, KEY_REFUSED, 'secretWrong', 'no-secrets'],
    [9, KEY_REFUSED, 'secretWrong', 'no-secrets'],
    [3, RADIO_OFF, 'radioOff', 'unavailable'],
    [10, 0, 'secretWrong', 'login-failed'],
    [14, 36, 'deviceGone', 'device-removed'],
    [12, 50, 'baseLost', 'dependency-failed'],
    [6, 0, 'timedOut', 'connect-timeout'],
    [3, 53, 'outOfRange', 'ssid-not-found'],
    [3, 0, 'other', 'device-disconnected'],
    [3, 68, 'other', 'device-handler-failed'],
    [3, 69, 'deviceGone', 'unmanaged-by-default'],
    [3, 72, 'serviceLost', 'unmanaged-quitting'],
    [3, 73, 'deviceGone', 'unmanaged-sleeping'],
    [3, 75, 'deviceGone', 'unmanaged-user-explicit'],
    [3, 77, 'deviceGone', 'unmanaged-user-udev'],
    [3, 79, 'outOfRange', 'modem-no-operator-code'],
    [3, 999, 'other', 'device-reason-999'],
    [0, 1, 'other', null],
  ])('active %i, device %i: %s (%s)', (active, device, reason, native) => {
    expect(endReason(active, device)).toEqual({ reason, native })
  })
})

it.each([
  ['802-3-ethernet', 0, 'ethernet'],
  ['veth', 0, 'ethernet'],
  ['802-11-wireless', 0, 'wlan'],
  ['gsm', 0x4, '3G'],
  ['gsm', 0xc, 'lte'],
  ['gsm', 0x4c, '5G'],
  ['gsm', 0, 'cellular'],
  ['gsm', 0x1, 'cellular'],
  ['cdma', 0, 'cdma2000'],
  ['wifi-p2p', 0, 'unknown'],
  // Names that every object has.
  ['__proto__', 0, 'unknown'],
  ['constructor', 0, 'unknown'],
  ['toString', 0, 'unknown'],
])('a profile of type %s with modem capabilities %i is borne by %s', (type, capabilities, bearer) => {
  expect(bearerOf(type, sent({ CurrentCapabilities: capabilities }))).toBe(bearer)
})

describe('an SSID', () => {
  it.each([
    [Buffer.from('plain'), 'plain'],
    [Buffer.from('café ☕'), 'café ☕'],
    [Buffer.from([0x61, 0xff, 0x5c, 0x62]), 'a\\xff\\x5cb'],
  ])('%j reads %s', (bytes, text) => {
    expect(ssidText(bytes)).toBe(text)
  })
})

describe('an IPv6 address', () => {
  it.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe800000000000000000000000000000', 'fe80::'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010000000000010000000000010001', '2001::1:0:0:1:1'],
    ['20010db8000100010001000100010001', '2001:db8:1:1:1:1:1:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['00010000000000000000000000000000', '1::'],
    ['10000000000200000000000000000010', '1000:0:2::10'],
  ])('%s reads %s', (hex, text) => {
    expect(ipv6Text(Buffer.from(hex, 'hex'))).toBe(text)
  })

  it('is how name servers are reported', () => {
    const ip6 = sent({
      Nameservers: [Uint8Array.from(Buffer.from('20010db8000000000000000000000053', 'hex'))],
    })
    const facts = interfaceFacts({
      device: sent({ Interface: 'cdc-wdm0', IpInterface: 'wwan0' }),
      ip4: undefined,
      ip6,
      index: 4,
    })
    expect(facts).toMatchObject({
      name: 'wwan0',
      index: 4,
      dns: ['2001:db8::53'],
      hardwareAddress: null,
      mtu: null,
    })
  })
})

it('a point-to-point link has a default route and no gateway, which NetworkManager spells with zeros', () => {
  const device = sent({ Interface: 'ppp0' })
  const [ip4, ip6] = [sent({ Gateway: '0.0.0.0' }), sent({ Gateway: '::' })]
  expect(interfaceFacts({ device, ip4, ip6, index: 2 })?.gateways).toEqual([])
  const other = interfaceFacts({ device, ip4: sent({ Gateway: '10.0.0.1' }), ip6, index: 2 })
  expect(other?.gateways).toEqual(['10.0.0.1'])
})

it.each([
  [{ dest: '0.0.0.0', prefix: 0 }, true],
  [{ dest: '::', prefix: 0, table: 254 }, true],
  [{ dest: '::', prefix: 0, table: 0 }, true],
  [{ dest: '0.0.0.0', prefix: 0, table: 100 }, false],
  [{ dest: '0.0.0.0', prefix: 0, type: 'unreachable' }, false],
  [{ dest: '10.0.0.0', prefix: 8 }, false],
])('T1: the route %j leads everywhere, without any rule: %s', (route, isDefault) => {
  expect(hasDefaultRoute([sent(route)])).toBe(isDefault)
})

it('a domain that only routes queries to name servers (~) is not one to search', () => {
  const device = sent({ Interface: 'eth0' })
  const ip4 = sent({ Searches: ['example', '~corp.example', '~.'], Domains: ['lease.example', 'example'] })
  const facts = interfaceFacts({ device, ip4, ip6: undefined, index: 2 })
  expect(facts?.searchDomains).toEqual(['example', 'lease.example'])
})

it.each([
  ['02:00:00:00:00:0A', '02:00:00:00:00:0a'],
  [
    '80:00:02:08:FE:80:00:00:00:00:00:00:F4:52:14:03:00:7B:CB:A1',
    '80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1',
  ],
  ['00:00:00:00:00:00', null],
  // The local end of an IPv4 tunnel (ipip, sit, gre), and of an IPv6 tunnel.
  ['0A:5B:00:01', null],
  ['20:01:0D:B8:00:00:00:00:00:00:00:00:00:00:00:01', null],
  ['', null],
  ['02-00-00-00-00-0A', null],
])('the hardware address %j reads %s', (said, address) => {
  expect(hardwareAddress(said)).toBe(address)
})

describe('the kernel’s files', () => {
  let sys: string
  beforeAll(() => {
    sys = mkdtempSync(join(tmpdir(), 'roamkit-sys-'))
    mkdirSync(join(sys, 'class/net/eth0/statistics'), { recursive: true })
    writeFileSync(join(sys, 'class/net/eth0/ifindex'), '12\n')
    writeFileSync(join(sys, 'class/net/eth0/statistics/rx_bytes'), '1000\n')
    writeFileSync(join(sys, 'class/net/eth0/statistics/tx_bytes'), '2000\n')
  })
  afterAll(() => rmSync(sys, { recursive: true }))

  it('show index and counters', () => {
    expect([hasCounters(sys), readIndex(sys, 'eth0'), readCounters(sys, 'eth0')]).toEqual([
      true,
      12,
      { received: 1000, written: 2000 },
    ])
  })

  it.each([
    'gone0',
    '..',
    '.',
    '',
    '../../../etc',
    'a/b',
    'a name',
    'far-too-long-name',
    'eth0\0',
    '\0',
    'büüüüüüüüüü0',
  ])('say nothing of %j', (name) => {
    expect([readIndex(sys, name), readCounters(sys, name)]).toEqual([null, null])
  })

  it('show the index of a name with other letters (T6)', () => {
    mkdirSync(join(sys, 'class/net/büro0|x'), { recursive: true })
    writeFileSync(join(sys, 'class/net/büro0|x/ifindex'), '13\n')
    expect(readIndex(sys, 'büro0|x')).toBe(13)
  })

  it('are missing elsewhere', () => {
    expect(hasCounters('/nowhere')).toBe(false)
  })
})
