import { describe, expect, it } from 'vitest'
import { readDescription } from '../../src/networkd/description.js'
import { ADDRESS4, ADDRESS6, bytes6, captured, DEFAULT_ROUTE, described } from './links.js'

describe('what networkd says of a link', () => {
  it('is read as a real one has said it', () => {
    expect(described()).toEqual({
      index: 2,
      name: 'eth-a',
      kind: 'veth',
      type: 'ether',
      master: null,
      mtu: 1500,
      hardwareAddress: '02:00:00:00:00:01',
      setup: 'configured',
      carrierState: 'carrier',
      policy: 'up',
      networkFile: '/nowhere/10-lab-a.network',
      addresses: ['10.91.0.64/24', 'fe80::ff:fe00:1/64'],
      defaultRoutes: [{ family: 4, gateway: '10.91.0.1', metric: 100 }],
      dns: ['10.91.0.1'],
      searchDomains: ['lab.example'],
      ssid: null,
      bssid: null,
    })
  })

  it.each([
    ['an IPv4 tunnel', [10, 91, 0, 1], null],
    ['an IPv6 tunnel', bytes6(0x20), null],
    ['an interface without one', [0, 0, 0, 0, 0, 0], null],
    ['a wire', [2, 0, 0, 0, 0, 10], '02:00:00:00:00:0a'],
  ])('has the hardware address of %s', (_what, HardwareAddress, address) => {
    expect(described({ HardwareAddress }).hardwareAddress).toBe(address)
  })

  it.each([
    ['is set, but not yet by the kernel', { ConfigState: 'requesting' }],
    ['is being removed', { ConfigState: 'configured,removing' }],
    ['may be a duplicate', { Flags: 0x40 }],
    ['is a duplicate', { Flags: 0x88 }],
    ['has a prefix that is too long', { PrefixLength: 33 }],
    ['has too few bytes', { Address: [10, 91, 0] }],
    ['has a byte that is none', { Address: [10, 91, 0, 256] }],
  ])('leaves out an address that %s', (_what, changes) => {
    expect(described({ Addresses: [{ ...ADDRESS4, ...changes }] }).addresses).toEqual([])
  })

  it('has an address that may be a duplicate if programs may use it already', () => {
    expect(described({ Addresses: [{ ...ADDRESS6, Flags: 0x44 }] }).addresses).toEqual(['fe80::ff:fe00:1/64'])
  })

  it('has its addresses in the same order, whatever the order of the answer', () => {
    const other = { ...ADDRESS4, Address: [10, 91, 0, 7] }
    const expected = ['10.91.0.64/24', '10.91.0.7/24', 'fe80::ff:fe00:1/64']
    expect(described({ Addresses: [other, ADDRESS6, ADDRESS4] }).addresses).toEqual(expected)
    expect(described({ Addresses: [ADDRESS4, other, ADDRESS6] }).addresses).toEqual(expected)
  })

  it.each([
    ['of another table', { Table: 100 }],
    ['that leads nowhere', { TypeString: 'unreachable' }],
    ['that is being removed', { ConfigState: 'configured,removing' }],
    ['to one network', { DestinationPrefixLength: 8 }],
    ['without a metric', { Priority: 'best' }],
  ])('has no default route in a route %s', (_what, changes) => {
    expect(described({ Routes: [{ ...DEFAULT_ROUTE, ...changes }] }).defaultRoutes).toEqual([])
  })

  it('has the default routes of both families, and one without a gateway', () => {
    const six = { ...DEFAULT_ROUTE, Destination: bytes6(0), Gateway: bytes6(0xfe), Priority: 1024 }
    const bare = { ...DEFAULT_ROUTE, Gateway: undefined, Priority: 0 }
    expect(described({ Routes: [six, bare] }).defaultRoutes).toEqual([
      { family: 6, gateway: 'fe00::', metric: 1024 },
      { family: 4, gateway: null, metric: 0 },
    ])
  })

  it.each([
    ['no text', 7],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no name', JSON.stringify(captured({ Name: '' }))],
    ['no state', JSON.stringify(captured({ AdministrativeState: undefined }))],
    ['an index that is none', JSON.stringify(captured({ Index: 2 ** 31 }))],
    ['inherited members only', '{"__proto__":{"Index":2,"Name":"eth-a","AdministrativeState":"configured"}}'],
  ])('is nothing if it is %s', (_what, json) => {
    expect(readDescription(json)).toBeNull()
  })

  it('leaves out every member of another type', () => {
    const names = Object.keys(captured()).filter(
      (name) => !['Index', 'Name', 'AdministrativeState'].includes(name),
    )
    for (const value of [null, 0, -1, 1.5, 'text', true, {}, [], [null], [[]], [{}], [{ Address: {} }]])
      expect(described(Object.fromEntries(names.map((name) => [name, value])))).toMatchObject({
        addresses: [],
        defaultRoutes: [],
        dns: [],
        hardwareAddress: null,
      })
  })
})
