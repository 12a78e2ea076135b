import type { Ended, LinkConfiguration, LinkPhase, Permission, Purpose, Wifi } from '@roamkit/core/contract'
import { bearerOf, isMadeOnDemand, leadsElsewhere } from './bearer.js'
import { interfaceFacts } from './interface-facts.js'
import { accessPointsOf, activeOf, carrierOf, deviceNamed, portsOf } from './keys.js'
import { connectivityOf, deviceCarrier, linkPhase, meteredOf } from './link-facts.js'
import {
  ACCESS_POINT,
  ACTIVE,
  DEVICE,
  IP4,
  IP6,
  KERNEL,
  MODEM,
  PROFILE,
  SETTINGS,
  WIRED,
  WIRELESS,
} from './names.js'
import {
  bytes,
  flag,
  list,
  number,
  ordinal,
  type Properties,
  path,
  section,
  text,
  texts,
} from './property.js'
import { signalOf, wifiOf } from './wifi.js'

/** What holds for all configurations alike; another one means that all of them are translated anew. */
export interface Situation {
  /** Polkit's answer for activating and deactivating. */
  readonly control: Permission
  /** Whether NetworkManager checks connectivity: it says "full" of every network where it does not. */
  readonly connectivityChecked: boolean
  /** Whether some link owns the default route: a VPN needs one to ride on. */
  readonly online: boolean
}

/** What a translation reads. Whoever implements it may note what was read, to know what depends on what. */
export interface Facts {
  readonly situation: Situation
  read(path: string, name: string): Properties | undefined
  members(key: string): Iterable<string>
  /** How the profile's last activation ended. */
  ended(profile: string): Ended | null
  /** The contract's activation id of an active connection. */
  activation(active: string): string
}

/**
 * Translates one NetworkManager profile. Pure; `null` for what is no configuration of ours: profiles whose settings are
 * not known (not yet, or not to us), loopback, and shadows of links that others manage (flag `EXTERNAL`, rule C9).
 *
 * @param profile object path of the `Settings.Connection`
 */
export function configurationOf(profile: string, facts: Facts): LinkConfiguration | null {
  const object = facts.read(profile, PROFILE)
  const settings = facts.read(profile, SETTINGS)
  const connection = section(settings, 'connection')
  const id = text(connection, 'uuid')
  const type = text(connection, 'type')
  if (!object || !settings || id === '' || type === 'loopback') return null

  const activePath = currentActive(profile, facts)
  const active = activePath === null ? undefined : facts.read(activePath, ACTIVE)
  if (isShadow(number(object, 'Flags'), number(active, 'StateFlags'))) return null
  const link = linkPhase(active)
  // A VPN names the device of the link it rides on, which it shares.
  const devicePath =
    type === 'vpn' ? null : link === 'down' ? deviceFor(profile, connection, facts) : firstDevice(active)
  const device = devicePath === null ? undefined : facts.read(devicePath, DEVICE)
  const part = (name: string) => (devicePath === null ? undefined : facts.read(devicePath, name))
  const wired = part(WIRED)
  const carrier = deviceCarrier({ device, wired, wireless: part(WIRELESS) })
  const wireless = section(settings, '802-11-wireless')
  const inReach = reach({
    profile,
    type,
    link,
    wire: flag(wired, 'Carrier'),
    carrier: link === 'down' ? null : carrier,
    hiddenSsid: flag(wireless, 'hidden') ? bytes(wireless, 'ssid') : null,
    facts,
  })
  const wifi = wifiOf(settings)
  const accessPoint = link === 'down' ? undefined : joined(active, part(WIRELESS), facts)
  const control = facts.situation.control

  return {
    id,
    name: text(connection, 'id'),
    bearer: bearerOf(type, part(MODEM)),
    purpose: purposeOf(type, wifi),
    saved: (number(object, 'Flags') & 0x7) === 0 && flag(object, 'Unsaved') !== true,
    uplink: isUplink({ type, settings, connection, device, facts }),
    activate: control === 'no' || inReach !== false || wifi?.hidden ? control : 'unknown',
    deactivate: control,
    inReach,
    carrier: link === 'down' ? null : carrier,
    link,
    activation: activePath === null || link === 'down' ? null : facts.activation(activePath),
    ended: facts.ended(profile),
    device: text(device, 'Interface') || (type === 'vpn' ? null : text(connection, 'interface-name') || null),
    over: type === 'vpn' && link !== 'down' ? rider(active, facts) : null,
    network: wifi?.ssid ?? null,
    point: text(accessPoint, 'HwAddress').toLowerCase() || null,
    interface:
      link === 'down' ? null : interfaceOf({ activePath, active, device, kernel: part(KERNEL), facts }),
    proxy: proxyOf(section(settings, 'proxy')),
    wifi,
    signal: signalOf(accessPoint ?? (inReach ? strongest(settings, facts) : undefined)),
    metered:
      (link === 'down' ? null : meteredOf(number(device, 'Metered'))) ??
      meteredOf(number(connection, 'metered')),
    connectivity: link === 'up' && facts.situation.connectivityChecked ? connectivityOf(device) : 'unknown',
    portal: null,
  }
}

/** The active connection that stands for a profile: the newest that is not on its way out; its path, `null` for none. */
export function currentActive(profile: string, facts: Pick<Facts, 'read' | 'members'>): string | null {
  const merit: Readonly<Record<LinkPhase, number>> = { down: 0, deactivating: 1, activating: 2, up: 2 }
  let best: { readonly path: string; readonly rank: number; readonly age: number } | null = null
  for (const candidate of facts.members(activeOf(profile))) {
    const rank = merit[linkPhase(facts.read(candidate, ACTIVE))]
    const age = ordinal(candidate)
    if (!best || rank > best.rank || (rank === best.rank && age > best.age))
      best = { path: candidate, rank, age }
  }
  return best?.path ?? null
}

/** The device that an activation would use: its path, `null` where NetworkManager makes one or none fits. */
export function deviceFor(
  profile: string,
  connection: Properties,
  facts: Pick<Facts, 'read' | 'members'>,
): string | null {
  const candidates = [...facts.members(carrierOf(profile))].sort(byNumber)
  const idle = candidates.find(
    (candidate) => path(facts.read(candidate, DEVICE), 'ActiveConnection') === null,
  )
  const wanted = text(connection, 'interface-name')
  const [named] = wanted ? facts.members(deviceNamed(wanted)) : []
  return idle ?? candidates[0] ?? named ?? null
}

/** NetworkManager makes a profile up for each link that somebody else manages; a saved profile stays one, whoever uses it. */
function isShadow(profileFlags: number, activeFlags: number): boolean {
  return (profileFlags & 0x8) !== 0 || ((profileFlags & 0x2) !== 0 && (activeFlags & 0x80) !== 0)
}

function byNumber(a: string, b: string): number {
  return ordinal(a) - ordinal(b)
}

function firstDevice(active: Properties | undefined): string | null {
  return texts(active, 'Devices')[0] ?? null
}

function reach(given: {
  readonly profile: string
  readonly type: string
  readonly link: LinkPhase
  readonly wire: boolean | null
  readonly carrier: boolean | null
  readonly hiddenSsid: Uint8Array | null
  readonly facts: Facts
}): boolean | null {
  const { profile, type, link, wire, carrier, hiddenSsid, facts } = given
  // NetworkManager keeps a wired link for six seconds after its cable is gone; nobody can use it meanwhile.
  if (wire === false && link !== 'activating') return false
  if (link === 'activating' || (link === 'up' && carrier !== false)) return true
  if (type === 'vpn') return facts.situation.online
  // It calls a hidden network available wherever the machine is.
  if (hiddenSsid && !isAny(facts.members(accessPointsOf(hiddenSsid)))) return false
  return isAny(facts.members(carrierOf(profile))) || isMadeOnDemand(type)
}

function isAny(members: Iterable<string>): boolean {
  for (const _ of members) return true
  return false
}

function isUplink(given: {
  readonly type: string
  readonly settings: Properties
  readonly connection: Properties
  readonly device: Properties | undefined
  readonly facts: Facts
}): boolean {
  const { type, settings, connection, device, facts } = given
  if (!leadsElsewhere(type)) return false
  if (!hasDefaultRoute(section(settings, 'ipv4')) && !hasDefaultRoute(section(settings, 'ipv6'))) return false
  if (type !== 'bridge') return true
  // A bridge without ports is a switch for containers (docker0, virbr0), not a way out.
  const names = [text(connection, 'uuid'), text(connection, 'interface-name')].filter((name) => name !== '')
  const hasPort = names.some((name) => isAny(facts.members(portsOf(name))))
  return hasPort || list(device, 'Ports').length > 0
}

function hasDefaultRoute(family: Properties): boolean {
  return ['auto', 'manual', 'dhcp'].includes(text(family, 'method')) && flag(family, 'never-default') !== true
}

function purposeOf(type: string, wifi: Wifi | null): Purpose {
  if (type === 'vpn' || type === 'wireguard') return 'private'
  if (!wifi || wifi.security === 'unknown') return 'unknown'
  return wifi.security === 'open' || wifi.security === 'owe' ? 'public' : 'private'
}

function joined(
  active: Properties | undefined,
  wireless: Properties | undefined,
  facts: Facts,
): Properties | undefined {
  const accessPoint = path(wireless, 'ActiveAccessPoint') ?? path(active, 'SpecificObject')
  return accessPoint === null ? undefined : facts.read(accessPoint, ACCESS_POINT)
}

function strongest(settings: Properties, facts: Facts): Properties | undefined {
  const ssid = bytes(section(settings, '802-11-wireless'), 'ssid')
  let best: Properties | undefined
  if (ssid)
    for (const candidate of facts.members(accessPointsOf(ssid))) {
      const accessPoint = facts.read(candidate, ACCESS_POINT)
      if (!best || number(accessPoint, 'Strength') > number(best, 'Strength')) best = accessPoint
    }
  return best
}

function interfaceOf(given: {
  readonly activePath: string | null
  readonly active: Properties | undefined
  readonly device: Properties | undefined
  readonly kernel: Properties | undefined
  readonly facts: Facts
}): LinkConfiguration['interface'] {
  const { activePath, active, device, kernel, facts } = given
  // The device has its addresses a moment before the active connection names them; but while one connection takes the
  // device over from another, they are still those of the former one.
  const isOwner = path(device, 'ActiveConnection') === activePath
  const config = (name: string, as: string) => {
    const at = (isOwner ? path(device, name) : null) ?? path(active, name)
    return at === null ? undefined : facts.read(at, as)
  }
  const index = number(kernel, 'index') || null
  return interfaceFacts({ device, ip4: config('Ip4Config', IP4), ip6: config('Ip6Config', IP6), index })
}

function rider(active: Properties | undefined, facts: Facts): string | null {
  const base = path(active, 'SpecificObject')
  return base === null ? null : text(facts.read(base, ACTIVE), 'Uuid') || null
}

function proxyOf(proxy: Properties): LinkConfiguration['proxy'] {
  if (number(proxy, 'method') !== 1) return null
  return { method: 'auto', pac: text(proxy, 'pac-url') || text(proxy, 'pac-script') || null }
}
