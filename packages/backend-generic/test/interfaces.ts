import type { NetworkInterfaceInfo } from 'node:os'

/** One address of an interface, as `os.networkInterfaces` reports it. */
export function address(
  cidr: string,
  facts: { mac?: string; scopeid?: number; internal?: boolean } = {},
): NetworkInterfaceInfo {
  const [bare = '', prefix = ''] = cidr.split('/')
  const common = {
    address: bare,
    netmask: `/${prefix}`,
    mac: facts.mac ?? '02:00:00:00:00:01',
    internal: facts.internal ?? false,
    cidr,
  }
  return bare.includes(':')
    ? { ...common, family: 'IPv6', scopeid: facts.scopeid ?? 0 }
    : { ...common, family: 'IPv4' }
}

/** The loopback, which every machine has. */
export const loopback = {
  lo: [
    address('127.0.0.1/8', { internal: true, mac: '00:00:00:00:00:00' }),
    address('::1/128', { internal: true, mac: '00:00:00:00:00:00' }),
  ],
}
