import { isIP } from 'node:net'
import { describe, expect, it } from 'vitest'
import { inOrder } from '../src/names/address-order.js'
import { loopback } from './names-servers.js'

function order(sources: readonly string[], addresses: readonly string[]): readonly string[] {
  const targets = addresses.map(
    (address) => ({ address, family: isIP(address.replace(/%.*/, '')) === 6 ? 6 : 4 }) as const,
  )
  return inOrder(loopback({ addresses: sources }), targets).map(({ address }) => address)
}

const V4 = '192.0.2.7/24'
const V6 = '2001:db8::7/64'
const ULA = 'fd00::7/64'
const LOCAL = 'fe80::7/64'

describe('the order of addresses (RFC 6724)', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      'rule 1: a family that the link lacks comes last',
      [V4],
      ['2001:db8::1', '192.0.2.1'],
      ['192.0.2.1', '2001:db8::1'],
    ],
    ['rule 1: IPv4 likewise', [V6], ['192.0.2.1', '2001:db8::1'], ['2001:db8::1', '192.0.2.1']],
    ['rule 1: it keeps what no address reaches', [], ['192.0.2.1', '192.0.2.2'], ['192.0.2.1', '192.0.2.2']],
    [
      'rule 2: link-local IPv6 alone is not enough for global IPv6',
      [LOCAL, V4],
      ['2001:db8::1', '192.0.2.1'],
      ['192.0.2.1', '2001:db8::1'],
    ],
    [
      'rule 2: nor is link-local IPv4 for global IPv4',
      ['169.254.1.7/16', V6],
      ['192.0.2.1', '2001:db8::1'],
      ['2001:db8::1', '192.0.2.1'],
    ],
    [
      'rule 2: private IPv4 is global',
      ['10.0.0.7/8', LOCAL],
      ['2001:db8::1', '192.0.2.1'],
      ['192.0.2.1', '2001:db8::1'],
    ],
    [
      'rule 5: a ULA prefers IPv4 for a global host',
      [ULA, V4],
      ['2001:db8::1', '192.0.2.1'],
      ['192.0.2.1', '2001:db8::1'],
    ],
    [
      'rule 5: a ULA prefers a host with a ULA',
      [ULA],
      ['2001:db8::1', 'fd00::1'],
      ['fd00::1', '2001:db8::1'],
    ],
    [
      'rule 5: with both, each address has its own source',
      [ULA, V6, V4],
      ['192.0.2.1', 'fd00::1', '2001:db8::1'],
      ['2001:db8::1', '192.0.2.1', 'fd00::1'],
    ],
    [
      'rule 5: 6to4 and Teredo come after IPv4',
      [V6, V4],
      ['2002:c000:201::1', '2001:0:1::1', '192.0.2.1'],
      ['192.0.2.1', '2002:c000:201::1', '2001:0:1::1'],
    ],
    ['rule 6: global IPv6, then IPv4', [V4, V6], ['192.0.2.1', '2001:db8::1'], ['2001:db8::1', '192.0.2.1']],
    ['rule 6: the loopback first', ['127.0.0.1/8', '::1/128'], ['127.0.0.1', '::1'], ['::1', '127.0.0.1']],
    [
      'rule 8: the smaller scope first',
      [LOCAL, V6],
      ['2001:db8::1', 'fe80::1%lo'],
      ['fe80::1%lo', '2001:db8::1'],
    ],
    [
      'rule 10: otherwise the order stays',
      [V4, V6],
      ['192.0.2.3', '192.0.2.1', '192.0.2.2'],
      ['192.0.2.3', '192.0.2.1', '192.0.2.2'],
    ],
    [
      'site-local addresses are old',
      [V6, 'fec0::7/64'],
      ['fec0::1', '2001:db8::1'],
      ['2001:db8::1', 'fec0::1'],
    ],
    ['each address comes once', [V4], ['192.0.2.1', '192.0.2.1'], ['192.0.2.1']],
  ])('%s', (_rule, sources, addresses, expected) => {
    expect(order(sources, addresses)).toEqual(expected)
  })

  it('does not depend on the order of the addresses of the link', () => {
    const addresses = ['fd00::1', '192.0.2.1', '2001:db8::1', 'fe80::1%lo']
    expect(order([ULA, LOCAL, V6, V4], addresses)).toEqual(order([V4, V6, LOCAL, ULA], addresses))
  })
})
