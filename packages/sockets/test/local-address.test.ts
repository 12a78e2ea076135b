import { afterEach, expect, it, vi } from 'vitest'
import { withZone } from '../src/binding/local-address.js'
import { localAddress } from '../src/index.js'

const LINK = {
  name: 'Ethernet 2',
  index: 7,
  hardwareAddress: null,
  mtu: null,
  addresses: ['192.0.2.2/24', 'fe80::2/64', '2001:db8::2/64'],
  gateways: [],
  dns: [],
  searchDomains: [],
}

afterEach(() => vi.restoreAllMocks())

it.each([
  ['linux', 'fe80::2%Ethernet 2', 'fe80::1%Ethernet 2'],
  ['darwin', 'fe80::2%Ethernet 2', 'fe80::1%Ethernet 2'],
  // libuv reads a number there, and takes a name for zone 0. Node does not even take one with a space.
  ['win32', 'fe80::2%7', 'fe80::1%7'],
] as const)('on %s the zone of a link-local address is what the system takes', (system, own, remote) => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(system)
  expect(localAddress(LINK, 'fe80::1')).toBe(own)
  expect(withZone(LINK, 'fe80::1')).toBe(remote)
  expect(withZone(LINK, 'fe80::1%other')).toBe('fe80::1%other')
  expect(localAddress(LINK, '2001:db8::1')).toBe('2001:db8::2')
})
