import { isLinkLocal } from '@roamkit/core/backend-kit'
import { dictionaries, flag, list, type Properties, section, text } from '../../bus/property.js'
import { addressesOf, hasDefaultRoute } from './addresses.js'
import { nameServers4 } from './interface-facts.js'

/** Types of profiles that can lead to other networks by themselves. A tunnel leads where its base does (rule T2). */
const LEADS_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['802-3-ethernet', 'pppoe', 'veth', '802-11-wireless', 'bluetooth', 'gsm', 'cdma', 'wimax', 'adsl'],
  ...['bridge', 'bond', 'team', 'vlan', 'infiniband', 'macvlan', 'ipvlan', 'macsec', 'hsr', 'ovs-interface'],
  // Whatever has no type of its own, such as what `generic.device-handler` makes.
  'generic',
])

/** Wi-Fi modes whose other end is not an access point to other networks. */
const WIFI_AMONG_ITSELF: ReadonlySet<string> = new Set(['ap', 'mesh', 'adhoc'])

/** The addresses and routes of a link that is up. */
export interface UplinkFacts {
  readonly ip4: Properties | undefined
  readonly ip6: Properties | undefined
}

/**
 * Whether a profile is an uplink (rules C9, T1). If its link is up, what the link has decides, otherwise what its settings would give
 * it: also while NetworkManager is about to tell the addresses.
 *
 * @param settings the profile's
 * @param up `null` if it is not up
 */
export function isUplink(settings: Properties, up: UplinkFacts | null): boolean {
  const connection = section(settings, 'connection')
  if (!LEADS_ELSEWHERE.has(text(connection, 'type')) || servesOthers(settings)) return false
  if (up === null || isHalfTold(settings, up))
    return ['ipv4', 'ipv6'].some((family) => wouldLeadOut(section(settings, family)))
  return [up.ip4, up.ip6].some(leadsOut)
}

/** Whether a link that is up has addresses, but none that reaches further than the link. */
export function isLinkLocalOnly({ ip4, ip6 }: UplinkFacts): boolean {
  const addresses = [...addressesOf(ip4), ...addressesOf(ip6)]
  return addresses.length > 0 && addresses.every(isLinkLocal)
}

/** Whether the profile is a network of this machine's own, through which others reach the rest. */
function servesOthers(settings: Properties): boolean {
  return (
    WIFI_AMONG_ITSELF.has(text(section(settings, '802-11-wireless'), 'mode')) ||
    text(section(settings, 'bluetooth'), 'type') === 'nap' ||
    ['ipv4', 'ipv6'].some((family) => text(section(settings, family), 'method') === 'shared')
  )
}

function wouldLeadOut(family: Properties): boolean {
  if (flag(family, 'never-default') === true) return false
  const method = text(family, 'method')
  if (method === 'auto' || method === 'dhcp') return true
  if (method !== 'manual') return false
  return text(family, 'gateway') !== '' || hasDefaultRoute(dictionaries(family, 'route-data'))
}

/** NetworkManager may tell the name servers of a lease before its addresses and its gateway, which it takes from the kernel. */
function isHalfTold(settings: Properties, { ip4 }: UplinkFacts): boolean {
  // The profile's own name servers are told without a lease, too.
  const isOfLease = list(section(settings, 'ipv4'), 'dns').length === 0
  return isOfLease && nameServers4(ip4).length > 0 && addressesOf(ip4).length === 0
}

function leadsOut(ip: Properties | undefined): boolean {
  const hasWay = text(ip, 'Gateway') !== '' || hasDefaultRoute(dictionaries(ip, 'RouteData'))
  return hasWay && addressesOf(ip).some((address) => !isLinkLocal(address))
}
