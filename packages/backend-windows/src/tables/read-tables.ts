import { shareStructure } from '@roamkit/core/contract'
import { WindowsError } from '../ffi/windows-error.js'
import type { IpTables, Tables, WifiTable } from './captured.js'
import type { DirtyTables, WifiPart } from './dirty-tables.js'
import type { IpReader } from './ip-reader.js'
import type { NetworkList } from './network-list.js'
import type { VpnEntries } from './vpn-entries.js'
import type { WifiInterface, WifiReader } from './wifi-reader.js'

/** The readers; `null` for what this Windows does not have. */
export interface Sources {
  readonly ip: IpReader
  readonly networks: NetworkList | null
  readonly vpn: VpnEntries | null
  /** Whether access points are read, too. */
  readonly readsAccessPoints: boolean
  /** Rejects with a `WindowsError` while the WLAN service is away. */
  wifi(): Promise<WifiReader | null>
}

/** The tables before the first reading. */
export const NOTHING_READ: Tables = Object.freeze({
  ip: Object.freeze({ interfaces: [], adapters: [], routes: [] }) as IpTables,
  hint: null,
  wifi: [],
  wifiService: 'none',
  storing: 'unknown',
  networks: [],
  vpn: [],
})

/** The outcome of a reading. */
export interface ReadOutcome {
  readonly tables: Tables
  /** Why Wi-Fi could not be read; its tables are then the old ones. `null` if nothing failed. */
  readonly wifiError: WindowsError | null
}

/**
 * Reads the dirty tables, all at once. Tables that are not dirty, and parts that have not changed, stay the same objects. Rejects
 * with a `WindowsError` if IP Helper fails. A failure of the WLAN service does not affect the other tables.
 */
export async function readTables(before: Tables, dirty: DirtyTables, sources: Sources): Promise<ReadOutcome> {
  const [ip, hint, networks, vpn, { wifiError, ...wifi }] = await Promise.all([
    dirty.ip ? sources.ip.tables() : before.ip,
    // It changes with the routes, and its own notification comes a moment later.
    dirty.hint || dirty.ip ? sources.ip.hint() : before.hint,
    dirty.networks && sources.networks ? sources.networks.networks() : before.networks,
    isVpnDirty(before, dirty) && sources.vpn ? sources.vpn.entries() : before.vpn,
    readWifi(before, dirty, sources),
  ])
  return { tables: shareStructure(before, { ip, hint, networks, vpn, ...wifi }), wifiError }
}

/** A tunnel may move to another base; only the routes show it. */
function isVpnDirty({ vpn }: Tables, dirty: DirtyTables): boolean {
  return dirty.vpn || (dirty.ip && vpn.some(({ connection }) => connection !== null))
}

async function readWifi(
  before: Tables,
  dirty: DirtyTables,
  sources: Sources,
): Promise<Pick<Tables, 'wifi' | 'wifiService' | 'storing'> & Pick<ReadOutcome, 'wifiError'>> {
  const { wifi, storing } = before
  const wifiService = dirty.ip && before.wifiService === 'stopping' ? 'away' : before.wifiService
  if (!dirty.hasWifi) return { wifi, wifiService, storing, wifiError: null }
  try {
    const reader = await sources.wifi()
    if (reader === null) return { wifi: [], wifiService: 'none', storing, wifiError: null }
    // After an absence of the service nothing that was read before counts.
    const isWhole = dirty.wifi || before.wifiService !== 'running'
    const permission = isWhole ? reader.storing() : storing
    const read = await Promise.all(
      (await reader.interfaces()).map((one) => {
        const known = wifi.find(({ guid }) => guid === one.guid)
        const parts = isWhole ? 'whole' : (dirty.parts.get(one.guid) ?? NO_PARTS)
        return readInterface(one, { known, dirty: parts, reader, ...sources })
      }),
    )
    return { wifi: read, wifiService: 'running', storing: await permission, wifiError: null }
  } catch (error) {
    if (!(error instanceof WindowsError)) throw error
    return { wifi, wifiService, storing, wifiError: error }
  }
}

const NO_PARTS: ReadonlySet<WifiPart> = new Set()

async function readInterface(
  one: WifiInterface,
  {
    known,
    dirty,
    reader,
    readsAccessPoints,
  }: {
    readonly known: WifiTable | undefined
    readonly dirty: ReadonlySet<WifiPart> | 'whole'
    readonly reader: WifiReader
    readonly readsAccessPoints: boolean
  },
): Promise<WifiTable> {
  const { guid, state } = one
  const isDirty = (part: WifiPart) => dirty === 'whole' || dirty.has(part)
  // The state comes with the list, and the connection must match it.
  const hasOtherState = state !== known?.state
  const [connection, profiles, networks, accessPoints] = await Promise.all([
    hasOtherState || known === undefined || isDirty('connection')
      ? reader.connection(guid, state)
      : known.connection,
    known === undefined || isDirty('profiles') ? reader.profiles(guid) : known.profiles,
    known === undefined || isDirty('networks') ? reader.networks(guid) : known.networks,
    readsAccessPoints && (known === undefined || isDirty('networks'))
      ? reader.accessPoints(guid)
      : (known?.accessPoints ?? []),
  ])
  return { ...one, connection, profiles, networks, accessPoints }
}
