import type {
  Bearer,
  Connectivity,
  LinkPhase,
  Permission,
  Purpose,
  Reason,
  Wifi,
  World,
} from '@roamkit/core/contract'

/** Whether a value is one that the contract knows. */
type Check = (value: unknown) => boolean

/** The words of a union as keys, so that the compiler misses none. */
type Words<Union extends string> = Readonly<Record<Union, true>>

const permissions: Words<Permission> = { yes: true, ask: true, no: true, unknown: true }
const phases: Words<LinkPhase> = { down: true, activating: true, up: true, deactivating: true }
const purposes: Words<Purpose> = { unknown: true, public: true, private: true, serviceSpecific: true }
const bearers: Words<Bearer> = {
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
  outOfReach: true,
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

const text: Check = (value) => typeof value === 'string'
const name: Check = (value) => typeof value === 'string' && value !== ''
const flag: Check = (value) => typeof value === 'boolean'
const oneOf =
  (words: object): Check =>
  (value) =>
    typeof value === 'string' && Object.hasOwn(words, value)
const within =
  (low: number, high: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= low && Number(value) <= high
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const maybe =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const made =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' && value !== null && membersAre(value as Record<string, unknown>, checks)

function membersAre(value: Record<string, unknown>, checks: Readonly<Record<string, Check>>): boolean {
  return Object.entries(checks).every(([key, check]) => check(value[key]))
}

const worldChecks = {
  service: oneOf({ ready: true, lost: true }),
  updates: oneOf({ events: true, polling: true }),
  scope: maybe(text),
  scan: oneOf(permissions),
  recheck: oneOf(permissions),
  statistics: flag,
  configurations: listOf((value) => typeof value === 'object' && value !== null),
  defaultId: maybe(name),
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
  inReach: maybe(flag),
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
      hardwareAddress: maybe(matching(/^[0-9a-f]{2}(:[0-9a-f]{2})*$/)),
      mtu: maybe(within(1, 2 ** 32 - 1)),
      addresses: listOf(matching(/^[0-9a-fA-F.:]+(%\S+)?\/\d{1,3}$/)),
      gateways: listOf(name),
      dns: listOf(name),
      searchDomains: listOf(name),
    }),
  ),
  proxy: maybe(made({ method: oneOf({ none: true, auto: true, manual: true }), pac: maybe(text) })),
  wifi: maybe(made({ ssid: text, hidden: flag, security: oneOf(securities) })),
  signal: maybe(within(0, 100)),
  metered: maybe(made({ value: flag, sure: flag })),
  connectivity: oneOf(connectivities),
  portal: maybe(text),
}

/** The members of a world that are not what the contract says, each as a sentence with the place. */
export function worldFaults(world: World): string[] {
  const configurations: readonly unknown[] = Array.isArray(world.configurations) ? world.configurations : []
  return [
    ...memberFaults(world, worldChecks, 'the world'),
    ...configurations.flatMap((configuration, index) =>
      memberFaults(configuration, configurationChecks, `configurations[${index}]`),
    ),
  ]
}

function memberFaults(value: unknown, checks: Readonly<Record<string, Check>>, place: string): string[] {
  const members = (value ?? {}) as Record<string, unknown>
  return Object.entries(checks)
    .filter(([key, check]) => !check(members[key]))
    .map(([key]) => `${place}: ${key} is ${JSON.stringify(members[key])}`)
}
