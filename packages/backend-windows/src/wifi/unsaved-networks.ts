import { wifiId } from '../links/configuration-id.js'
import type { WifiNetwork, WifiTable } from '../tables/captured.js'
import { networkName, type UnsavedNetwork } from './network-profile.js'
import { isSsid } from './ssid.js'
import { wifiProfileFacts } from './wifi-profile.js'
import { isFor, securityOf } from './wifi-security.js'

/** The networks without a profile that are configurations (rule N1). */
export class UnsavedNetworks {
  readonly #isListing: boolean
  readonly #opened = new Map<string, UnsavedNetwork>()

  /** @param options `visibleNetworks`: whether those in range are configurations */
  constructor({ visibleNetworks }: { readonly visibleNetworks: boolean }) {
    this.#isListing = visibleNetworks
  }

  /** This program opens a network: from now on it is listed also while it is out of range. */
  keep(guid: string, network: UnsavedNetwork): void {
    this.#opened.set(wifiId(guid, network.profile), network)
  }

  /**
   * The networks of an interface, each once. The network of the present connection is always one of them: another program may have
   * connected with a profile that is not stored.
   */
  of(table: WifiTable): readonly UnsavedNetwork[] {
    const found = this.#candidates(table)
    const current = unlistedConnection(table)
    if (current === null || found.some(({ profile }) => profile === current.profile)) return found
    return [current, ...found.filter((one) => !isSame(current, one))]
  }

  /** The networks that this program lists by itself, without those that have a profile, and without those whose name a profile has. */
  #candidates({ guid, profiles, networks }: WifiTable): readonly UnsavedNetwork[] {
    const opened = [...this.#opened].filter(([id, { profile }]) => id === wifiId(guid, profile))
    const seen = this.#isListing && networks !== null && networks !== 'denied' ? networks : []
    const all = [...opened.map(([, one]) => one), ...seen.flatMap(visible)]
    if (all.length === 0) return all
    const stored = profiles.map(({ name, xml }) => ({ name, ...wifiProfileFacts(name, xml) }))
    const covered = seen.filter(({ profile }) => stored.some(({ name }) => name === profile)).flatMap(visible)
    const isCovered = ({ profile, ssid, security }: UnsavedNetwork) =>
      covered.some((one) => one.profile === profile) ||
      stored.some(
        ({ name, ssids, wifi }) =>
          name === profile || (ssids.includes(ssid) && isFor(wifi.security, security)),
      )
    // Windows lists some networks several times.
    const found = new Map<string, UnsavedNetwork>()
    for (const network of all)
      if (!isCovered(network) && (network.isConnectable || !found.has(network.profile)))
        found.set(network.profile, network)
    return [...found.values()]
  }
}

/** The network of a connection whose profile is not stored. */
function unlistedConnection({ profiles, connection }: WifiTable): UnsavedNetwork | null {
  if (connection === null || connection === 'denied' || connection.profile === '') return null
  const { profile, ssid, keys } = connection
  if (profiles.some(({ name }) => name === profile)) return null
  return { profile, ssid, security: securityOf(keys), keys, isConnectable: true }
}

/** A hidden network names itself with no bytes, or with zeros. */
function visible({ ssid, keys, isInfrastructure, isConnectable }: WifiNetwork): readonly UnsavedNetwork[] {
  if (!isInfrastructure || !isSsid(ssid) || /^0*$/.test(ssid)) return []
  const security = securityOf(keys)
  return [{ profile: networkName(ssid, security), ssid, security, keys, isConnectable }]
}

function isSame(one: UnsavedNetwork, other: UnsavedNetwork): boolean {
  return one.ssid === other.ssid && isFor(one.security, other.security)
}
