// What DHCP gives, and how NetworkManager shows it.
import { IP4, IP6 } from './names.mjs'

/**
 * @typedef {object} Lease
 * @property {string} address
 * @property {string} gateway
 * @property {number} prefix
 */

export const NO_ADDRESSES = { AddressData: [], Addresses: [], Gateway: '', RouteData: [], Routes: [] }
const NO_NAMES = { DnsOptions: [], DnsPriority: 0, Domains: [], Nameservers: [], Searches: [] }
const NO_SERVERS = { NameserverData: [], WinsServerData: [], WinsServers: [] }

/** The objects of a device without addresses. @param {{ ip4: string, ip6: string }} paths */
export const emptyConfigs = ({ ip4, ip6 }) => ({
  [ip4]: { [IP4]: { ...NO_ADDRESSES, ...NO_NAMES, ...NO_SERVERS } },
  [ip6]: { [IP6]: { ...NO_ADDRESSES, ...NO_NAMES } },
})

/** The options that NetworkManager's DHCP client asks for. */
const REQUESTED = [
  ...[
    'broadcast_address',
    'domain_name',
    'domain_name_servers',
    'domain_search',
    'host_name',
    'interface_mtu',
  ],
  ...[
    'ms_classless_static_routes',
    'nis_domain',
    'nis_servers',
    'ntp_servers',
    'rfc3442_classless_static_routes',
  ],
  ...['root_path', 'routers', 'static_routes', 'subnet_mask', 'time_offset', 'wpad'],
]

/** @param {Lease} lease @param {string} hardwareAddress of the device @returns {Record<string, string>} */
export const dhcpOptions = ({ address, gateway, prefix }, hardwareAddress) => ({
  ...Object.fromEntries(REQUESTED.map((name) => [`requested_${name}`, '1'])),
  broadcast_address: textOf(numberOf(address) | ~maskOf(prefix)),
  dhcp_client_identifier: `01:${hardwareAddress.toLowerCase()}`,
  dhcp_lease_time: '3600',
  dhcp_server_identifier: gateway,
  expiry: '3600',
  host_name: 'vm',
  ip_address: address,
  next_server: gateway,
  routers: gateway,
  subnet_mask: textOf(maskOf(prefix)),
})

/** @param {Lease} lease @param {number} metric */
export function addressesOf({ address, gateway, prefix }, metric) {
  const network = textOf(numberOf(address) & maskOf(prefix))
  return {
    AddressData: [{ address, prefix }],
    Addresses: [[inMemory(address), prefix, inMemory(gateway)]],
    Gateway: gateway,
    RouteData: [
      { dest: network, prefix, metric },
      { dest: '0.0.0.0', prefix: 0, 'next-hop': gateway, metric },
    ],
    Routes: [[inMemory(network), prefix, 0, metric]],
  }
}

/** @param {number} prefix */
const maskOf = (prefix) => -1 << (32 - prefix)

/** @param {string} address */
const numberOf = (address) => Buffer.from(address.split('.').map(Number)).readInt32BE()

/** @param {number} number */
const textOf = (number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(number)
  return [...bytes].join('.')
}

/** An address as the machine has it in memory, in the order of the network. @param {string} address */
const inMemory = (address) => Buffer.from(address.split('.').map(Number)).readUInt32LE()
