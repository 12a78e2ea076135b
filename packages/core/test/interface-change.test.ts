import { describe, expect, it } from 'vitest'
import type { LinkInterface } from '../src/contract/index.js'
import { interfaceChange, lostAddresses } from '../src/world/interface-change.js'

const link = (...addresses: readonly string[]): LinkInterface => ({
  name: 'eth0',
  index: 2,
  hardwareAddress: null,
  mtu: 1500,
  addresses,
  gateways: ['10.0.0.1'],
  dns: ['10.0.0.1'],
  searchDomains: [],
})

describe('T7: a change of the interface in use', () => {
  it.each([
    ['another IPv4 address', ['10.0.0.2/24'], ['10.0.1.2/24'], ['10.0.0.2']],
    ['one IPv4 address less', ['10.0.0.2/24', '10.0.0.3/24'], ['10.0.0.3/24'], ['10.0.0.2']],
    ['another prefix length', ['10.0.0.2/24'], ['10.0.0.2/16'], []],
    ['an IPv6 network more', ['10.0.0.2/24'], ['10.0.0.2/24', '2001:db8::2/64'], []],
    ['another IPv6 network', ['2001:db8:0:1::2/64'], ['2001:db8:0:2::2/64'], ['2001:db8:0:1::2']],
    ['the only address of an IPv6 network', ['2001:db8::2/64'], ['2001:db8::3/64'], ['2001:db8::2']],
    [
      'an address whose fellow is in another network',
      ['2001:db8::2/64', '2001:db8:1::2/64'],
      ['2001:db8:1::2/64'],
      ['2001:db8::2'],
    ],
    [
      'with link-local ones beside',
      ['10.0.0.2/24', 'fe80::1/64'],
      ['10.0.1.2/24', 'fe80::2/64'],
      ['10.0.0.2'],
    ],
    ['every address', ['10.0.0.2/24', '169.254.3.4/16'], [], ['10.0.0.2']],
  ])('%s is one', (_, before, after, gone) => {
    expect(interfaceChange(link(...before), link(...after))?.addressesGone).toEqual(gone)
  })

  it.each([
    ['the same addresses', ['10.0.0.2/24'], ['10.0.0.2/24']],
    ['the same in another order', ['10.0.0.2/24', '10.0.0.3/24'], ['10.0.0.3/24', '10.0.0.2/24']],
    ['fe80::/10 that comes', ['10.0.0.2/24'], ['10.0.0.2/24', 'fe80::1/64']],
    ['FEBF:: that goes', ['10.0.0.2/24', 'FEBF::1/64'], ['10.0.0.2/24']],
    ['169.254/16 that goes', ['10.0.0.2/24', '169.254.3.4/16'], ['10.0.0.2/24']],
    ['a privacy address that comes', ['2001:db8::2/64'], ['2001:db8::2/64', '2001:db8::abcd:1/64']],
    ['one that goes', ['2001:db8:0:0::2/64', '2001:db8::abcd:1/64'], ['2001:db8:0:0::2/64']],
    [
      'one that takes the place of another',
      ['2001:db8::2/64', '2001:db8::a/64'],
      ['2001:db8::2/64', '2001:db8::b/64'],
    ],
    ['the loopback network', ['::1/128', '::2/128'], ['::1/128']],
  ])('%s are none', (_, before, after) => {
    expect(interfaceChange(link(...before), link(...after))).toBeNull()
  })

  it('other gateways, other DNS servers, another name is one; another index, MTU or search domain is none', () => {
    const before = link('10.0.0.2/24')
    for (const facts of [
      { gateways: ['10.0.0.9'] },
      { gateways: [] },
      { dns: ['9.9.9.9'] },
      { name: 'eth1' },
    ])
      expect(interfaceChange(before, { ...before, ...facts })).toEqual({ addressesGone: [] })
    for (const facts of [{ index: 3 }, { mtu: 9000 }, { searchDomains: ['example.org'] }])
      expect(interfaceChange(before, { ...before, ...facts })).toBeNull()
  })
})

describe('T7: the addresses that an interface no longer has', () => {
  it.each([
    ['one that is gone', ['10.0.0.2/24', '10.0.0.3/24'], ['10.0.0.3/24'], ['10.0.0.2']],
    ['none if only the prefix length is another one', ['10.0.0.2/24'], ['10.0.0.2/16'], []],
    ['none if there are more', ['10.0.0.2/24'], ['10.0.0.2/24', '10.0.0.3/24'], []],
    ['not the link-local ones', ['fe80::1/64', '169.254.1.2/16', '10.0.0.2/24'], [], ['10.0.0.2']],
    [
      'no IPv6 address beside one in its network',
      ['2001:db8::2/64', '2001:db8::3/64'],
      ['2001:db8::3/64'],
      [],
    ],
    [
      'an IPv6 address beside one in another network',
      ['2001:db8::2/64', '2001:db8:0:1::3/64'],
      ['2001:db8:0:1::3/64'],
      ['2001:db8::2'],
    ],
    ['an IPv6 address beside a new one', ['2001:db8::2/64'], ['2001:db8::3/64'], ['2001:db8::2']],
  ])('%s', (_, before, after, lost) => {
    expect(lostAddresses(before, after)).toEqual(lost)
  })

  it.each([
    ['2001:db8:0:1:5:6:7:8', '2001:db8:0:1::9', 'same'],
    ['2001::1:2:3:4:5', '2001:0:0:1::9', 'same'],
    ['2001::1:2:3:4:5', '2001::9', 'other'],
    ['::5:6:7:8', '0:0:0:0::9', 'same'],
    ['2001:db8:0:1::', '2001:db8:0:1::9', 'same'],
    ['2001:0db8::1', '2001:db8::9', 'same'],
    ['10::5', '10.0.0.2', 'other'],
    ['10.0.0.2', '10::5', 'other'],
  ] as const)('%s and %s are in the %s network', (gone, stays, expected) => {
    expect(lostAddresses([`${gone}/64`, `${stays}/64`], [`${stays}/64`])).toEqual(
      expected === 'same' ? [] : [gone],
    )
  })

  it('a change of the number of DNS servers is one', () => {
    const one = link('10.0.0.2/24')
    const two = { ...one, dns: [...one.dns, '10.0.0.9'] }
    expect(interfaceChange(one, two)).toEqual({ addressesGone: [] })
    expect(interfaceChange(two, one)).toEqual({ addressesGone: [] })
  })
})
