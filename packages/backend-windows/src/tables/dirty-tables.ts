import type { IpHintSource } from '../notifications/notification-health.js'
import type { WifiNote } from '../notifications/wifi-note.js'

/** A table that is read as a whole. `wifi`: the list of Wi-Fi interfaces. A new interface is read completely. */
export type TableName = 'ip' | 'hint' | 'networks' | 'vpn' | 'wifi'

/** A part of a Wi-Fi interface that is read by itself. */
export type WifiPart = 'connection' | 'profiles' | 'networks'

/** What must be read again. */
export class DirtyTables {
  ip = false
  hint = false
  networks = false
  vpn = false
  wifi = false
  /** Parts of Wi-Fi interfaces, by GUID. */
  readonly parts = new Map<string, Set<WifiPart>>()

  /** Adds tables. */
  add(...names: readonly TableName[]): this {
    for (const name of names) this[name] = true
    return this
  }

  /** Adds all tables. */
  addAll(): this {
    return this.add('ip', 'hint', 'networks', 'vpn', 'wifi')
  }

  /** Adds parts of one Wi-Fi interface. */
  addWifi(guid: string, ...parts: readonly WifiPart[]): this {
    const dirty = this.parts.get(guid) ?? new Set()
    for (const part of parts) dirty.add(part)
    this.parts.set(guid, dirty)
    return this
  }

  /** Adds what a notification of IP Helper is about, on a machine with those Wi-Fi interfaces. */
  addForHint(source: IpHintSource, wifi: readonly { readonly guid: string }[]): this {
    if (source === 'hint') return this.add('hint', 'networks')
    this.add('ip')
    // If nothing announces the end of the Wi-Fi service, it shows by the loss of the connection.
    if (source === 'interface') for (const { guid } of wifi) this.addWifi(guid, 'connection')
    return this
  }

  /** Adds what a notification of the WLAN service is about. */
  addForNote({ kind, guid }: WifiNote): this {
    switch (kind) {
      case 'completed':
        return this.add('ip').addWifi(guid, 'connection', 'networks')
      case 'failed':
      case 'disconnected':
        return this.addWifi(guid, 'connection', 'networks')
      case 'scanned':
      case 'scanFailed':
      case 'networks':
        return this.addWifi(guid, 'networks')
      case 'profiles':
        return this.addWifi(guid, 'profiles', 'networks')
      case 'interfaces':
      case 'radio':
        return this.add('wifi')
      default:
        return this.addWifi(guid, 'connection')
    }
  }

  /** Whether anything of Wi-Fi is dirty. */
  get hasWifi(): boolean {
    return this.wifi || this.parts.size > 0
  }

  /** Whether nothing is dirty. */
  get isEmpty(): boolean {
    return !(this.ip || this.hint || this.networks || this.vpn || this.hasWifi)
  }
}
