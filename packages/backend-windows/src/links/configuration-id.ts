/**
 * Identifiers survive restarts (rule C3): the registry keeps the GUIDs of adapters, and Windows itself identifies profiles and
 * phone book entries by their names. An interface index would not do: Windows assigns indexes again at each start.
 */

/** The id of a profile on a Wi-Fi interface. */
export function wifiId(guid: string, profile: string): string {
  return `wifi:${guid}/${profile}`
}

/** The id of an adapter. */
export function adapterId(guid: string): string {
  return `adapter:${guid}`
}

/** The id of a phone book entry. An entry for all users and one of this user may have the same name. */
export function vpnId(entry: { readonly name: string; readonly isShared: boolean }): string {
  return `vpn:${entry.isShared ? 'all' : 'own'}/${entry.name}`
}

/** What a Wi-Fi or adapter id refers to; `null` for every other text. */
export function parseId(id: string):
  | { readonly kind: 'wifi'; readonly guid: string; readonly profile: string }
  | {
      readonly kind: 'adapter'
      readonly guid: string
    }
  | null {
  const [, kind, guid = '', profile] = /^(wifi|adapter):(\{[^}/]*\})(?:\/(.*))?$/s.exec(id) ?? []
  if (kind === 'wifi' && profile !== undefined) return { kind, guid, profile }
  return kind === 'adapter' ? { kind, guid } : null
}
