import { IfType } from '../ffi/numbers.js'
import { vpnId } from '../links/configuration-id.js'
import type { IpTables, Tables, VpnRow } from '../tables/captured.js'
import { type Adapter, adapterOf } from './adapter.js'
import { dialKind } from './adapter-kind.js'

/** The adapters of connected phone book entries, by the ids of the entries (rule T2). */
export function dialledAdapters({ ip, vpn }: Tables): ReadonlyMap<string, Adapter> {
  const found = new Map<string, Adapter>()
  for (const entry of vpn) {
    const row = entry.connection === null ? undefined : rowOf(entry, ip)
    if (row !== undefined) found.set(vpnId(entry), adapterOf(row, dialKind(entry), ip))
  }
  return found
}

/** The interface of a connection has the GUID of the entry, or else the name of the entry and the type PPP. */
function rowOf({ name, connection }: VpnRow, { interfaces }: IpTables) {
  return (
    interfaces.find(({ guid }) => guid === connection?.guid) ??
    interfaces.find(({ type, alias }) => type === IfType.Ppp && alias === name)
  )
}
