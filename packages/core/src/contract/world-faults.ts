import type { Bearer, Purpose } from './bearer.js'
import type { Connectivity, LinkPhase, Permission, Power, Reason, Wifi, World } from './world.js'

/** Whether the contract allows a value, and what it allows, for people. */
interface Check {
  readonly holds: (value: unknown) => boolean
  readonly wants: string
}

/** The members of a union as keys, so that the compiler reports a missing one. */
type Words<Union extends string> = Readonly<Record<Union, true>>

const permissions: Words<Permission> = { yes: true, ask: true, no: true, unknown: true }
const powers: Words<Power> = { awake: true, asleep: true, unknown: true }
const phases: Words<LinkPhase> = { down: true, activating: true, up: true, deactivating: true }
const purposes: Words<Purpose> = { unknown: true, public: true, private: true, serviceSpecific: true }
/** Every bearer. */
export const bearers: Words<Bearer> = {
  unknown: true,
  ethernet: true,
  wlan: true,
  '2G': true,
  cdma2000: true,
  wcdma: true,
  hspa: true,
  bluetooth: true,
  wimax: true,
  evdo: true,
  lte: true,
  '3G': true,
  '4G': true,
  '5G': true,
  cellular: true,
  wireguard: true,
  vpn: true,
  bridge: true,
  bond: true,
  vlan: true,
  tunnel: true,
}
const connectivities: Words<Connectivity> = {
  unknown: true,
  none: true,
  limited: true,
  portal: true,
  full: true,
}
const reasons: Words<Reason> = {
  requested: true,
  denied: true,
  secretMissing: true,
  secretWrong: true,
  outOfRange: true,
  carrierLost: true,
  addressFailed: true,
  radioOff: true,
  deviceGone: true,
  deviceTaken: true,
  baseLost: true,
  serviceLost: true,
  timedOut: true,
  other: true,
}
const securities: Words<Wifi['security']> = {
  open: true,
  owe: true,
  wep: true,
  wpa: true,
  wpa3: true,
  enterprise: true,
  unknown: true,
}

const text: Check = { holds: (value) => typeof value === 'string', wants: 'a text' }
const name: Check = {
  holds: (value) => typeof value === 'string' && value !== '',
  wants: 'a text that is not empty',
}
const flag: Check = { holds: (value) => typeof value === 'boolean', wants: 'true or false' }
const oneOf = (words: object): Check => ({
  holds: (value) => typeof value === 'string' && Object.hasOwn(words, value),
  wants: `one of ${Object.keys(words).join(', ')}`,
})
const within = (low: number, high: number): Check => ({
  holds: (value) => Number.isInteger(value) && Number(value) >= low && Number(value) <= high,
  wants: `an integer from ${low} to ${high}`,
})
const matching = (pattern: RegExp, wants: string): Check => ({
  holds: (value) => typeof value === 'string' && pattern.test(value),
  wants,
})
const maybe = ({ holds, wants }: Check): Check => ({
  holds: (value) => value === null || holds(value),
  wants: `${wants}, or null`,
})
const optional = ({ holds, wants }: Check): Check => ({
  holds: (value) => value === undefined || holds(value),
  wants: `${wants}, or left out`,
})
const listOf = ({ holds, wants }: Check): Check => ({
  holds: (value) => Array.isArray(value) && value.every(holds),
  wants: `a list, each ${wants}`,
})
const made = (checks: Checks): Check => ({
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([key, { holds }]) => holds((value as Record<string, unknown>)[key])),
  wants: `{ ${Object.entries(checks)
    .map(([key, { wants }]) => `${key}: ${wants}`)
    .join('; ')} }`,
})

type Checks = Readonly<Record<string, Check>>

const worldChecks = {
  service: oneOf({ ready: true, lost: true }),
  updates: oneOf({ events: true, polling: true }),
  scope: maybe(text),
  scan: oneOf(permissions),
  recheck: oneOf(permissions),
  statistics: flag,
  configurations: listOf({
    holds: (value) => typeof value === 'object' && value !== null,
    wants: 'a configuration',
  }),
  defaultId: maybe(name),
  power: oneOf(powers),
  directRouting: optional(flag),
}

const configurationChecks = {
  id: name,
  name: text,
  bearer: oneOf(bearers),
  purpose: oneOf(purposes),
  saved: flag,
  uplink: flag,
  activate: oneOf(permissions),
  deactivate: oneOf(permissions),
  save: optional(oneOf(permissions)),
  forget: optional(oneOf(permissions)),
  inRange: maybe(flag),
  carrier: maybe(flag),
  link: oneOf(phases),
  activation: maybe(name),
  ended: maybe(made({ activation: name, reason: oneOf(reasons), native: maybe(text) })),
  device: maybe(name),
  over: maybe(name),
  network: maybe(text),
  point: maybe(text),
  interface: maybe(
    made({
      name,
      index: maybe(within(1, 2 ** 31 - 1)),
      hardwareAddress: maybe(matching(/^[0-9a-f]{2}(:[0-9a-f]{2})*$/, 'lower-case hex pairs with colons')),
      mtu: maybe(within(1, 2 ** 32 - 1)),
      addresses: listOf(
        matching(/^[0-9a-fA-F.:]+(%\S+)?\/\d{1,3}$/, 'an address in CIDR notation, as 10.0.0.2/24'),
      ),
      gateways: listOf(name),
      dns: listOf(name),
      searchDomains: listOf(name),
    }),
  ),
  proxy: maybe(made({ method: oneOf({ none: true, auto: true, manual: true }), pac: maybe(text) })),
  wifi: maybe(made({ ssid: text, hidden: flag, security: oneOf(securities) })),
  signal: maybe(within(0, 100)),
  metered: maybe(made({ value: flag, sure: flag })),
  cellular: optional(
    maybe(
      made({
        operator: maybe(name),
        operatorCode: maybe(matching(/^\d{5,6}$/, 'five or six digits')),
        registration: maybe(oneOf({ home: true, visited: true })),
      }),
    ),
  ),
  connectivity: oneOf(connectivities),
  portal: maybe(text),
}

/**
 * The members of a world that break the contract: each as a sentence with the place, the value, and the values that the contract allows there.
 * Empty if there are none.
 */
export function worldFaults(world: World): string[] {
  const configurations: readonly unknown[] = Array.isArray(world.configurations) ? world.configurations : []
  return [
    ...memberFaults(world, worldChecks, 'the world'),
    ...configurations.flatMap((configuration, index) =>
      memberFaults(configuration, configurationChecks, `configurations[${index}]`),
    ),
  ]
}

/**
 * The same for some members of a configuration or of a world. A missing member is not a fault. A member that the contract does not have is a
 * fault, and the sentence lists the members that it has.
 *
 * @param facts as they came from outside
 * @param of what the facts are about
 * @param place where the facts are, for the sentences
 */
export function factFaults(facts: unknown, of: 'configuration' | 'world', place: string): string[] {
  if (typeof facts !== 'object' || facts === null) return [`${place} is ${shown(facts)}, not an object`]
  const checks: Checks = of === 'world' ? worldChecks : configurationChecks
  return Object.entries(facts).flatMap(([key, value]) => {
    if (!Object.hasOwn(checks, key))
      return [`${place} has no ${shown(key)}; it has ${Object.keys(checks).join(', ')}`]
    return value === undefined ? [] : memberFaults({ [key]: value }, { [key]: checks[key] as Check }, place)
  })
}

/** A sentence if a value is not a reason for the end of an activation. */
export function reasonFault(value: unknown): string | null {
  const { holds, wants } = oneOf(reasons)
  return holds(value) ? null : `the reason is ${shown(value)}, not ${wants}`
}

function memberFaults(value: unknown, checks: Checks, place: string): string[] {
  const members = (value ?? {}) as Record<string, unknown>
  return Object.entries(checks)
    .filter(([key, { holds }]) => !holds(members[key]))
    .map(([key, { wants }]) => `${place}: ${key} is ${shown(members[key])}, not ${wants}`)
}

/** A value for people, also if it is not JSON. */
function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // A bigint, or an object that contains itself.
    return Object.prototype.toString.call(value)
  }
}
