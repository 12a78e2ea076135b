import { IfType } from '../ffi/numbers.js'
import { vpnId } from '../links/configuration-id.js'
import type { IpTables, Tables, VpnRow } from '../tables/captured.js'
import { type Adapter, adapterOf } from './adapter.js'
import { dialKind } from './adapter-kind.js'

/** The interfaces of the connections of phone book entries, by the entries' ids (rule T2). */
export function dialledOf({ ip, vpn }: Tables): ReadonlyMap<string, Adapter> {
  const found = new Map<string, Adapter>()
  for (const entry of vpn) {
    const row = entry.connection === null ? undefined : rowOf(entry, ip)
    if (row !== undefined) found.set(vpnId(entry), adapterOf(row, dialKind(entry), ip))
  }
  return found
}

/** A connection's interface has the GUID of its entry; else it is the one of its name that was dialled. */
function rowOf({ name, connection }: VpnRow, { interfaces }: IpTables) {
  return (
    interfaces.find(({ guid }) => guid === connection?.guid) ??
    interfaces.find(({ type, alias }) => type === IfType.Ppp && alias === name)
  )
}
