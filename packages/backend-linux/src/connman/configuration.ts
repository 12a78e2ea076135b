import { isLinkLocal } from '@roamkit/core/backend-kit'
import type { Connectivity, Ended, LinkConfiguration, LinkPhase, Permission } from '@roamkit/core/contract'
import { flag, number, type Properties, section, text } from '../bus/property.js'
import {
  addressesOf,
  bearerOf,
  cellularOf,
  hasDefaultRoute,
  interfaceOf,
  isVpn,
  isWired,
  proxyOf,
  wouldLeadOut,
} from './service-facts.js'
import { wifiOf } from './wifi-service.js'

/** What a translation of a service needs to know besides its properties. */
export interface Situation {
  readonly link: LinkPhase
  readonly activation: string | null
  readonly ended: Ended | null
  /** Whether the service has the default route. */
  readonly isDefault: boolean
  /** The identifier of the service that VPNs ride on; `null` while there is none. */
  readonly base: string | null
  /** The kernel's index of its interface; `null` if it is unknown. */
  readonly index: number | null
  /** Whether this program opened it and has not saved it: ConnMan stores it while it is connected (rule N2). */
  readonly isBorrowed: boolean
}

/** Whether ConnMan has stored a service, as opposed to only seeing it. It stores a network when it has connected to it. */
export function isStored(service: Properties): boolean {
  return flag(service, 'Favorite') === true
}

/** Whether a network in range can be opened: one that hides its name needs more than a key. */
export function isNetwork(id: string, service: Properties): boolean {
  return text(service, 'Type') !== 'wifi' || wifiOf(id, service) !== null
}

/** Whether a service is an enterprise network that ConnMan has no settings for. */
export function needsSettings(id: string, service: Properties): boolean {
  const isSetUp = isStored(service) || flag(service, 'Immutable') === true
  return wifiOf(id, service)?.security === 'enterprise' && !isSetUp
}

/** Translates one service of ConnMan. Pure. */
export function configurationOf(id: string, service: Properties, situation: Situation): LinkConfiguration {
  const { link, activation, ended, isDefault, base, index, isBorrowed } = situation
  const wifi = wifiOf(id, service)
  const isDown = link === 'down'
  const saved = isStored(service) && !isBorrowed
  const interface_ = isDown ? null : interfaceOf(service, index)
  const carries = isWired(service) || wifi !== null
  return {
    id,
    name: nameOf(id, service),
    bearer: bearerOf(service),
    purpose: purposeOf(service, wifi),
    saved,
    uplink: isUplink(service, link, isDefault),
    activate: isVpn(service) && base === null ? 'unknown' : 'yes',
    deactivate: 'yes',
    save: mayStore(saved || (isBorrowed && link === 'up')),
    forget: mayStore(saved && !isWired(service) && flag(service, 'Immutable') !== true),
    inRange: isVpn(service) ? base !== null : true,
    // ConnMan lists neither a cable without a carrier nor a network out of range.
    carrier: isDown || !carries ? null : link === 'up' || isWired(service),
    link,
    activation,
    ended,
    device: text(section(service, 'Ethernet'), 'Interface') || null,
    over: !isDown && isVpn(service) && base !== id ? base : null,
    network: wifi?.ssid ?? null,
    point: null,
    interface: interface_,
    proxy: isDown ? null : proxyOf(service),
    wifi,
    signal: signalOf(service),
    metered: text(service, 'Type') === 'cellular' ? { value: true, sure: false } : null,
    cellular: text(service, 'Type') === 'cellular' ? cellularOf(service) : null,
    connectivity: link === 'up' ? connectivityOf(service) : 'unknown',
    portal: null,
  }
}

/** What is left of a service that ConnMan does not list any more: it is stored, or this program has opened it (rules N1, S13). */
export function outOfRange(last: LinkConfiguration, ended: Ended | null): LinkConfiguration {
  const nothing = { over: null, point: null, interface: null, proxy: null, signal: null, portal: null }
  return {
    ...last,
    ...nothing,
    activate: 'unknown',
    save: 'no',
    forget: 'no',
    inRange: false,
    carrier: null,
    link: 'down',
    activation: null,
    ended,
    connectivity: 'unknown',
  }
}

/** ConnMan calls every cable "Wired", so a cable has its interface in its name. */
function nameOf(id: string, service: Properties): string {
  const name = text(service, 'Name') || id
  const device = text(section(service, 'Ethernet'), 'Interface')
  return isWired(service) && device !== '' ? `${name} (${device})` : name
}

function purposeOf(service: Properties, wifi: LinkConfiguration['wifi']): LinkConfiguration['purpose'] {
  if (isVpn(service)) return 'private'
  if (wifi === null || wifi.security === 'unknown') return 'unknown'
  return wifi.security === 'open' ? 'public' : 'private'
}

/**
 * Rule T1. ConnMan gives the default route to one service at a time, and names the gateway of no other. Of the others, their settings decide: they
 * get the default route when they are first.
 */
function isUplink(service: Properties, link: LinkPhase, isDefault: boolean): boolean {
  if (isVpn(service)) return false
  if (link !== 'up') return wouldLeadOut(service)
  if (addressesOf(service).every(isLinkLocal)) return false
  return hasDefaultRoute(service) || (!isDefault && wouldLeadOut(service))
}

/** ConnMan calls a service online if its online check has succeeded. It checks only the service that has the default route. */
function connectivityOf(service: Properties): Connectivity {
  if (text(service, 'State') === 'online') return 'full'
  return addressesOf(service).every(isLinkLocal) ? 'limited' : 'unknown'
}

/** In steps of 5, so that noise is not a change (rule C2). A cable has none. */
function signalOf(service: Properties): number | null {
  if (!service.has('Strength')) return null
  return Math.max(0, Math.min(100, Math.round(number(service, 'Strength') / 5) * 5))
}

/** ConnMan itself asks for no permission: who may call it may do everything. */
function mayStore(isPossible: boolean): Permission {
  return isPossible ? 'yes' : 'no'
}
