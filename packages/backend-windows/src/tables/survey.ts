import { shared } from '@roamkit/core/contract'
import { WindowsError } from '../ffi/windows-error.js'
import type { IpTables, Tables, WifiTable } from './captured.js'
import type { IpReader } from './ip-reader.js'
import type { NetworkList } from './network-list.js'
import type { VpnEntries } from './vpn-entries.js'
import type { Wanted, WifiPart } from './wanted.js'
import type { WifiInterface, WifiReader } from './wifi-reader.js'

/** Whoever can be asked; `null` where this Windows has none. */
export interface Sources {
  readonly ip: IpReader
  readonly networks: NetworkList | null
  readonly vpn: VpnEntries | null
  /** Rejects with a `WindowsError` where the service is away. */
  wifi(): Promise<WifiReader | null>
}

/** The tables before anything is read. */
export const NOTHING_READ: Tables = Object.freeze({
  ip: Object.freeze({ interfaces: [], adapters: [], routes: [] }) as IpTables,
  hint: null,
  wifi: [],
  wifiService: 'none',
  networks: [],
  vpn: [],
})

/** What has come of a reading. */
export interface Surveyed {
  readonly tables: Tables
  /** Why Wi-Fi was not read though it was wanted; its tables are those of before then. */
  readonly wifiError: WindowsError | null
}

/**
 * Reads again what is wanted, all at once; the rest stays the same objects, and so does what comes out equal. Rejects with a
 * `WindowsError` of IP Helper; what the WLAN service does not answer keeps nobody from reading the rest.
 */
export async function survey(before: Tables, wanted: Wanted, sources: Sources): Promise<Surveyed> {
  const [ip, hint, networks, vpn, { wifiError, ...wifi }] = await Promise.all([
    wanted.ip ? sources.ip.tables() : before.ip,
    // It changes with the routes, and is told a moment later.
    wanted.hint || wanted.ip ? sources.ip.hint() : before.hint,
    wanted.networks && sources.networks ? sources.networks.networks() : before.networks,
    isVpnWanted(before, wanted) && sources.vpn ? sources.vpn.entries() : before.vpn,
    surveyWifi(before, wanted, sources),
  ])
  return { tables: shared(before, { ip, hint, networks, vpn, ...wifi }), wifiError }
}

/** A tunnel may move to another base, of which the routes tell and nothing else. */
function isVpnWanted({ vpn }: Tables, wanted: Wanted): boolean {
  return wanted.vpn || (wanted.ip && vpn.some(({ connection }) => connection !== null))
}

async function surveyWifi(
  before: Tables,
  wanted: Wanted,
  sources: Sources,
): Promise<Pick<Tables, 'wifi' | 'wifiService'> & Pick<Surveyed, 'wifiError'>> {
  const { wifi } = before
  const wifiService = wanted.ip && before.wifiService === 'stopping' ? 'away' : before.wifiService
  if (!wanted.isOfWifi) return { wifi, wifiService, wifiError: null }
  try {
    const reader = await sources.wifi()
    if (reader === null) return { wifi: [], wifiService: 'none', wifiError: null }
    // What a service knows that was away is read whole.
    const isWhole = wanted.wifi || before.wifiService !== 'running'
    const read = await Promise.all(
      (await reader.interfaces()).map((one) => {
        const known = wifi.find(({ guid }) => guid === one.guid)
        return readInterface(one, known, isWhole ? 'whole' : (wanted.parts.get(one.guid) ?? NO_PARTS), reader)
      }),
    )
    return { wifi: read, wifiService: 'running', wifiError: null }
  } catch (error) {
    if (!(error instanceof WindowsError)) throw error
    return { wifi, wifiService, wifiError: error }
  }
}

const NO_PARTS: ReadonlySet<WifiPart> = new Set()

async function readInterface(
  one: WifiInterface,
  known: WifiTable | undefined,
  wanted: ReadonlySet<WifiPart> | 'whole',
  reader: WifiReader,
): Promise<WifiTable> {
  const { guid, state } = one
  const isWanted = (part: WifiPart) => wanted === 'whole' || wanted.has(part)
  // Its state comes with the list, and what it is connected to must fit.
  const isOther = state !== known?.state
  const [connection, profiles, networks] = await Promise.all([
    isOther || known === undefined || isWanted('connection')
      ? reader.connection(guid, state)
      : known.connection,
    known === undefined || isWanted('profiles') ? reader.profiles(guid) : known.profiles,
    known === undefined || isWanted('networks') ? reader.networks(guid) : known.networks,
  ])
  return { ...one, connection, profiles, networks }
}
