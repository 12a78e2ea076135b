import type { World } from '@roamkit/core/contract'

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isName: Check = (value) => typeof value === 'string' && value !== ''
const isFlag: Check = (value) => typeof value === 'boolean'
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const within =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && Object.isFrozen(value) && value.every(check)
const record =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.isFrozen(value) &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.keys(value).sort().join() === Object.keys(members).sort().join() &&
    Object.entries(members).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const permission = oneOf('yes', 'ask', 'no', 'unknown')
const address: Check = (value) => isText(value) && /^[0-9a-f.:]+$/i.test(value as string)
const cidr: Check = (value) => isText(value) && /^[0-9a-f.:]+\/\d{1,3}$/i.test(value as string)
const hardwareAddress: Check = (value) =>
  isText(value) && /^[0-9a-f]{2}(:[0-9a-f]{2})+$/.test(value as string)
const count = within(1, Number.MAX_SAFE_INTEGER)

/** What every member of a configuration has to be. */
const MEMBERS: Readonly<Record<string, Check>> = {
  id: isName,
  name: isText,
  bearer: oneOf(
    ...[
      'unknown',
      'ethernet',
      'wlan',
      '2G',
      'cdma2000',
      'wcdma',
      'hspa',
      'bluetooth',
      'wimax',
      'evdo',
      'lte',
    ],
    ...['3G', '4G', '5G', 'cellular', 'wireguard', 'vpn', 'bridge', 'bond', 'vlan', 'tunnel'],
  ),
  purpose: oneOf('unknown', 'public', 'private', 'serviceSpecific'),
  saved: isFlag,
  uplink: isFlag,
  activate: permission,
  deactivate: permission,
  save: permission,
  forget: permission,
  inRange: orNull(isFlag),
  carrier: orNull(isFlag),
  link: oneOf('down', 'activating', 'up', 'deactivating'),
  activation: orNull(isName),
  ended: orNull(
    record({
      activation: isName,
      reason: oneOf(
        ...[
          'requested',
          'denied',
          'secretMissing',
          'secretWrong',
          'outOfRange',
          'carrierLost',
          'addressFailed',
        ],
        ...['radioOff', 'deviceGone', 'deviceTaken', 'baseLost', 'serviceLost', 'timedOut', 'other'],
      ),
      native: orNull(isName),
    }),
  ),
  device: orNull(isName),
  over: orNull(isName),
  network: orNull(isText),
  point: orNull(hardwareAddress),
  interface: orNull(
    record({
      name: isName,
      index: orNull(count),
      hardwareAddress: orNull(hardwareAddress),
      mtu: orNull(count),
      addresses: listOf(cidr),
      gateways: listOf(address),
      dns: listOf(address),
      searchDomains: listOf(isText),
    }),
  ),
  proxy: orNull(record({ method: oneOf('none', 'auto', 'manual'), pac: orNull(isName) })),
  wifi: orNull(
    record({
      ssid: isText,
      hidden: isFlag,
      security: oneOf('open', 'owe', 'wep', 'wpa', 'wpa3', 'enterprise', 'unknown'),
    }),
  ),
  signal: orNull(within(0, 100)),
  metered: orNull(record({ value: isFlag, sure: isFlag })),
  cellular: orNull(
    record({
      operator: orNull(isName),
      operatorCode: orNull((value) => /^\d{5,6}$/.test(String(value))),
      registration: orNull(oneOf('home', 'visited')),
    }),
  ),
  connectivity: oneOf('unknown', 'none', 'limited', 'portal', 'full'),
  portal: orNull(isText),
}

/** `cellular` is optional: not every backend knows mobile networks. */
const { cellular: _, ...others } = MEMBERS
const isConfiguration: Check = (value) => record(MEMBERS)(value) || record(others)(value)

/** Worlds share their configurations: one that was looked at is frozen, and what it was. */
const known = new WeakSet<object>()

/** What is wrong with a world, member by member; nothing, where it is as the contract says. */
export function worldFaults(world: World): readonly string[] {
  const faults: string[] = []
  const ids = world.configurations.map(({ id }) => id)
  const { configurations, ...rest } = world
  const isDefault = (value: unknown) => ids.includes(value as string)
  const isWorld = record({
    service: oneOf('ready', 'lost'),
    updates: oneOf('events', 'polling'),
    scope: orNull(isName),
    scan: permission,
    recheck: permission,
    statistics: isFlag,
    directRouting: isFlag,
    defaultId: orNull(isDefault),
    power: oneOf('awake', 'asleep', 'unknown'),
  })
  if (!isWorld(Object.freeze(rest))) faults.push(`world: ${JSON.stringify(rest)}`)
  if (!Object.isFrozen(world) || !Object.isFrozen(configurations)) faults.push('not frozen')
  if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] as string)))
    faults.push(`order: ${ids.join()}`)
  for (const configuration of configurations) {
    if ((configuration.activation === null) !== (configuration.link === 'down')) faults.push('activation')
    if (known.has(configuration)) continue
    if (isConfiguration(configuration)) {
      known.add(configuration)
      continue
    }
    const members = configuration as unknown as Record<string, unknown>
    for (const [name, check] of Object.entries(MEMBERS))
      if (!check(members[name])) faults.push(`${name}: ${JSON.stringify(members[name])}`)
    faults.push(`shape: ${Object.keys(configuration).join()}`)
  }
  return faults
}
