import type { Bearer } from '@roamkit/core/contract'

/** What the name of an interface suggests. */
export interface InterfaceKind {
  /** The kind of link. */
  readonly bearer: Bearer
  /** Whether such an interface can be an uplink, if it has an address beyond link-local. */
  readonly uplink: boolean
}

/**
 * The first pattern that matches decides. A pattern is listed only if a system uses the name by convention, because `unknown` does no harm
 * but a wrong bearer does. Names affect nothing but this guess: an interface may have any name.
 */
const kinds: readonly (readonly [pattern: RegExp, bearer: Bearer, role: 'uplink' | 'inside'])[] = [
  // Bridges of containers and virtual machines always exist, and must not make the host online (rule C9).
  [/^(docker|podman|virbr|lxcbr|lxdbr|incusbr|cni|cilium|flannel|vmnet|vboxnet)/, 'bridge', 'inside'],
  [/^br-[0-9a-f]{12}$/, 'bridge', 'inside'],
  [/^vEthernet \((WSL|Default Switch|nat|DockerNAT)/i, 'bridge', 'inside'],
  [/^(VMware Network Adapter|VirtualBox Host-Only)/i, 'bridge', 'inside'],
  [/^bridge\d{3}$/, 'bridge', 'inside'],
  [/^(veth|cali|lxc|vnet|tap|fwpr|fwln|dummy|ifb|nlmon|kube-)/, 'unknown', 'inside'],
  // Device-to-device wireless of macOS, Linux and Windows. Windows translates the name, but puts a star in it, which no name of a user has.
  [/^(awdl|llw|anpi|ap)\d+$|^p2p|\* \d+$/, 'unknown', 'inside'],
  // A tunnel keeps its address while the link below it is down, so only that link makes the host online.
  [/^(wg\d|wg-|nordlynx|wt\d)/, 'wireguard', 'inside'],
  [/^(tun\d|utun\d|tailscale|zt|ipsec\d|vti)|vpn/i, 'vpn', 'inside'],
  [/^(sit|gre|gretap|ip6tnl|tunl|gif|stf|vxlan)\d/, 'tunnel', 'inside'],
  [/^Teredo/i, 'tunnel', 'inside'],
  [/^wl/, 'wlan', 'uplink'],
  [/^(Wi-?Fi|WLAN)( \d+)?$/i, 'wlan', 'uplink'],
  // The name does not show the cellular generation (rule T4). PPP may be anything.
  [/^(ww|rmnet|pdp_ip|Cellular|Mobile)/i, 'cellular', 'uplink'],
  [/^ppp/i, 'unknown', 'uplink'],
  // A phone tethered over USB.
  [/^(usb|rndis)\d/, 'ethernet', 'uplink'],
  [/^(bnep\d|Bluetooth)/i, 'bluetooth', 'uplink'],
  [/^(bond|team)\d/, 'bond', 'uplink'],
  [/^br\d+$|^bridge\d$/, 'bridge', 'uplink'],
  [/^vlan\d|\.\d+$/, 'vlan', 'uplink'],
  [/^eth\d|^en[a-zA-Z]/, 'ethernet', 'uplink'],
  [/^Ethernet( \d+)?$/i, 'ethernet', 'uplink'],
  // macOS uses en0 for both Wi-Fi and cables.
  [/^en\d+$/, 'unknown', 'uplink'],
]

/** Guesses the kind of an interface from its name. */
export function interfaceKind(name: string): InterfaceKind {
  const [, bearer, role] = kinds.find(([pattern]) => pattern.test(name)) ?? [null, 'unknown', 'uplink']
  return { bearer, uplink: role === 'uplink' }
}
