import {
  type Ended,
  type LinkConfiguration,
  type Permission,
  ssidText,
  type Wifi,
} from '@roamkit/core/contract'
import { number, ordinal, path, text } from '../../bus/property.js'
import { ACCESS_POINT, DEVICE, SETTINGS, WIRELESS } from '../objects/names.js'
import { networkId } from '../objects/network-id.js'
import type { Facts } from './configuration.js'
import { networkOf, profilesFor, profileWith, seenBy } from './network-keys.js'
import { pointOf, signalOf, wifiOf } from './wifi.js'

/** `NM80211Mode` of a device that is an access point. */
const HOTSPOT = 3

/** What a translation of a network reads, besides what that of a profile reads. */
export interface NetworkFacts extends Facts {
  /** How the last activation of that id ended. */
  lastEndOf(id: string): Ended | null
  /** Whether a network was opened here, so that it is listed also while it is out of range. */
  isKept(network: string): boolean
}

/** The access point to join, and the device to join it with. */
export interface Target {
  readonly accessPoint: string
  readonly device: string | null
}

/**
 * Translates a network without a profile (rule N1). Pure. `null` if it has a profile, which is a configuration of its own, if a profile for
 * something else has its id because it was changed after it was saved, or if it is out of range and was never opened here.
 */
export function visibleConfiguration(network: string, facts: NetworkFacts): LinkConfiguration | null {
  const { ssid, security } = networkOf(network)
  for (const profile of facts.members(profilesFor(ssid))) {
    const settings = facts.read(profile, SETTINGS)
    if (settings !== undefined && isFor(wifiOf(settings)?.security, security)) return null
  }
  const id = networkId(ssid, security)
  const [holder] = facts.members(profileWith(id))
  if (holder !== undefined) return null
  const target = targetOf(network, facts)
  if (target === null && !facts.isKept(network)) return null
  const accessPoint = target === null ? undefined : facts.read(target.accessPoint, ACCESS_POINT)
  const device = target?.device == null ? undefined : facts.read(target.device, DEVICE)
  const { control, modifyOwn, modifySystem } = facts.situation
  const isOpenable = security !== 'enterprise'
  const name = ssidText(ssid)
  const permission: Permission = target === null && control !== 'no' ? 'unknown' : control
  return {
    id,
    name,
    bearer: 'wlan',
    purpose: security === 'open' || security === 'owe' ? 'public' : 'private',
    saved: false,
    uplink: true,
    activate: isOpenable ? permission : 'no',
    deactivate: control,
    save: isOpenable ? better(modifyOwn, modifySystem) : 'no',
    forget: better(modifyOwn, modifySystem),
    inRange: target !== null,
    carrier: null,
    link: 'down',
    activation: null,
    ended: facts.lastEndOf(id),
    device: text(device, 'Interface') || null,
    over: null,
    network: name,
    point: pointOf(accessPoint),
    interface: null,
    proxy: null,
    wifi: { ssid: name, hidden: false, security },
    signal: signalOf(accessPoint),
    metered: null,
    cellular: null,
    connectivity: 'unknown',
    portal: null,
  }
}

/** The strongest access point of a network, and a device that sees it, preferably an idle one; `null` if none is in range. */
export function targetOf(network: string, facts: Pick<Facts, 'read' | 'members'>): Target | null {
  let best: string | null = null
  for (const candidate of facts.members(network)) {
    const isBetter = best === null || strengthOf(candidate, facts) > strengthOf(best, facts)
    if (isBetter && !isHostedHere(candidate, facts)) best = candidate
  }
  if (best === null) return null
  const devices = [...facts.members(seenBy(best))].sort((a, b) => ordinal(a) - ordinal(b))
  const idle = devices.find((device) => path(facts.read(device, DEVICE), 'ActiveConnection') === null)
  return { accessPoint: best, device: idle ?? devices[0] ?? null }
}

/** Whether an access point is a hotspot of this machine, which NetworkManager shows with the mode of any other. */
function isHostedHere(accessPoint: string, facts: Pick<Facts, 'read' | 'members'>): boolean {
  return [...facts.members(seenBy(accessPoint))].some((device) => {
    const wireless = facts.read(device, WIRELESS)
    return number(wireless, 'Mode') === HOTSPOT && path(wireless, 'ActiveAccessPoint') === accessPoint
  })
}

function strengthOf(accessPoint: string, facts: Pick<Facts, 'read'>): number {
  return number(facts.read(accessPoint, ACCESS_POINT), 'Strength')
}

/** Whether a profile is for the networks of a class of security: one with a key joins WPA2 and WPA3 alike. */
function isFor(profile: Wifi['security'] | undefined, network: Wifi['security']): boolean {
  const hasKey = (one: Wifi['security'] | undefined) => one === 'wpa' || one === 'wpa3'
  return profile === network || profile === 'unknown' || (hasKey(profile) && hasKey(network))
}

const ORDER: readonly Permission[] = ['yes', 'ask', 'unknown', 'no']

/** The permission that lets more. */
function better(one: Permission, other: Permission): Permission {
  return ORDER.find((permission) => permission === one || permission === other) ?? 'unknown'
}
