import type { World } from '../contract/index.js'
import { type TransportMedium, transportMedium } from './bearer-names.js'
import { type Capabilities, capabilitiesOf, type HolderSpan } from './capabilities.js'
import type { UsableConfigurations } from './default-configuration.js'
import type { NetworkConfiguration } from './network-configuration.js'

/** How far this host can reach, as `QNetworkInformation::Reachability` (rule M1). */
export type Reachability = 'unknown' | 'disconnected' | 'local' | 'site' | 'online'

/** What a manager knows about the machine as a whole. */
export interface Overview {
  /** At least one uplink is active (rule M1). */
  readonly isOnline: boolean
  readonly reachability: Reachability
  /** `null`: unknown. */
  readonly isBehindCaptivePortal: boolean | null
  /** Whether traffic on the default configuration is metered; `null`: unknown. */
  readonly isMetered: boolean | null
  readonly transportMedium: TransportMedium
  /** The configuration to use by default (rule M2); `null`: there is none. */
  readonly defaultConfiguration: NetworkConfiguration | null
  readonly capabilities: Capabilities
  /** `lost`: the daemon is unavailable, and everything else may be old (rule S14). */
  readonly service: 'ready' | 'lost'
}

const REACH: readonly Reachability[] = ['disconnected', 'local', 'unknown', 'site', 'online']

/** How far one active configuration reaches. */
function reachOf({ isUplink, connectivity }: NetworkConfiguration): Reachability {
  if (!isUplink) return 'local'
  switch (connectivity) {
    case 'full':
      return 'online'
    case 'portal':
    case 'limited':
      return 'site'
    case 'none':
      return 'local'
    case 'unknown':
      return 'unknown'
  }
}

/**
 * The overview of a world and its configurations. Parts that are equal to those of `before` are the same objects. The default is the one
 * that the system has `named`, or else the best one that is usable, or else `otherwise` (rule M2). `span` says whose holders are counted
 * (rule H2).
 */
export function overviewOf(
  world: World,
  usable: UsableConfigurations,
  {
    named,
    before,
    otherwise,
    span,
  }: {
    readonly named: NetworkConfiguration | null
    readonly before: Overview | null
    readonly otherwise: NetworkConfiguration | null
    readonly span: HolderSpan
  },
): Overview {
  let isOnline = false
  let reachability: Reachability = 'disconnected'
  for (const configuration of usable.active()) {
    isOnline ||= configuration.isUplink
    const one = reachOf(configuration)
    if (REACH.indexOf(one) > REACH.indexOf(reachability)) reachability = one
  }
  const chosen = named ?? usable.best() ?? otherwise
  const active = chosen?.state === 'active' ? inUse(chosen) : null
  const capabilities = capabilitiesOf(world, span)
  return Object.freeze({
    isOnline,
    reachability,
    isBehindCaptivePortal: captive(active),
    isMetered: active?.metered?.value ?? null,
    transportMedium: active === null ? 'unknown' : transportMedium(active.bearerType),
    defaultConfiguration: chosen,
    capabilities:
      before !== null && sameMembers(before.capabilities, capabilities) ? before.capabilities : capabilities,
    service: world.service,
  })
}

/** A service network is used through its best active child. */
function inUse(configuration: NetworkConfiguration): NetworkConfiguration {
  return configuration.children.find(({ state }) => state === 'active') ?? configuration
}

function captive(active: NetworkConfiguration | null): boolean | null {
  return active === null || active.connectivity === 'unknown' ? null : active.connectivity === 'portal'
}

/** Whether each member is identical. */
export function sameMembers<T extends object>(before: T, after: T): boolean {
  return (Object.keys(after) as (keyof T)[]).every((key) => before[key] === after[key])
}
