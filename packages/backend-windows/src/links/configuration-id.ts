/**
 * Identifiers survive restarts (rule C3): GUIDs of adapters are in the registry, and profiles and entries are known to Windows
 * itself by their names. An index is given out anew at each start.
 */

/** A profile of a Wi-Fi interface. */
export function wifiId(guid: string, profile: string): string {
  return `wifi:${guid}/${profile}`
}

/** An adapter. */
export function adapterId(guid: string): string {
  return `adapter:${guid}`
}

/** An entry of a phone book: those of all users and those of this user may have the same names. */
export function vpnId(entry: { readonly name: string; readonly isShared: boolean }): string {
  return `vpn:${entry.isShared ? 'all' : 'own'}/${entry.name}`
}

/** What an identifier stands for; `null` for one that is none of these. */
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
