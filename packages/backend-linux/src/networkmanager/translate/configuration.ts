import type {
  Connectivity,
  Ended,
  LinkConfiguration,
  LinkPhase,
  Permission,
  Purpose,
  Wifi,
} from '@roamkit/core/contract'
import { flag, list, number, ordinal, type Properties, path, section, text } from '../../bus/property.js'
import {
  ACCESS_POINT,
  ACTIVE,
  DEVICE,
  IP4,
  IP6,
  KERNEL,
  MODEM,
  MODEM_3GPP,
  PROFILE,
  SETTINGS,
  WIRED,
  WIRELESS,
} from '../objects/names.js'
import { type ActiveFacts, currentActive, firstDevice } from './active-choice.js'
import { bearerOf, isMadeOnDemand, isTunnel } from './bearer.js'
import { cellularOf } from './cellular.js'
import { interfaceFacts, positive } from './interface-facts.js'
import { accessPointsOf, carrierOf, deviceNamed, portsOf } from './keys.js'
import { connectivityOf, deviceCarrier, linkPhase, meteredOf } from './link-facts.js'
import { tunnelDevice } from './tunnel.js'
import { isLinkLocalOnly, isUplink, type UplinkFacts } from './uplink.js'
import { pointOf, signalOf, ssidOf, wifiOf } from './wifi.js'

/** What applies to all configurations alike. When it changes, all of them are translated again. */
export interface Situation {
  /** Polkit's answer for activating and deactivating. */
  readonly control: Permission
  /** Polkit's answers for changing and deleting profiles: those of this user alone, and those of all users. */
  readonly modifyOwn: Permission
  readonly modifySystem: Permission
  /** Whether NetworkManager checks connectivity. If it does not, it reports "full" for every network. */
  readonly connectivityChecked: boolean
  /** Whether some link owns the default route: a VPN needs one to ride on. */
  readonly online: boolean
  /** The id of the configuration that tunnels ride on, or rode on last; `null` if there was none. */
  readonly base: string | null
}

/** What a translation reads. An implementation may record what was read, to learn what depends on what. */
export interface Facts extends ActiveFacts {
  readonly situation: Situation
  /** The strongest signal of the access points under a key; `null` if there are none. */
  strongest(key: string): number | null
  /** How the profile's last activation ended. */
  lastEnd(profile: string): Ended | null
  /** The contract's activation id of an active connection. */
  activation(active: string): string
}

/**
 * Translates one NetworkManager profile. Pure. `null` for what is not a configuration: profiles whose settings are unknown (not yet, or
 * not to this user), loopback, ports of a bond, bridge or team (rule T3), and shadows of links that others manage (flag `EXTERNAL`,
 * rule C9).
 *
 * @param profile object path of the `Settings.Connection`
 */
export function configurationOf(profile: string, facts: Facts): LinkConfiguration | null {
  const object = facts.read(profile, PROFILE)
  const settings = facts.read(profile, SETTINGS)
  const connection = section(settings, 'connection')
  const id = text(connection, 'uuid')
  const type = text(connection, 'type')
  if (!object || !settings || id === '' || type === 'loopback' || isPort(connection)) return null

  const activePath = currentActive(profile, facts)
  const active = activePath === null ? undefined : facts.read(activePath, ACTIVE)
  if (isShadow(number(object, 'Flags'), number(active, 'StateFlags'))) return null
  const phase = linkPhase(active)
  const devicePath = deviceOf({ profile, type, link: phase, connection, active, facts })
  const device = devicePath === null ? undefined : facts.read(devicePath, DEVICE)
  const part = (name: string) => (devicePath === null ? undefined : facts.read(devicePath, name))
  const [wired, wireless, modem] = [part(WIRED), part(WIRELESS), part(MODEM)]
  const carrier = deviceCarrier({ device, wired, wireless, modem })
  const ip = phase === 'down' ? null : configsOf({ activePath, active, device, facts })
  // NetworkManager calls a VPN activated before it tells its addresses: so far it has that of the kernel's alone.
  const link = type === 'vpn' && phase === 'up' && ip && isLinkLocalOnly(ip) ? 'activating' : phase
  const inRange = isInRange({
    profile,
    type,
    link,
    wire: flag(wired, 'Carrier'),
    carrier: link === 'down' ? null : carrier,
    isWireless: wireless !== undefined,
    settings,
    facts,
  })
  const wifi = wifiOf(settings)
  const accessPoint = link === 'down' ? undefined : findJoinedAccessPoint(active, wireless, facts)
  const control = facts.situation.control

  return {
    id,
    name: text(connection, 'id'),
    bearer: bearerOf(type, modem),
    purpose: purposeOf(type, wifi),
    saved: isStored(object),
    uplink: isUplink(settings, link === 'up' ? ip : null) && !isEmptyBridge(type, connection, device, facts),
    activate: control === 'no' || inRange !== false || wifi?.hidden ? control : 'unknown',
    deactivate: control,
    save: modifyPermission(connection, facts),
    forget: modifyPermission(connection, facts),
    inRange: inRange,
    carrier: link === 'down' ? null : carrier,
    link,
    activation: activePath === null || link === 'down' ? null : facts.activation(activePath),
    ended: facts.lastEnd(profile),
    device: text(device, 'Interface') || (type === 'vpn' ? null : text(connection, 'interface-name') || null),
    over: link === 'down' ? null : baseOf({ id, type, active, facts }),
    network: wifi?.ssid ?? null,
    point: pointOf(accessPoint),
    interface: ip && interfaceFacts({ device, ...ip, index: positive(number(part(KERNEL), 'index')) }),
    proxy: proxyOf(section(settings, 'proxy')),
    wifi,
    signal: accessPoint ? signalOf(accessPoint) : inRange ? strongestSignal(settings, facts) : null,
    metered:
      (link === 'down' ? null : meteredOf(number(device, 'Metered'))) ??
      meteredOf(number(connection, 'metered')),
    cellular: cellularOf(modem, part(MODEM_3GPP)),
    connectivity: link === 'up' && ip ? connectivityFor(device, ip, facts) : 'unknown',
    portal: null,
  }
}

/** The path of the device that an activation would use; `null` if NetworkManager makes one, or none fits. */
export function deviceFor(
  profile: string,
  connection: Properties,
  facts: Pick<Facts, 'read' | 'members'>,
): string | null {
  const candidates = [...facts.members(carrierOf(profile))].sort((a, b) => ordinal(a) - ordinal(b))
  const idle = candidates.find(
    (candidate) => path(facts.read(candidate, DEVICE), 'ActiveConnection') === null,
  )
  const wanted = text(connection, 'interface-name')
  const [named] = wanted ? facts.members(deviceNamed(wanted)) : []
  return idle ?? candidates[0] ?? named ?? null
}

/** Flags of `Settings.Connection`: changes that were not stored, made by NetworkManager itself, gone with its link. */
const UNSAVED = 0x1
const GENERATED = 0x2
const VOLATILE = 0x4
/** Netplan stores its profiles in `/etc/netplan`, and at each boot writes them here, where NetworkManager takes all profiles for unsaved. */
const OF_NETPLAN = '/run/NetworkManager/system-connections/netplan-'

function isStored(profile: Properties): boolean {
  const flags = number(profile, 'Flags')
  if ((flags & (GENERATED | VOLATILE)) !== 0) return false
  const isUnsaved = (flags & UNSAVED) !== 0 || flag(profile, 'Unsaved') === true
  return !isUnsaved || text(profile, 'Filename').startsWith(OF_NETPLAN)
}

/**
 * NetworkManager invents a profile for each link that others manage. A saved profile is never one of these, even while others use it.
 */
function isShadow(profileFlags: number, activeFlags: number): boolean {
  return (profileFlags & 0x8) !== 0 || ((profileFlags & GENERATED) !== 0 && (activeFlags & 0x80) !== 0)
}

/** A port of a bond, bridge or team belongs to its controller. A port of a VRF has addresses of its own. */
function isPort(connection: Properties): boolean {
  const controller = text(connection, 'controller') || text(connection, 'master')
  const kind = text(connection, 'port-type') || text(connection, 'slave-type')
  return controller !== '' && kind !== 'vrf' && text(connection, 'type') !== 'ovs-interface'
}

/**
 * The path of the device that carries a profile, or would carry it. The active connection of a VPN by plugin names the device of its
 * base.
 */
function deviceOf(given: {
  readonly profile: string
  readonly type: string
  readonly link: LinkPhase
  readonly connection: Properties
  readonly active: Properties | undefined
  readonly facts: Facts
}): string | null {
  const { profile, type, link, connection, active, facts } = given
  if (type === 'vpn') return link === 'down' ? null : tunnelDevice(active, facts)
  return link === 'down' ? deviceFor(profile, connection, facts) : firstDevice(active)
}

function isInRange(given: {
  readonly profile: string
  readonly type: string
  readonly link: LinkPhase
  readonly wire: boolean | null
  readonly carrier: boolean | null
  readonly isWireless: boolean
  readonly settings: Properties
  readonly facts: Facts
}): boolean | null {
  const { profile, type, link, wire, carrier, isWireless, settings, facts } = given
  // NetworkManager keeps a wired link for six seconds after its cable is gone; it is of no use in the meantime.
  if (wire === false && link !== 'activating') return false
  if (link === 'activating' || (link === 'up' && carrier !== false)) return true
  // A bond keeps its link for ever without a cable (rule T3).
  if (link === 'up' && !isWireless) return false
  if (type === 'vpn') return facts.situation.online
  // NetworkManager calls a hidden network available wherever the machine is.
  const wifi = section(settings, '802-11-wireless')
  const hiddenSsid = flag(wifi, 'hidden') ? ssidOf(wifi, 'ssid') : null
  if (hiddenSsid && !isAny(facts.members(accessPointsOf(hiddenSsid)))) return false
  return isAny(facts.members(carrierOf(profile))) || isMadeOnDemand(type)
}

function isAny(members: Iterable<string>): boolean {
  for (const _ of members) return true
  return false
}

/** NetworkManager asks for the permission to change the system, unless the profile belongs to one user. */
function modifyPermission(connection: Properties, { situation }: Facts): Permission {
  return list(connection, 'permissions').length === 1 ? situation.modifyOwn : situation.modifySystem
}

/** A bridge without ports is a switch for containers (docker0, virbr0), not a way out. */
function isEmptyBridge(
  type: string,
  connection: Properties,
  device: Properties | undefined,
  facts: Facts,
): boolean {
  if (type !== 'bridge') return false
  const names = [text(connection, 'uuid'), text(connection, 'interface-name')].filter((name) => name !== '')
  const hasPort = names.some((name) => isAny(facts.members(portsOf(name))))
  return !hasPort && list(device, 'Ports').length === 0
}

function purposeOf(type: string, wifi: Wifi | null): Purpose {
  if (type === 'vpn' || type === 'wireguard') return 'private'
  if (!wifi || wifi.security === 'unknown') return 'unknown'
  return wifi.security === 'open' || wifi.security === 'owe' ? 'public' : 'private'
}

function findJoinedAccessPoint(
  active: Properties | undefined,
  wireless: Properties | undefined,
  facts: Facts,
): Properties | undefined {
  const accessPoint = path(wireless, 'ActiveAccessPoint') ?? path(active, 'SpecificObject')
  return accessPoint === null ? undefined : facts.read(accessPoint, ACCESS_POINT)
}

/** The signal of the strongest access point that a profile may join. */
function strongestSignal(settings: Properties, facts: Facts): number | null {
  const ssid = ssidOf(section(settings, '802-11-wireless'), 'ssid')
  return ssid ? facts.strongest(accessPointsOf(ssid)) : null
}

function configsOf(given: {
  readonly activePath: string | null
  readonly active: Properties | undefined
  readonly device: Properties | undefined
  readonly facts: Facts
}): UplinkFacts {
  const { activePath, active, device, facts } = given
  // The device has its addresses a moment before the active connection names them. But while one connection takes the device over from
  // another, they are still those of the former one.
  const isOwner = path(device, 'ActiveConnection') === activePath
  const config = (name: string, as: string) => {
    const at = (isOwner ? path(device, name) : null) ?? path(active, name)
    return at === null ? undefined : facts.read(at, as)
  }
  return { ip4: config('Ip4Config', IP4), ip6: config('Ip6Config', IP6) }
}

/** The id of the configuration that a tunnel rides on (rule T2). A VPN by plugin names it itself. */
function baseOf(given: {
  readonly id: string
  readonly type: string
  readonly active: Properties | undefined
  readonly facts: Facts
}): string | null {
  const { id, type, active, facts } = given
  if (!isTunnel(type)) return null
  const named = type === 'vpn' ? path(active, 'SpecificObject') : null
  const base = (named !== null && text(facts.read(named, ACTIVE), 'Uuid')) || facts.situation.base
  return base === id ? null : base
}

/** How far a link that is up reaches. Link-local addresses reach no further than the link, whatever was checked (rule T1). */
function connectivityFor(device: Properties | undefined, ip: UplinkFacts, facts: Facts): Connectivity {
  const checked = facts.situation.connectivityChecked ? connectivityOf(device) : 'unknown'
  return isLinkLocalOnly(ip) && checked !== 'none' ? 'limited' : checked
}

function proxyOf(proxy: Properties): LinkConfiguration['proxy'] {
  if (number(proxy, 'method') !== 1) return null
  return { method: 'auto', pac: text(proxy, 'pac-url') || text(proxy, 'pac-script') || null }
}
