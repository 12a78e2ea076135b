import type { Bearer } from '@roamkit/core/contract'

/** What the name of an interface gives away. */
export interface InterfaceKind {
  readonly bearer: Bearer
  /** Whether such an interface can lead out of the machine, given an address that reaches further than the link. */
  readonly uplink: boolean
}

/**
 * The first pattern that fits decides. A guess is made only where the name is a convention of the system; `unknown` is no
 * harm, a wrong bearer is. Names change nothing but these guesses: anyone may call an interface anything.
 */
const kinds: readonly (readonly [pattern: RegExp, bearer: Bearer, role: 'uplink' | 'inside'])[] = [
  // What containers and virtual machines leave behind merely exists and must not make the host online (rule C9).
  [/^(docker|podman|virbr|lxcbr|lxdbr|incusbr|cni|cilium|flannel|vmnet|vboxnet)/, 'bridge', 'inside'],
  [/^br-[0-9a-f]{12}$/, 'bridge', 'inside'],
  [/^vEthernet \((WSL|Default Switch|nat|DockerNAT)/i, 'bridge', 'inside'],
  [/^(VMware Network Adapter|VirtualBox Host-Only)/i, 'bridge', 'inside'],
  [/^bridge\d{3}$/, 'bridge', 'inside'],
  [/^(veth|cali|lxc|vnet|tap|fwpr|fwln|dummy|ifb|nlmon|kube-)/, 'unknown', 'inside'],
  // Wireless between devices, of macOS and of Windows.
  [/^(awdl|llw|anpi|ap)\d+$|^Local Area Connection\*/, 'unknown', 'inside'],
  // A tunnel keeps its address while what it rides on is down: what it rides on makes the host online, not the tunnel.
  [/^(wg\d|wg-|nordlynx|wt\d)/, 'wireguard', 'inside'],
  [/^(tun\d|utun\d|tailscale|zt|ipsec\d|vti)|vpn/i, 'vpn', 'inside'],
  [/^(sit|gre|gretap|ip6tnl|tunl|gif|stf|vxlan)\d/, 'tunnel', 'inside'],
  [/^Teredo/i, 'tunnel', 'inside'],
  [/^wl/, 'wlan', 'uplink'],
  [/^(Wi-?Fi|WLAN)( \d+)?$/i, 'wlan', 'uplink'],
  // Cellular of some generation: the name does not say which (rule T4). PPP may be anything.
  [/^(ww|rmnet|pdp_ip|Cellular|Mobile)/i, 'cellular', 'uplink'],
  [/^ppp/i, 'unknown', 'uplink'],
  // A telephone on a USB cable.
  [/^(usb|rndis)\d/, 'ethernet', 'uplink'],
  [/^(bnep\d|Bluetooth)/i, 'bluetooth', 'uplink'],
  [/^(bond|team)\d/, 'bond', 'uplink'],
  [/^br\d+$|^bridge\d$/, 'bridge', 'uplink'],
  [/^vlan\d|\.\d+$/, 'vlan', 'uplink'],
  [/^eth\d|^en[a-zA-Z]/, 'ethernet', 'uplink'],
  [/^Ethernet( \d+)?$/i, 'ethernet', 'uplink'],
  // macOS says en0 for Wi-Fi and for a cable alike.
  [/^en\d+$/, 'unknown', 'uplink'],
]

/** Guesses from the name of an interface. */
export function interfaceKind(name: string): InterfaceKind {
  const [, bearer, role] = kinds.find(([pattern]) => pattern.test(name)) ?? [null, 'unknown', 'uplink']
  return { bearer, uplink: role === 'uplink' }
}
