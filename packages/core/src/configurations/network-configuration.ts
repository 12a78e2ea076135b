import type {
  Bearer,
  Cellular,
  Connectivity,
  LinkConfiguration,
  Proxy as LinkProxy,
  Metered,
  Permission,
  Purpose,
  Wifi,
} from '../contract/index.js'
import { checkArgument, checkConstructor, expected } from '../primitives/arguments.js'
import { bearerFamily, bearerName } from './bearer-names.js'

/** How far a configuration is from carrying traffic: cumulative, each state includes those before it; `undefined` stands alone (rule C1). */
export type ConfigurationState = 'undefined' | 'defined' | 'discovered' | 'active'

/** What a configuration stands for (rule C1). */
export type ConfigurationType = 'internetAccessPoint' | 'serviceNetwork' | 'userChoice' | 'invalid'

/** How long an activation may take, unless set otherwise (rule C6), in milliseconds. */
export const DEFAULT_CONNECT_TIMEOUT = 30_000

/** A smaller change of signal strength does not count as a change (rule C2). */
const SIGNAL_STEP = 5

const RANK: Readonly<Record<ConfigurationState, number>> = {
  undefined: 0,
  defined: 1,
  discovered: 2,
  active: 3,
}

/** The possible states. */
export const CONFIGURATION_STATE = expected.oneOf(...Object.keys(RANK))

/** Whether one state includes another (rule C1). */
export function includesState(state: ConfigurationState, other: ConfigurationState): boolean {
  return other === 'undefined' ? state === 'undefined' : RANK[state] >= RANK[other]
}

/** Everything that a configuration snapshot holds. */
export interface ConfigurationFacts {
  /** Survives restarts of process, daemon and machine (rule C3). */
  readonly identifier: string
  /** For people. Comes from outside: escape it before a terminal or a page sees it. */
  readonly name: string
  readonly type: ConfigurationType
  readonly state: ConfigurationState
  readonly purpose: Purpose
  readonly bearerType: Bearer
  /** False after it was removed, and for an unknown identifier (rules C7, C8). */
  readonly isValid: boolean
  /** Milliseconds; bounds every activation that a session starts (rule C6). */
  readonly connectTimeout: number
  /** The access points of a service network, best first; empty for everything else (rule C4). */
  readonly children: readonly NetworkConfiguration[]
  /** Counts for `isOnline` (rule M1). */
  readonly isUplink: boolean
  /** Whether the system has stored it. Otherwise it only sees it now, or forgets it when the link goes down (rule N1). */
  readonly isSaved: boolean
  /** Whether `manager.saveNetwork()` may store it (rule N6); says nothing about whether it is stored already. */
  readonly maySave: Permission
  /** Whether `manager.forgetNetwork()` may delete what is stored about it (rule N7); says nothing about whether anything is stored. */
  readonly mayForget: Permission
  /** The device in use, or the one that opening would use. */
  readonly device: string | null
  /** The identifier of the configuration that a tunnel rides on now; `null` if it is no tunnel or not up, or if that is unknown (rule T2). */
  readonly over: string | null
  /** The link-layer network: an ESS, a segment. */
  readonly network: string | null
  /** The access point within `network`: a BSSID. */
  readonly point: string | null
  readonly wifi: Wifi | null
  /** 0 to 100; changes smaller than 5 are not reported. */
  readonly signal: number | null
  /** `value`: whether traffic is metered. `sure`: whether the system knows that or guesses. `null`: unknown. */
  readonly metered: Metered | null
  /**
   * The operator of the mobile network, and whether it is the subscription's own (`home`) or another one (`visited`, which phones call
   * roaming). `null`: the link is not cellular, or the backend does not know.
   */
  readonly cellular: Cellular | null
  readonly connectivity: Connectivity
  /** Where a captive portal sends the user. Untrusted text. */
  readonly portal: string | null
  readonly proxy: LinkProxy | null
}

/**
 * An immutable snapshot of one configuration (rule C2): the manager hands out the current one, and as long as nothing
 * changed it is the same object, so stores can compare with `===`.
 */
export class NetworkConfiguration implements ConfigurationFacts {
  declare readonly identifier: string
  declare readonly name: string
  declare readonly type: ConfigurationType
  declare readonly state: ConfigurationState
  declare readonly purpose: Purpose
  declare readonly bearerType: Bearer
  declare readonly isValid: boolean
  declare readonly connectTimeout: number
  declare readonly children: readonly NetworkConfiguration[]
  declare readonly isUplink: boolean
  declare readonly isSaved: boolean
  declare readonly maySave: Permission
  declare readonly mayForget: Permission
  declare readonly device: string | null
  declare readonly over: string | null
  declare readonly network: string | null
  declare readonly point: string | null
  declare readonly wifi: Wifi | null
  declare readonly signal: number | null
  declare readonly metered: Metered | null
  declare readonly cellular: Cellular | null
  declare readonly connectivity: Connectivity
  declare readonly portal: string | null
  declare readonly proxy: LinkProxy | null

  private constructor(facts: ConfigurationFacts) {
    checkConstructor(facts, 'NetworkConfiguration', 'manager.configurationFromIdentifier(identifier)')
    Object.assign(this, facts)
    Object.freeze(this)
  }

  /** @internal The manager creates configurations. */
  static create(facts: ConfigurationFacts): NetworkConfiguration {
    return new NetworkConfiguration(facts)
  }

  /**
   * The configuration with those facts, for code that has them without the methods: `structuredClone`, messages and JSON keep only the facts.
   * Facts that are left out are as for an unknown identifier, and unknown members are ignored. Children become configurations too. With no
   * other facts than those it is the configuration for an unknown identifier, the same object as long as it is referenced (rule C7).
   */
  static from(
    facts: Pick<ConfigurationFacts, 'identifier'> & Partial<ConfigurationFacts>,
  ): NetworkConfiguration {
    const { identifier } = facts
    const children = facts.children?.length ? Object.freeze(facts.children.map(asConfiguration)) : NONE
    const known = (Object.keys(NOTHING_KNOWN) as (keyof ConfigurationFacts)[]).map((key) => [
      key,
      facts[key] === undefined ? NOTHING_KNOWN[key] : facts[key],
    ])
    const all: ConfigurationFacts = { ...Object.fromEntries(known), children }
    return saysTheSame({ ...NOTHING_KNOWN, identifier }, all)
      ? unknownConfiguration(identifier)
      : new NetworkConfiguration(all)
  }

  /** Whether the state is at least that one. Only `undefined` itself is at least `undefined` (rule C1). */
  is(state: ConfigurationState): boolean {
    checkArgument('the state of is()', state, CONFIGURATION_STATE)
    return includesState(this.state, state)
  }

  /** True for a service network with two or more access points (rule C4). */
  get isRoamingAvailable(): boolean {
    return this.type === 'serviceNetwork' && this.children.length >= 2
  }

  /** The bearer's name as Qt spells it; empty if there is no single bearer (rule C1). */
  get bearerTypeName(): string {
    return this.type === 'internetAccessPoint' ? bearerName(this.bearerType) : ''
  }

  /** The bearer, or for a cellular one its generation (rule C1). */
  get bearerTypeFamily(): Bearer {
    return bearerFamily(this.bearerType)
  }
}

/** The state of an access point, from a backend's facts, and whether a link that is being torn down was up (rule C10). */
export function stateOf(facts: LinkConfiguration, wasUp = true): ConfigurationState {
  if (facts.link === 'deactivating' && !wasUp) return 'discovered'
  if (facts.link === 'up' || facts.link === 'deactivating')
    return facts.carrier === false ? 'defined' : 'active'
  if (facts.link === 'activating') return 'discovered'
  return facts.inRange === false ? 'defined' : 'discovered'
}

/** The configuration of an access point, or `before` itself if they would be equal (rule C2). */
export function accessPoint(
  link: LinkConfiguration,
  connectTimeout: number,
  before: NetworkConfiguration | null,
  wasUp = true,
): NetworkConfiguration {
  const facts: ConfigurationFacts = {
    identifier: link.id,
    name: link.name,
    type: 'internetAccessPoint',
    state: stateOf(link, wasUp),
    purpose: link.purpose,
    bearerType: link.bearer,
    isValid: true,
    connectTimeout,
    children: NONE,
    isUplink: link.uplink,
    isSaved: link.saved,
    maySave: link.save ?? 'no',
    mayForget: link.forget ?? 'no',
    device: link.device,
    over: link.over,
    network: link.network,
    point: link.point,
    wifi: link.wifi,
    signal: link.signal,
    metered: link.metered,
    cellular: link.cellular ?? null,
    connectivity: link.connectivity,
    portal: link.portal,
    proxy: link.proxy,
  }
  return before !== null && saysTheSame(before, facts) ? before : NetworkConfiguration.create(facts)
}

/** What stays of a configuration that was removed: type and name remain for the log (rule C8). */
export function asRemoved(before: NetworkConfiguration): NetworkConfiguration {
  return NetworkConfiguration.create({ ...before, state: 'undefined', isValid: false })
}

const unknowns = new Map<string, WeakRef<NetworkConfiguration>>()
const forgotten = /* @__PURE__ */ new FinalizationRegistry<string>((identifier) => {
  if (unknowns.get(identifier)?.deref() === undefined) unknowns.delete(identifier)
})

/** The configuration for an unknown identifier (rule C7): the same object as long as it is referenced (rule C2). */
export function unknownConfiguration(identifier: string): NetworkConfiguration {
  let unknown = unknowns.get(identifier)?.deref()
  if (unknown === undefined) {
    unknown = NetworkConfiguration.create({ ...NOTHING_KNOWN, identifier })
    unknowns.set(identifier, new WeakRef(unknown))
    forgotten.register(unknown, identifier)
  }
  return unknown
}

function asConfiguration(facts: ConfigurationFacts): NetworkConfiguration {
  return facts instanceof NetworkConfiguration ? facts : NetworkConfiguration.from(facts)
}

const NONE: readonly NetworkConfiguration[] = Object.freeze([])

/** The facts of a configuration of which nothing is known. */
export const NOTHING_KNOWN: ConfigurationFacts = {
  identifier: '',
  name: '',
  type: 'invalid',
  state: 'undefined',
  purpose: 'unknown',
  bearerType: 'unknown',
  isValid: false,
  connectTimeout: DEFAULT_CONNECT_TIMEOUT,
  children: NONE,
  isUplink: false,
  isSaved: false,
  maySave: 'no',
  mayForget: 'no',
  device: null,
  over: null,
  network: null,
  point: null,
  wifi: null,
  signal: null,
  metered: null,
  cellular: null,
  connectivity: 'unknown',
  portal: null,
  proxy: null,
}

function saysTheSame(before: ConfigurationFacts, after: ConfigurationFacts): boolean {
  for (const key of Object.keys(after) as (keyof ConfigurationFacts)[]) {
    if (key === 'signal') {
      if (!sameSignal(before.signal, after.signal)) return false
    } else if (!samePlain(before[key], after[key])) return false
  }
  return true
}

function sameSignal(before: number | null, after: number | null): boolean {
  if (before === null || after === null) return before === after
  return Math.abs(before - after) < SIGNAL_STEP
}

/** Equality of primitives and of flat records such as `wifi`. */
function samePlain(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return false
  const left = Object.entries(before)
  if (left.length !== Object.keys(after).length) return false
  return left.every(([key, value]) => Object.is(value, (after as Record<string, unknown>)[key]))
}
