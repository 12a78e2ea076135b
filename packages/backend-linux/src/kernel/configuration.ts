import { isLinkLocal, isLoopback } from '@roamkit/core/backend-kit'
import type { LinkConfiguration, LinkInterface, Permission } from '@roamkit/core/contract'
import type { LinkKind } from './link-kind.js'
import type { LinkState } from './link-phase.js'
import type { DefaultRoute, KernelAddress, KernelLink } from './rtnetlink.js'

/** What a configuration is made of. */
export interface ConfigurationFacts {
  readonly id: string
  readonly link: KernelLink
  readonly kind: LinkKind
  readonly state: LinkState
  readonly addresses: readonly KernelAddress[]
  /** The default routes through this interface, best first. */
  readonly routes: readonly DefaultRoute[]
  /** The id of the configuration below a tunnel; `null` if it is unknown. */
  readonly over: string | null
  /** Whether this program may switch interfaces on and off. */
  readonly control: Permission
  /** What it was when the link was up. */
  readonly wasUplink: boolean
}

/** An address that a program can bind to and that others can reach: the link has what it needs to be up. */
export function isUsable({ cidr, family, isBindable }: KernelAddress): boolean {
  return isBindable && !isLoopback(cidr) && !(family === 6 && isLinkLocal(cidr))
}

/** An interface in the terms of the contract. */
export function configurationOf(facts: ConfigurationFacts): LinkConfiguration {
  const { id, link, kind, state, control } = facts
  const isUp = state.link === 'up'
  // While it is off, the kernel does not know whether there is a network on the other side.
  const inRange = link.isUp ? link.isRunning || state.link === 'activating' : null
  const reaching = facts.addresses.filter((address) => isUsable(address) && !isLinkLocal(address.cidr))
  return {
    id,
    name: link.name,
    bearer: kind.bearer,
    purpose: 'unknown',
    saved: true,
    uplink: isUp ? kind.leads === 'elsewhere' && hasWayOut(facts.routes, reaching) : facts.wasUplink,
    // On already, and without a carrier: to switch it on would change nothing.
    activate: control === 'yes' && inRange === false ? 'unknown' : control,
    deactivate: control,
    inRange,
    carrier: state.carrier,
    link: state.link,
    activation: state.activation?.name ?? null,
    ended: state.ended,
    device: link.name,
    over: facts.over,
    network: null,
    point: null,
    interface: link.isUp ? interfaceOf(facts) : null,
    proxy: null,
    wifi: null,
    signal: null,
    metered: null,
    connectivity: isUp && reaching.length === 0 ? 'limited' : 'unknown',
    portal: null,
  }
}

/** A default route, and an address of the same family that reaches further than the link (rule T1). */
function hasWayOut(routes: readonly DefaultRoute[], reaching: readonly KernelAddress[]): boolean {
  return routes.some((route) => reaching.some(({ family }) => family === route.family))
}

function interfaceOf({ link, addresses, routes }: ConfigurationFacts): LinkInterface {
  return {
    name: link.name,
    index: link.index,
    hardwareAddress: link.hardwareAddress,
    mtu: link.mtu,
    addresses: addresses.filter(({ isBindable }) => isBindable).map(({ cidr }) => cidr),
    gateways: [...new Set(routes.flatMap(({ gateway }) => gateway ?? []))],
    // The kernel does not know name servers, and /etc/resolv.conf does not say which link each belongs to.
    dns: [],
    searchDomains: [],
  }
}
