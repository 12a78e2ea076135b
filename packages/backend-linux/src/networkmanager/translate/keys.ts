import { oncePerArray, type Properties, path, section, text, texts } from '../../bus/property.js'
import type { Mirror } from '../objects/mirror.js'
import { ACCESS_POINT, ACTIVE, DEVICE, IP4, IP6, SETTINGS, WIRELESS } from '../objects/names.js'
import { addressesOf } from './addresses.js'
import { clientSsid, networkKeyOf, profilesFor, profileWith, seenBy } from './network-keys.js'
import { SignalLevels } from './signal-levels.js'
import { signalOf, ssidOf } from './wifi.js'

/** Key under which the active connections of a profile are found. */
export const activeOf = (profile: string): string => `active ${profile}`
/** Key under which the devices that can carry a profile now are found. */
export const carrierOf = (profile: string): string => `carries ${profile}`
/** Key under which the device with an interface name is found. */
export const deviceNamed = (name: string): string => `named ${name}`
/** Key under which the access points with an SSID are found. */
export const accessPointsOf = oncePerArray(
  (ssid: Uint8Array): string => `ssid ${Buffer.from(ssid).toString('hex')}`,
)
/** Stands for the strongest signal among the access points under a key: another one is another member. */
export const strongestUnder = (key: string): string => `strongest ${key}`
/** Key under which the IP configurations with an address, in CIDR notation, are found. */
export const configuredWith = (address: string): string => `has ${address}`
/** Key under which the devices with an IP configuration are found. */
export const devicesWith = (ip: string): string => `uses ${ip}`
/** Key under which all Wi-Fi devices are found. */
export const WIFI_DEVICES = 'wifi'
/** Key under which the profiles are found that are ports of the controller with that UUID or interface name. */
export const portsOf = (controller: string): string => `port ${controller}`

const NONE: ReadonlySet<string> = new Set()

/**
 * An inverted index over a mirror: which objects belong to a key. It is updated object by object, and reports which keys have other
 * members afterwards.
 */
export class Keys {
  readonly #mirror: Mirror
  readonly #members = new Map<string, Set<string>>()
  readonly #keys = new Map<string, ReadonlySet<string>>()
  /** How strongly each access point is heard, and those under each key together. */
  readonly #signals = new Map<string, number>()
  readonly #levels = new Map<string, SignalLevels>()
  /** The access points that each device sees: the list as it came, and as it is indexed. */
  readonly #seen = new Map<string, { readonly list: unknown; readonly accessPoints: ReadonlySet<string> }>()
  readonly #hasNetworks: boolean

  /**
   * @param mirror where the objects are
   * @param options `visibleNetworks`: also the keys of networks without a profile
   */
  constructor(mirror: Mirror, { visibleNetworks }: { readonly visibleNetworks: boolean }) {
    this.#mirror = mirror
    this.#hasNetworks = visibleNetworks
  }

  /** The paths of the objects under a key. */
  members(key: string): Iterable<string> {
    return this.#members.get(key) ?? []
  }

  /** The strongest signal of the access points under a key; `null` if there are none. */
  strongest(key: string): number | null {
    return this.#levels.get(key)?.strongest ?? null
  }

  /** Reads one object again. Returns the keys that gained or lost it, or under which another signal is the strongest. */
  update(objectPath: string): readonly string[] {
    const before = this.#keys.get(objectPath) ?? NONE
    const keys = this.#keysOf(objectPath)
    const isSame = keys.length === before.size && keys.every((key) => before.has(key))
    const after = isSame ? before : new Set(keys)
    return [
      ...(isSame ? [] : this.#move(objectPath, before, after)),
      ...this.#updateSignal(objectPath, before, after),
      ...this.#updateSeen(objectPath),
    ]
  }

  #move(objectPath: string, before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
    if (after.size > 0) this.#keys.set(objectPath, after)
    else this.#keys.delete(objectPath)
    const lost = [...before].filter((key) => !after.has(key))
    const gained = [...after].filter((key) => !before.has(key))
    for (const key of lost) this.#take(key, objectPath)
    for (const key of gained) this.#give(key, objectPath)
    return [...lost, ...gained]
  }

  /** Counts an access point again. Returns what stands for the keys under which another signal is the strongest now. */
  #updateSignal(
    accessPoint: string,
    before: ReadonlySet<string>,
    after: ReadonlySet<string>,
  ): readonly string[] {
    const was = this.#signals.get(accessPoint)
    const now = signalOf(this.#mirror.read(accessPoint, ACCESS_POINT)) ?? undefined
    if (was === now && (now === undefined || before === after)) return []
    if (now === undefined) this.#signals.delete(accessPoint)
    else this.#signals.set(accessPoint, now)
    const changed: string[] = []
    for (const key of before === after ? after : new Set([...before, ...after])) {
      const levels = this.#levelsOf(key)
      const { strongest } = levels
      if (was !== undefined && before.has(key)) levels.remove(was)
      if (now !== undefined && after.has(key)) levels.add(now)
      if (levels.strongest !== strongest) changed.push(strongestUnder(key))
      if (levels.strongest === null) this.#levels.delete(key)
    }
    return changed
  }

  #levelsOf(key: string): SignalLevels {
    const known = this.#levels.get(key) ?? new SignalLevels()
    this.#levels.set(key, known)
    return known
  }

  /** Indexes the access points that a device sees, if it has sent another list of them. */
  #updateSeen(device: string): readonly string[] {
    if (!this.#hasNetworks) return []
    const wireless = this.#mirror.read(device, WIRELESS)
    const before = this.#seen.get(device)
    const list = wireless?.get('AccessPoints')
    if (before?.list === list) return []
    const accessPoints = new Set(texts(wireless, 'AccessPoints'))
    if (wireless === undefined) this.#seen.delete(device)
    else this.#seen.set(device, { list, accessPoints })
    const lost = [...(before?.accessPoints ?? [])].filter((one) => !accessPoints.has(one)).map(seenBy)
    const gained = [...accessPoints].filter((one) => !before?.accessPoints.has(one)).map(seenBy)
    for (const key of lost) this.#take(key, device)
    for (const key of gained) this.#give(key, device)
    return [...lost, ...gained]
  }

  #keysOf(objectPath: string): readonly string[] {
    const object = this.#mirror.object(objectPath)
    if (!object) return []
    const keys: string[] = []
    const profile = path(object.get(ACTIVE), 'Connection')
    if (profile) keys.push(activeOf(profile))
    const device = object.get(DEVICE)
    if (device) {
      keys.push(deviceNamed(text(device, 'Interface')))
      for (const available of texts(device, 'AvailableConnections')) keys.push(carrierOf(available))
      for (const ip of [path(device, 'Ip4Config'), path(device, 'Ip6Config')])
        if (ip !== null) keys.push(devicesWith(ip))
    }
    if (object.has(WIRELESS)) keys.push(WIFI_DEVICES)
    for (const name of [IP4, IP6])
      for (const address of addressesOf(object.get(name))) keys.push(configuredWith(address))
    const ssid = ssidOf(object.get(ACCESS_POINT), 'Ssid')
    if (ssid) keys.push(accessPointsOf(ssid))
    const connection = section(object.get(SETTINGS), 'connection')
    const controller = text(connection, 'controller') || text(connection, 'master')
    if (controller) keys.push(portsOf(controller))
    if (this.#hasNetworks) keys.push(...networkKeys(object.get(ACCESS_POINT), object.get(SETTINGS)))
    return keys
  }

  #give(key: string, objectPath: string): void {
    const members = this.#members.get(key)
    if (members) members.add(objectPath)
    else this.#members.set(key, new Set([objectPath]))
  }

  #take(key: string, objectPath: string): void {
    const members = this.#members.get(key)
    members?.delete(objectPath)
    if (members?.size === 0) this.#members.delete(key)
  }
}

/** The network that an access point belongs to, and the SSID and the id of a profile. */
function networkKeys(
  accessPoint: Properties | undefined,
  settings: Properties | undefined,
): readonly string[] {
  const network = networkKeyOf(accessPoint)
  const ssid = settings === undefined ? null : clientSsid(settings)
  const id = text(section(settings, 'connection'), 'uuid')
  return [
    ...(network === null ? [] : [network]),
    ...(ssid === null ? [] : [profilesFor(ssid)]),
    ...(id === '' ? [] : [profileWith(id)]),
  ]
}
