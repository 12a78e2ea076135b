import { isDeepStrictEqual } from 'node:util'
import { isLinkLocal } from '@roamkit/core/backend-kit'
import {
  type ActivationNames,
  activationNames,
  type LinkConfiguration,
  type LinkInterface,
  type World,
} from '@roamkit/core/contract'
import { interfaceKind } from './interface-kind.js'
import type { InterfaceAddress, Interfaces } from './system-reader.js'

/** The result of one read of the machine. */
export interface Reading {
  readonly interfaces: Interfaces
  /** The names of all interfaces, up or not; `null` if not known. */
  readonly existing: ReadonlySet<string> | null
  readonly defaultInterface: string | null
  /** The interfaces that have a default route; `null` if not known. */
  readonly defaultRoutes: ReadonlySet<string> | null
}

/** A snapshot, and the source of activation ids. */
export interface Observation {
  readonly world: World
  readonly activations: ActivationNames
}

/** The snapshot before the first read. */
export function initialObservation(
  facts: Pick<World, 'statistics' | 'directRouting'>,
  activations: ActivationNames = activationNames(),
): Observation {
  const world: World = Object.freeze({
    service: 'ready',
    updates: 'polling',
    // Each backend names activations by itself, so no other backend uses the same names.
    scope: null,
    scan: 'yes',
    recheck: 'no',
    statistics: facts.statistics,
    directRouting: facts.directRouting ?? false,
    configurations: Object.freeze([]),
    defaultId: null,
    // Node does not report it.
    power: 'unknown',
  })
  return { world, activations }
}

/**
 * Computes the next snapshot. Every unchanged part is the same object as before, up to the snapshot itself. An interface that has lost its
 * addresses is down. It is removed only if the system says that it no longer exists (rules S12 and S13).
 */
export function observe(before: Observation, reading: Reading): Observation {
  const known = new Map(before.world.configurations.map((configuration) => [configuration.id, configuration]))
  const { activations } = before
  const found = mergeLabels(reading.interfaces)
  for (const name of listMissing(before, found, reading.existing)) found.set(name, [])
  const configurations = [...found]
    .map(([name, infos]) =>
      configurationOf({ name, infos, routes: reading.defaultRoutes }, known, activations),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const defaultId = reading.defaultInterface === null ? null : idOf(reading.defaultInterface)
  const world = nextWorld(before.world, {
    service: 'ready',
    configurations,
    defaultId: configurations.some(({ id, link }) => id === defaultId && link === 'up') ? defaultId : null,
  })
  return world === before.world ? before : { world, activations }
}

/** The snapshot after a failed read: the last known links, with the service lost (rule S14). */
export function observeFailure(before: Observation): Observation {
  const { configurations, defaultId } = before.world
  return { ...before, world: nextWorld(before.world, { service: 'lost', configurations, defaultId }) }
}

function nextWorld(before: World, now: Pick<World, 'service' | 'configurations' | 'defaultId'>): World {
  const sameLinks =
    now.configurations.length === before.configurations.length &&
    now.configurations.every((configuration, index) => configuration === before.configurations[index])
  if (sameLinks && now.service === before.service && now.defaultId === before.defaultId) return before
  const configurations = sameLinks ? before.configurations : Object.freeze(now.configurations)
  return Object.freeze({ ...before, ...now, configurations })
}

/** Groups the addresses by interface, without loopback. Linux lists additional addresses under labels such as `eth0:1`. */
function mergeLabels(interfaces: Interfaces): Map<string, readonly InterfaceAddress[]> {
  const byName = new Map<string, readonly InterfaceAddress[]>()
  for (const [label, infos = []] of Object.entries(interfaces)) {
    if (infos.length > 0 && infos.every(({ internal }) => internal)) continue
    const name = label.replace(/:[^:]*$/, '')
    byName.set(name, [...(byName.get(name) ?? []), ...infos.filter(({ internal }) => !internal)])
  }
  return byName
}

/**
 * Lists the interfaces that were seen before, are not listed now, and are not known to be gone. The system lists only interfaces that are
 * running and have an address, so it does not distinguish unplugged, switched off and without an address.
 */
function listMissing(
  before: Observation,
  found: ReadonlyMap<string, unknown>,
  existing: ReadonlySet<string> | null,
): readonly string[] {
  return before.world.configurations
    .map(({ name }) => name)
    .filter((name) => !found.has(name) && (existing === null || existing.has(name)))
}

/**
 * The id is the name alone, which survives restarts (rule C3). The index changes at each start, and a randomised hardware address changes
 * with each network.
 */
function idOf(name: string): string {
  return `generic:${name}`
}

/** An interface as the system reported it. */
interface Found {
  readonly name: string
  readonly infos: readonly InterfaceAddress[]
  readonly routes: ReadonlySet<string> | null
}

function configurationOf(
  { name, infos, routes }: Found,
  known: ReadonlyMap<string, LinkConfiguration>,
  activations: ActivationNames,
): LinkConfiguration {
  const id = idOf(name)
  const before = known.get(id)
  const kind = interfaceKind(name)
  // An uplink has an address beyond link-local and, if routes are known, a default route (rule T1).
  const reachesOut = infos.some(({ address }) => !isLinkLocal(address))
  const hasWayOut = routes === null || routes.has(name)
  const facts = infos.length === 0 ? null : interfaceOf(name, infos)
  const last = before?.activation ?? null
  const goesOn = last !== null && facts !== null && isSameLink(before?.interface ?? null, facts)
  const ended =
    last === null || goesOn
      ? (before?.ended ?? null)
      : Object.freeze({ activation: last, reason: 'other' as const, native: null })
  const now: LinkConfiguration = Object.freeze({
    id,
    name,
    bearer: kind.bearer,
    purpose: 'unknown',
    saved: true,
    // While it is down, keep the value from when it was up: the next one is not known.
    uplink: facts === null ? (before?.uplink ?? false) : kind.uplink && hasWayOut && reachesOut,
    activate: 'no',
    deactivate: 'no',
    // Not known while down: an unplugged interface looks like one without an address.
    inRange: facts === null ? null : true,
    // The system lists only interfaces that are running.
    carrier: facts === null ? null : true,
    link: facts === null ? 'down' : 'up',
    activation: facts === null ? null : goesOn ? last : activations.fresh(id),
    ended,
    device: name,
    over: null,
    network: null,
    point: null,
    interface: facts,
    proxy: null,
    wifi: null,
    signal: null,
    metered: null,
    connectivity: facts === null || reachesOut ? 'unknown' : 'limited',
    portal: null,
  })
  return before !== undefined && isDeepStrictEqual(before, now) ? before : now
}

/** Whether the link stayed up between two reads. It did not if the interface was recreated or no address is the same. */
function isSameLink(before: LinkInterface | null, now: LinkInterface): boolean {
  if (before === null) return false
  const remade =
    before.hardwareAddress !== now.hardwareAddress ||
    (before.index !== null && now.index !== null && before.index !== now.index)
  return !remade && now.addresses.some((address) => before.addresses.includes(address))
}

function interfaceOf(name: string, infos: readonly InterfaceAddress[]): LinkInterface {
  const mac = infos[0]?.mac.toLowerCase() ?? ''
  return Object.freeze({
    name,
    // Node does not report the index, but the scope of a link-local IPv6 address is the same number.
    index:
      infos.map((info) => (info.family === 'IPv6' ? (info.scopeid ?? 0) : 0)).find((scope) => scope > 0) ??
      null,
    hardwareAddress: mac === '' || /^[0:]*$/.test(mac) ? null : mac,
    mtu: null,
    addresses: Object.freeze(
      infos.map(({ address, cidr, family }) => cidr ?? `${address}/${family === 'IPv6' ? 128 : 32}`),
    ),
    gateways: Object.freeze([]),
    dns: Object.freeze([]),
    searchDomains: Object.freeze([]),
  })
}
