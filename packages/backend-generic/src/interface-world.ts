import { isDeepStrictEqual } from 'node:util'
import {
  type ActivationNames,
  activationNames,
  type LinkConfiguration,
  type LinkInterface,
  type World,
} from '@roamkit/core/contract'
import { interfaceKind } from './interface-kind.js'
import type { InterfaceAddress, Interfaces } from './system-reader.js'

/** What one look at the machine has found. */
export interface Reading {
  readonly interfaces: Interfaces
  /** All interfaces that there are, up or not; `null` where nobody can tell. */
  readonly existing: ReadonlySet<string> | null
  readonly defaultInterface: string | null
  /** The interfaces that have a default route; `null` where nobody can tell. */
  readonly defaultRoutes: ReadonlySet<string> | null
}

/** A world, and what names the next activation. */
export interface Observation {
  readonly world: World
  readonly activations: ActivationNames
}

/** The world before the first look. */
export function initialObservation(
  facts: Pick<World, 'statistics'>,
  activations: ActivationNames = activationNames(),
): Observation {
  const world: World = Object.freeze({
    service: 'ready',
    updates: 'polling',
    // Activations are counted here, from the first look on: no other backend calls them the same.
    scope: null,
    scan: 'yes',
    recheck: 'no',
    statistics: facts.statistics,
    configurations: Object.freeze([]),
    defaultId: null,
  })
  return { world, activations }
}

/**
 * The next world: whatever a look has found unchanged is the same object as before, down to the world itself. An interface that was
 * seen and has no address any more is down, and removed only where the system says that it is gone (rules S12 and S13).
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

/** The world when a look has failed: as last known (rule S14). */
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

/** Interfaces by their own names, without loopback: Linux lists the labels of further addresses (`eth0:1`) as well. */
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
 * The interfaces that were seen before, are not listed now, and are not known to be gone. The system lists only what is running and
 * has an address: unplugged, switched off and without an address look all the same.
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
 * The name alone, which the system keeps over restarts (rule C3). An index is given out anew at each start, and a hardware
 * address is made up anew for each network where it is randomised.
 */
function idOf(name: string): string {
  return `generic:${name}`
}

/** An interface as it was found. */
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
  // What it has (rule T1), as far as it can be told: an address that reaches further than the link, and a default route.
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
    // Down, it leads where it led when it was up: what it will have is not known.
    uplink: facts === null ? (before?.uplink ?? false) : kind.uplink && hasWayOut && reachesOut,
    activate: 'no',
    deactivate: 'no',
    // Whether somebody else could bring it up: unplugged and without an address look the same.
    inReach: facts === null ? null : true,
    // Only interfaces that are running are listed.
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

/** An interface that was made anew, or shares no address with before, has been down and up between two looks. */
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
    // Node gives no index; the scope of a link-local IPv6 address is the same number.
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

/** Whether an address reaches no further than the link: 169.254/16 and fe80::/10. */
function isLinkLocal(address: string): boolean {
  return /^169\.254\./.test(address) || /^fe[89ab][0-9a-f]:/i.test(address)
}
