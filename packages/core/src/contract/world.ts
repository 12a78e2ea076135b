import type { Bearer, Purpose } from './bearer.js'

/** Whether the system permits something. `ask`: it asks a person first. `unknown`: only an attempt shows it. */
export type Permission = 'yes' | 'ask' | 'no' | 'unknown'

/**
 * Everything that a backend knows at one instant. Plain, frozen data with shared structure: an unchanged configuration is the
 * same object in the next world, and an unchanged world is the same object too.
 *
 * A configuration that is missing from a `ready` world has been removed, and every session on it ends immediately, without a grace
 * (rule S13). A configuration that is out of range, unplugged or switched off stays listed, `down` and with `inRange` false. While the
 * service is `lost`, everything stays listed.
 */
export interface World {
  /**
   * `lost`: the daemon or bus is unavailable. Everything else stays as last known, including permissions. A configuration that is missing in
   * the meantime is not removed (rule S14).
   */
  readonly service: 'ready' | 'lost'
  /** `polling`: the backend polls for changes, so they are reported with a delay. */
  readonly updates: 'events' | 'polling'
  /**
   * Backends with an equal scope have the same links and the same names for activations. It is the key under which holders are counted
   * (rule H2). `null`: these links are not shared, not even with another manager of this process on the same driver.
   */
  readonly scope: string | null
  /** Whether `scan` is permitted. */
  readonly scan: Permission
  /** Whether `recheck` is permitted. */
  readonly recheck: Permission
  /** Whether `traffic` has counters for a link that is up. */
  readonly statistics: boolean
  /** All configurations that the system knows, in range or not. Sorted by `id`, in the order of UTF-16 code units. */
  readonly configurations: readonly LinkConfiguration[]
  /** The id of the configuration that owns the default route, if the system names one. */
  readonly defaultId: string | null
  /**
   * Whether the machine sleeps (rule L4). `asleep`: from the system's announcement, which comes before links go down if the system makes one
   * in time, until the machine is awake again. Time asleep is no outage, so sessions wait. A change is a new snapshot and a call of
   * `host.changed()`, at once and also while the service is `lost`. `unknown`: the system does not announce sleep to this backend, and core
   * recognises it by the clocks. `awake` promises that the system will announce the next sleep. A backend that is not sure says `unknown`.
   */
  readonly power: Power
  /**
   * Whether a program can bind a socket to one link, so that its traffic uses that link while others are up (`directConnectionRouting`, rule M4).
   *
   * @defaultValue false
   */
  readonly directRouting?: boolean
}

/** Whether the machine sleeps. */
export type Power = 'awake' | 'asleep' | 'unknown'

/**
 * What a link is doing, no matter which program asked for it. `up`: it carries traffic and has an address that others can reach, so that a
 * program can bind to it now. If a system calls a link ready before it has an address, it is still `activating` (fe80::/10 alone is not
 * an address in this sense, 169.254/16 is). A link that never has an address, such as the port of a bridge, is up without one.
 */
export type LinkPhase = 'down' | 'activating' | 'up' | 'deactivating'

/** What the network behind a link connects to. */
export type Connectivity = 'unknown' | 'none' | 'limited' | 'portal' | 'full'

/** One access point that the system can bring up: a NetworkManager connection profile, a ConnMan service, an adapter. */
export interface LinkConfiguration {
  /** Stays the same over restarts of the process, the daemon and the machine (rule C3). */
  readonly id: string
  /** For people. Untrusted text. */
  readonly name: string
  readonly bearer: Bearer
  readonly purpose: Purpose
  /** Whether the system has stored it, as opposed to only seeing it now. */
  readonly saved: boolean
  /** Whether it leads to other networks: it counts for `isOnline` (rule M1) and for the service network of all uplinks. */
  readonly uplink: boolean
  /** `yes` although it is out of range means a hidden network, which sessions try to open (rule S4). */
  readonly activate: Permission
  readonly deactivate: Permission
  /**
   * Whether the system lets this program store it (`save`), stored already or not.
   *
   * @defaultValue 'no'
   */
  readonly save?: Permission
  /**
   * Whether the system lets this program delete what is stored about it (`forget`), stored or not.
   *
   * @defaultValue 'no'
   */
  readonly forget?: Permission
  /** Whether it can be brought up where the machine is now; `null`: unknown, so sessions try it. */
  readonly inRange: boolean | null
  /** Whether the link layer carries frames; `null` while the link is down, or if that is unknown. */
  readonly carrier: boolean | null
  readonly link: LinkPhase
  /**
   * Fresh for each activation, so that a flap between two snapshots is visible. The same for all backends of one `scope`.
   * `null` while down.
   */
  readonly activation: string | null
  /** Why the last activation ended. Stays while the link is up again, until the next one ends. */
  readonly ended: Ended | null
  /** The device in use, or the one that an activation would use. Links on one device exclude each other. */
  readonly device: string | null
  /** The id of the configuration that a VPN runs over. */
  readonly over: string | null
  /** The link-layer network: an ESS, a segment. */
  readonly network: string | null
  /** The access point within `network`: a BSSID. */
  readonly point: string | null
  /** `null` while there is none. */
  readonly interface: LinkInterface | null
  readonly proxy: Proxy | null
  readonly wifi: Wifi | null
  /** 0 to 100, in steps that are coarse enough to hide noise. */
  readonly signal: number | null
  readonly metered: Metered | null
  /**
   * `null` if the link is not cellular, or nothing is known of its mobile network.
   *
   * @defaultValue null
   */
  readonly cellular?: Cellular | null
  readonly connectivity: Connectivity
  /** Where a captive portal sends the user. Untrusted text. */
  readonly portal: string | null
}

/** Whether traffic is metered; `sure` is false for a guess. */
export interface Metered {
  readonly value: boolean
  readonly sure: boolean
}

/** How an activation ended. */
export interface Ended {
  readonly activation: string
  readonly reason: Reason
  /** The system's own term for it, for the log. */
  readonly native: string | null
}

/** Why an activation ended. */
export type Reason =
  | 'requested'
  | 'denied'
  | 'secretMissing'
  | 'secretWrong'
  | 'outOfRange'
  | 'carrierLost'
  | 'addressFailed'
  | 'radioOff'
  | 'deviceGone'
  | 'deviceTaken'
  | 'baseLost'
  | 'serviceLost'
  | 'timedOut'
  | 'other'

/** The network interface of a link. */
export interface LinkInterface {
  readonly name: string
  /** The system's index; not stable over restarts. */
  readonly index: number | null
  /** Lower-case hex pairs with colons. */
  readonly hardwareAddress: string | null
  /** Bytes. */
  readonly mtu: number | null
  /** CIDR notation, `10.0.0.2/24`. */
  readonly addresses: readonly string[]
  readonly gateways: readonly string[]
  readonly dns: readonly string[]
  readonly searchDomains: readonly string[]
}

/** The proxy that the network announces. */
export interface Proxy {
  readonly method: 'none' | 'auto' | 'manual'
  /** Where a PAC script is, or its text. */
  readonly pac: string | null
}

/** Wi-Fi facts. */
export interface Wifi {
  /**
   * UTF-8 as text, other bytes escaped. A backslash is always escaped, so that two SSIDs never have the same text (rule T6). Untrusted text.
   */
  readonly ssid: string
  readonly hidden: boolean
  readonly security: 'open' | 'owe' | 'wep' | 'wpa' | 'wpa3' | 'enterprise' | 'unknown'
}

/** The mobile network that a modem is registered in, with or without a data connection. */
export interface Cellular {
  /** The name of the network's operator, not empty. Untrusted text. */
  readonly operator: string | null
  /** The network's PLMN code: the three digits of its country (MCC) and the two or three of its operator (MNC). */
  readonly operatorCode: string | null
  /**
   * `home`: the network of the subscription's own operator. `visited`: the network of another operator, usually abroad and often at a higher
   * price. 3GPP and modems call that roaming. It is not what this library calls roaming, which is a session's move from one link to another.
   * `null`: not registered, or not known.
   */
  readonly registration: 'home' | 'visited' | null
}

/** Bytes since the interface was created. */
export interface Traffic {
  readonly received: number
  readonly written: number
}
