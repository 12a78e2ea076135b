import type { Bearer } from '@roamkit/core/contract'
import type { KernelLink } from './rtnetlink.js'

/** What the kernel says about the kind of an interface. */
export interface LinkKind {
  readonly bearer: Bearer
  /** `elsewhere`: it can lead to other networks. `tunnel`: it rides on another link (rule T2). `nowhere`: neither (rule C9). */
  readonly leads: 'elsewhere' | 'tunnel' | 'nowhere'
}

/** By `IFLA_INFO_KIND`. A kind that is missing here says nothing about the bearer. */
const KINDS: ReadonlyMap<string, LinkKind> = new Map([
  ...(['bridge', 'bond', 'vlan'] as const).map((kind) => [kind, elsewhere(kind)] as const),
  ['team', elsewhere('bond')],
  ['openvswitch', elsewhere('bridge')],
  // Each has an address of its own on the network of the interface below, as a VLAN has.
  ...['macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec'].map((kind) => [kind, elsewhere('vlan')] as const),
  // They work like an Ethernet, whatever is at the other end.
  ...['veth', 'netkit', 'dsa'].map((kind) => [kind, elsewhere('ethernet')] as const),
  ...['wwan', 'rmnet'].map((kind) => [kind, elsewhere('cellular')] as const),
  ['bareudp', tunnel('tunnel')],
  ['wireguard', tunnel('wireguard')],
  ...['tun', 'ovpn', 'ovpn-dco'].map((kind) => [kind, tunnel('vpn')] as const),
  ...['xfrm', 'vti', 'vti6', 'ipip', 'ip6tnl', 'sit', 'gre', 'gretap', 'ip6gre', 'ip6gretap', 'erspan'].map(
    (kind) => [kind, tunnel('tunnel')] as const,
  ),
  ...['ip6erspan', 'vxlan', 'geneve', 'gtp', 'l2tpeth', 'amt'].map(
    (kind) => [kind, tunnel('tunnel')] as const,
  ),
  ...['dummy', 'ifb', 'nlmon', 'vrf', 'vcan', 'vxcan'].map((kind) => [kind, nowhere()] as const),
])

/** The kernel's number of hardware with frames of Ethernet. */
export const ARPHRD_ETHER = 1

/**
 * The kind of an interface (rule T4).
 *
 * @param deviceType reads the `DEVTYPE` of its device, such as `wlan` or `wwan`; `null` if it has none
 */
export function linkKind(
  { kind, hardware }: Pick<KernelLink, 'kind' | 'hardware'>,
  deviceType: () => string | null,
): LinkKind {
  const known = KINDS.get(kind)
  if (known) return known
  switch (deviceType()) {
    case 'wlan':
      return elsewhere('wlan')
    case 'wwan':
      return elsewhere('cellular')
    case 'bluetooth':
      return elsewhere('bluetooth')
  }
  // PPP may be DSL, a modem or a tunnel.
  return elsewhere(kind === '' && hardware === ARPHRD_ETHER ? 'ethernet' : 'unknown')
}

/**
 * Whether the interfaces below such a one are ports of it, which are not opened by themselves (rule T3). A VRF only chooses the table of
 * routes of the interfaces that belong to it.
 */
export function hasPorts(kind: string): boolean {
  return kind !== 'vrf'
}

function elsewhere(bearer: Bearer): LinkKind {
  return { bearer, leads: 'elsewhere' }
}

function tunnel(bearer: Bearer): LinkKind {
  return { bearer, leads: 'tunnel' }
}

function nowhere(): LinkKind {
  return { bearer: 'unknown', leads: 'nowhere' }
}
