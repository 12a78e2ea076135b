import { ACTIVE, DEVICE, MANAGER_PATH, NM, PROFILE, WIRED } from '../src/networkmanager/objects/names.js'
import { AT } from './captured.js'

/** Names that objects have of their own, that paths or terminals give a meaning, or that are far too long. */
const NAMES = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'length',
    'then',
    'id',
  ],
  ...[
    '',
    '/',
    '..',
    '../../etc/passwd',
    'eth0\0',
    '\0',
    'lo',
    'büro0',
    'a|b',
    'a:b',
    '\uD800',
    '\u001b[2J',
    '%s%n',
  ],
  ...[
    'eth-a',
    'eth-b',
    'wlan0',
    'x'.repeat(5000),
    '802-11-wireless',
    'vpn',
    'wireguard',
    'bridge',
    'gsm',
    'tun',
  ],
]
const PATHS = [
  MANAGER_PATH,
  ...[1, 2, 3, 9].flatMap((n) =>
    ['Devices', 'Settings', 'ActiveConnection', 'IP4Config', 'IP6Config', 'AccessPoint'].map(
      (kind) => `${AT}/${kind}/${n}`,
    ),
  ),
]
const INTERFACES = [
  ...[NM, ACTIVE, DEVICE, WIRED, PROFILE, `${NM}.Device.Wireless`, `${NM}.Device.Modem`, `${NM}.AccessPoint`],
  ...[`${NM}.IP4Config`, `${NM}.IP6Config`, 'roamkit.settings', 'roamkit.kernel', 'org.example.Other'],
]
const PROPERTY_NAMES = [
  ...[
    'State',
    'Devices',
    'Connection',
    'Uuid',
    'Interface',
    'IpInterface',
    'ActiveConnection',
    'Ip4Config',
    'Ip6Config',
  ],
  ...[
    'AddressData',
    'RouteData',
    'Gateway',
    'NameserverData',
    'Nameservers',
    'Domains',
    'Searches',
    'Carrier',
    'Mtu',
  ],
  ...[
    'AvailableConnections',
    'HwAddress',
    'Metered',
    'Flags',
    'StateFlags',
    'Ssid',
    'Strength',
    'SpecificObject',
  ],
  ...[
    'PrimaryConnection',
    'Startup',
    'Real',
    'InterfaceFlags',
    'Capabilities',
    'Udi',
    'OperatorCode',
    'Ip4Connectivity',
    'Type',
    'LastScan',
  ],
  ...[
    'connection',
    'ipv4',
    'ipv6',
    '802-11-wireless',
    '802-11-wireless-security',
    'proxy',
    'uuid',
    'type',
    'method',
  ],
]

/** Random numbers from a seed, and values of the kinds that a bus can deliver, wrong ones above all. */
export class RandomWords {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** At least 0, less than `limit`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  path(): string {
    return this.chance(90) ? this.of(PATHS) : this.of(NAMES)
  }

  interface(): string {
    return this.chance(95) ? this.of(INTERFACES) : this.of(NAMES)
  }

  property(): string {
    return this.chance(80) ? this.of(PROPERTY_NAMES) : this.of(NAMES)
  }

  /** Anything. */
  value(depth = 0): unknown {
    switch (this.below(depth > 3 ? 7 : 10)) {
      case 0:
        return this.of([
          0,
          1,
          2,
          3,
          4,
          100,
          -1,
          0.5,
          1e308,
          Number.NaN,
          Number.POSITIVE_INFINITY,
          2 ** 53,
          -(2 ** 31),
        ])
      case 1:
        return this.of([true, false, null, undefined])
      case 2:
        return this.path()
      case 3:
        return this.of(NAMES)
      case 4:
        return Uint8Array.from({ length: this.below(40) }, () => this.below(256))
      case 5:
        return this.of([
          '10.0.0.1',
          '169.254.1.1',
          'fe80::1',
          '::',
          '0.0.0.0',
          '1.2.3',
          '10.0.0.1/8',
          'AA:BB:CC:00:11:22',
        ])
      case 6:
        return { toString: () => throwing(), valueOf: () => throwing() }
      case 7:
        return Array.from({ length: this.below(5) }, () => this.value(depth + 1))
      default:
        return this.dictionary(depth + 1)
    }
  }

  dictionary(depth = 0): Map<unknown, unknown> {
    const entries = Array.from({ length: this.below(8) }, () => [
      this.chance(3) ? this.value(4) : this.property(),
      this.value(depth),
    ])
    return new Map(entries as [unknown, unknown][])
  }

  /** A value that should have been that one: mostly it, with parts replaced, left out or added, else anything. */
  damaged(value: unknown, percent: number): unknown {
    if (this.chance(percent)) return this.value()
    if (Array.isArray(value))
      return value.filter(() => !this.chance(percent)).map((one) => this.damaged(one, percent))
    if (!(value instanceof Map)) return value
    const copy = new Map<unknown, unknown>()
    for (const [key, one] of value)
      if (!this.chance(percent))
        copy.set(this.chance(percent) ? this.property() : key, this.damaged(one, percent))
    if (this.chance(percent * 3)) copy.set(this.property(), this.value())
    return copy
  }
}

function throwing(): never {
  throw new Error('nobody may turn this into text or a number')
}
