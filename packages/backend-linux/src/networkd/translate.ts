import { isIpv6LinkLocal, isLinkLocal } from '@roamkit/core/backend-kit'
import {
  type LinkConfiguration,
  type LinkInterface,
  type LinkPhase,
  type Permission,
  ssidText,
} from '@roamkit/core/contract'
import { ARPHRD_ETHER, type LinkKind, linkKind } from '../kernel/link-kind.js'
import type { End, LinkHistory } from './activations.js'
import { byPreference, type LinkDescription } from './description.js'
import type { LinkSettings } from './network-file.js'

/** What is known of one link. */
export interface LinkFacts {
  readonly description: LinkDescription
  readonly settings: LinkSettings
}

const CARRIES: ReadonlySet<string> = new Set(['carrier', 'degraded-carrier', 'enslaved'])
/** `AdministrativeState` of a link that networkd has a file for. */
const MANAGED: ReadonlySet<string> = new Set(['configuring', 'configured', 'failed'])
/** networkd does not know yet, or does not know again after a restart, whether it has a file for the link. */
const UNDECIDED: ReadonlySet<string> = new Set(['pending', 'initialized'])
/** With these policies networkd brings no link up, whatever it is asked. */
const NEVER_UP: ReadonlySet<string> = new Set(['manual', 'down', 'always-down'])
/** Interfaces whose ports carry for them (rule T3). The members of a VRF are links of their own. */
const HAS_PORTS: ReadonlySet<string> = new Set(['bridge', 'bond', 'team'])

/** `Type` of hardware with frames of Ethernet. networkd says the `DEVTYPE` of a device in place of that, if it has one. */
const ETHERNET: ReadonlySet<string> = new Set(['ether', 'gadget', 'dsa'])

/** The id of the configuration of an interface. Interfaces have predictable names, and .network files name them (rule C3). */
function configurationId(name: string): string {
  return `networkd:${name}`
}

/**
 * Whether a link is a configuration: networkd manages it, and it is neither the loopback nor a port of another interface.
 *
 * @param wasManaged networkd did before it was restarted
 * @param master the interface that the link is a port of, if it is known
 */
export function isConfiguration(
  { setup, type, master, carrierState }: LinkDescription,
  wasManaged: boolean,
  masterOf: (index: number) => LinkDescription | undefined,
): boolean {
  if (type === 'loopback') return false
  const controller = master === null ? undefined : masterOf(master)
  const isPort = controller ? HAS_PORTS.has(controller.kind) : master !== null || carrierState === 'enslaved'
  return !isPort && (MANAGED.has(setup) || (wasManaged && UNDECIDED.has(setup)))
}

/** Whether the link layer carries frames. */
export function carries({ carrierState }: LinkDescription): boolean {
  return CARRIES.has(carrierState)
}

/**
 * What a link does. It is up once it has an address beyond fe80::/10, whether networkd has finished with it or not. A link that never gets an address
 * is up when networkd has finished.
 */
export function linkPhase({ description, settings }: LinkFacts): LinkPhase {
  if (!carries(description) || description.setup === 'failed') return 'down'
  if (description.addresses.some((address) => !isIpv6LinkLocal(address))) return 'up'
  return description.setup === 'configured' && settings.hasAddresses === false ? 'up' : 'activating'
}

/** Why the activation of a link that is down has ended. */
export function endOf({ description }: LinkFacts): End {
  const { setup, carrierState, type } = description
  if (setup === 'failed') return { reason: 'other', native: 'AdministrativeState failed' }
  const native = `CarrierState ${carrierState}`
  if (carrierState !== 'off') return { reason: 'carrierLost', native }
  // A radio that is switched off looks like one that a program took down.
  return { reason: type === 'wlan' ? 'other' : 'requested', native }
}

/**
 * A link in the terms of the contract.
 *
 * @param mayReconfigure whether this program may ask networkd to bring links up, as far as that is known
 */
export function configurationOf(
  facts: LinkFacts,
  history: LinkHistory,
  mayReconfigure: Permission,
): LinkConfiguration {
  const { description } = facts
  const { name, ssid, bssid } = description
  const isUp = history.phase === 'up'
  const inRange = inRangeOf(description, history)
  return {
    id: configurationId(name),
    name,
    bearer: kindOf(description).bearer,
    purpose: 'unknown',
    saved: true,
    uplink: isUplink(facts, isUp),
    activate: inRange === false || NEVER_UP.has(description.policy) ? 'no' : mayReconfigure,
    deactivate: 'no',
    inRange,
    carrier: history.phase === 'down' ? null : carries(description),
    link: history.phase,
    activation: history.activation,
    ended: history.ended,
    device: name,
    over: null,
    network: ssid === null ? null : ssidOf(ssid),
    point: bssid,
    interface: history.phase === 'down' ? null : interfaceOf(description),
    proxy: null,
    wifi: ssid === null ? null : { ssid: ssidOf(ssid), hidden: false, security: 'unknown' },
    signal: null,
    metered: null,
    // OnlineState says that the link is configured, and nothing of what is behind it.
    connectivity: isUp && isLinkLocalOnly(description) ? 'limited' : 'unknown',
    portal: null,
  }
}

/**
 * The link with the default route that the kernel prefers, of all links that networkd knows, managed or not; `null` if there is none, or if two
 * are equal.
 */
export function defaultLink(all: Iterable<LinkDescription>): LinkDescription | null {
  const routes = [...all].flatMap((link) => link.defaultRoutes.map((route) => ({ link, route })))
  routes.sort((one, other) => byPreference(one.route, other.route))
  const [first, second] = routes
  if (first === undefined) return null
  const isTie =
    second !== undefined && second.link !== first.link && byPreference(first.route, second.route) === 0
  return isTie ? null : first.link
}

/**
 * An interface that is switched off shows no carrier, and one that was just switched on shows it later. One that waits for a login to the network may
 * get in.
 */
function inRangeOf(description: LinkDescription, { isAwaited }: LinkHistory): boolean | null {
  if (carries(description)) return true
  return description.carrierState === 'no-carrier' && !isAwaited ? false : null
}

/** As `kernel()` sees it (rule T4). */
function kindOf({ kind, type }: LinkDescription): LinkKind {
  return linkKind({ kind, hardware: ETHERNET.has(type) ? ARPHRD_ETHER : 0 }, () => type)
}

/** What the link has decides while it is up, otherwise what its .network file would give it (rule T1). */
function isUplink(facts: LinkFacts, isUp: boolean): boolean {
  const { description, settings } = facts
  // A tunnel rides on another link, and is never an uplink by itself (rule T2).
  if (kindOf(description).leads !== 'elsewhere') return false
  if (!isUp) return settings.leadsOut ?? true
  return description.defaultRoutes.length > 0 && !isLinkLocalOnly(description)
}

function isLinkLocalOnly({ addresses }: LinkDescription): boolean {
  return addresses.every(isLinkLocal)
}

function interfaceOf(description: LinkDescription): LinkInterface {
  const { name, index, hardwareAddress, mtu, addresses, defaultRoutes, dns, searchDomains } = description
  const gateways = [...defaultRoutes].sort(byPreference).flatMap(({ gateway }) => gateway ?? [])
  return {
    name,
    index,
    hardwareAddress,
    mtu,
    addresses,
    gateways: [...new Set(gateways)],
    dns,
    searchDomains,
  }
}

/** networkd hands an SSID over as text. It stays text, and its backslashes are escaped like those of any SSID (rule T6). */
function ssidOf(text: string): string {
  return ssidText(new TextEncoder().encode(text))
}
