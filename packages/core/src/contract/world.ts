import type { Bearer, Purpose } from './bearer.js'

/** Whether something can be done: `ask` means that the system asks a person first, `unknown` that only trying tells. */
export type Permission = 'yes' | 'ask' | 'no' | 'unknown'

/**
 * Everything a backend knows, at one instant. Plain, frozen data with shared structure: an unchanged configuration is the
 * same object in the next world, and an unchanged world is the same object too.
 *
 * Absence is removal, and nothing else is: a configuration that is missing from a `ready` world has been deleted, and every session
 * on it ends at once, without a grace (rule S13). What is out of range, unplugged or switched off stays listed, `down` and with
 * `inRange` false, and while the service is `lost` everything stays.
 */
export interface World {
  /**
   * `lost`: the daemon or bus is away. Everything else stays as last known, permissions too, and what is missing meanwhile
   * is not removed (rule S14).
   */
  readonly service: 'ready' | 'lost'
  /** `polling`: changes are found by looking again and again, and are that much late. */
  readonly updates: 'events' | 'polling'
  /**
   * Equal scope, same links, and the same names for activations: the key under which holders are counted (rule H2). `null`: nobody
   * shares these links, not even another manager of this process on the same driver.
   */
  readonly scope: string | null
  /** Whether `scan` can be asked for. */
  readonly scan: Permission
  /** Whether `recheck` can be asked for. */
  readonly recheck: Permission
  /** Whether `traffic` answers for a link that is up. */
  readonly statistics: boolean
  /** All that the system knows, in range or not. Sorted by `id`, in the order of UTF-16 code units. */
  readonly configurations: readonly LinkConfiguration[]
  /** The owner of the default route, where the system names one: the id of one of `configurations`. */
  readonly defaultId: string | null
  /**
   * Whether the machine sleeps (rule L4). `asleep`: from the system's announcement, which comes before links go down if the system makes one
   * in time, until the machine is awake again. Time asleep is no outage, so sessions wait. A change is a new snapshot and a call of
   * `host.changed()`, at once and also while the service is `lost`. `unknown`: nothing tells this backend, and core recognises sleep by the
   * clocks. `awake` promises that the next sleep is announced: a backend that is not sure says `unknown`.
   */
  readonly power: Power
}

/** Whether the machine sleeps. */
export type Power = 'awake' | 'asleep' | 'unknown'

/**
 * What a link is doing, whoever asked for it. `up`: it carries, and has an address that others can reach, so that who binds to it
 * now succeeds. A system that calls a link ready before its addresses are there is still `activating` (fe80::/10 alone is none,
 * 169.254/16 is); a link that has none by its nature, such as the port of a bridge, is up without.
 */
export type LinkPhase = 'down' | 'activating' | 'up' | 'deactivating'

/** How far the network behind a link reaches. */
export type Connectivity = 'unknown' | 'none' | 'limited' | 'portal' | 'full'

/** One access point that the system knows how to bring up: an NM connection profile, a ConnMan service, an adapter. */
export interface LinkConfiguration {
  /** Survives restarts of process, daemon and machine (rule C3). */
  readonly id: string
  /** For people; comes from outside and is hostile. */
  readonly name: string
  readonly bearer: Bearer
  readonly purpose: Purpose
  /** Kept by the system, not a passing sight. */
  readonly saved: boolean
  /** Leads to other networks: counts for `isOnline` (rule M1) and for the service network of all uplinks. */
  readonly uplink: boolean
  /** `yes` though out of range: a hidden network, which is tried (rule S4). */
  readonly activate: Permission
  readonly deactivate: Permission
  /** Can be brought up where the machine is now; `null`: unknown, so it is tried. */
  readonly inRange: boolean | null
  /** The link layer carries frames; `null` while the link is down, or if that is unknown. */
  readonly carrier: boolean | null
  readonly link: LinkPhase
  /**
   * Fresh for each activation, so that a flap between two snapshots shows; the same for all backends of one `scope`.
   * `null` while down.
   */
  readonly activation: string | null
  /** Why the last activation ended; stays while the link is up again, until the next end. */
  readonly ended: Ended | null
  /** Links on one device exclude each other: the device in use, or the one that an activation would use. */
  readonly device: string | null
  /** The id of the configuration that a VPN rides on. */
  readonly over: string | null
  /** The link-layer network: an ESS, a segment. */
  readonly network: string | null
  /** The access point within `network`: a BSSID. */
  readonly point: string | null
  /** While there is one. */
  readonly interface: LinkInterface | null
  readonly proxy: Proxy | null
  readonly wifi: Wifi | null
  /** 0 to 100, in steps coarse enough that noise is no change. */
  readonly signal: number | null
  readonly metered: Metered | null
  readonly connectivity: Connectivity
  /** Where a captive portal wants the user to go. Hostile. */
  readonly portal: string | null
}

/** Whether traffic costs money; `sure` is false for a guess. */
export interface Metered {
  readonly value: boolean
  readonly sure: boolean
}

/** How an activation ended. */
export interface Ended {
  readonly activation: string
  readonly reason: Reason
  /** The system's own word for it, for the log. */
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

/** How the network says the web is reached. */
export interface Proxy {
  readonly method: 'none' | 'auto' | 'manual'
  /** Where a PAC script is, or its text. */
  readonly pac: string | null
}

/** Wi-Fi facts. */
export interface Wifi {
  /** As text where it is UTF-8, else with the odd bytes escaped; a backslash always, so that no two SSIDs have one text (rule T6). Hostile. */
  readonly ssid: string
  readonly hidden: boolean
  readonly security: 'open' | 'owe' | 'wep' | 'wpa' | 'wpa3' | 'enterprise' | 'unknown'
}

/** Bytes since the interface exists. */
export interface Traffic {
  readonly received: number
  readonly written: number
}
