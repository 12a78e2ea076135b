import { shared } from '@roamkit/core/contract'
import type { IpTables, Tables, WifiTable } from './captured.js'
import type { IpReader } from './ip-reader.js'
import type { NetworkList } from './network-list.js'
import type { VpnEntries } from './vpn-entries.js'
import type { WifiInterface, WifiReader } from './wifi-reader.js'

/** A part of a Wi-Fi interface that is read by itself. */
export type WifiPart = 'connection' | 'profiles' | 'networks'

/** What is to be read again. */
export class Wanted {
  ip = false
  hint = false
  networks = false
  vpn = false
  /** Which Wi-Fi interfaces there are; whatever is new is read whole. */
  wifi = false
  readonly parts = new Map<string, Set<WifiPart>>()

  /** Everything there is. */
  static everything(): Wanted {
    return Object.assign(new Wanted(), { ip: true, hint: true, networks: true, vpn: true, wifi: true })
  }

  /** Adds parts of one Wi-Fi interface. */
  of(guid: string, ...parts: readonly WifiPart[]): this {
    const wanted = this.parts.get(guid) ?? new Set()
    for (const part of parts) wanted.add(part)
    this.parts.set(guid, wanted)
    return this
  }

  /** Whether anything is wanted at all. */
  get isEmpty(): boolean {
    return !(this.ip || this.hint || this.networks || this.vpn || this.wifi || this.parts.size > 0)
  }
}

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
  networks: [],
  vpn: [],
})

/**
 * Reads again what is wanted, all at once; the rest stays the same objects, and so does what comes out equal. Rejects with a
 * `WindowsError` of IP Helper or of the WLAN service.
 */
export async function survey(before: Tables, wanted: Wanted, sources: Sources): Promise<Tables> {
  const wantsWifi = wanted.wifi || wanted.parts.size > 0
  const [ip, hint, networks, vpn, wifi] = await Promise.all([
    wanted.ip ? sources.ip.tables() : before.ip,
    // It changes with the routes, and is told a moment later.
    wanted.hint || wanted.ip ? sources.ip.hint() : before.hint,
    wanted.networks && sources.networks ? sources.networks.networks() : before.networks,
    wanted.vpn && sources.vpn ? sources.vpn.entries() : before.vpn,
    wantsWifi ? surveyWifi(before.wifi, wanted, sources) : before.wifi,
  ])
  return shared(before, { ip, hint, networks, vpn, wifi })
}

async function surveyWifi(
  before: readonly WifiTable[],
  wanted: Wanted,
  sources: Sources,
): Promise<readonly WifiTable[]> {
  const reader = await sources.wifi()
  if (reader === null) return []
  const interfaces = await reader.interfaces()
  return Promise.all(
    interfaces.map((one) => {
      const known = before.find(({ guid }) => guid === one.guid)
      return readInterface(one, known, wanted, reader)
    }),
  )
}

async function readInterface(
  one: WifiInterface,
  known: WifiTable | undefined,
  wanted: Wanted,
  reader: WifiReader,
): Promise<WifiTable> {
  const { guid, state } = one
  const isWanted = (part: WifiPart) => wanted.wifi || wanted.parts.get(guid)?.has(part) === true
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
