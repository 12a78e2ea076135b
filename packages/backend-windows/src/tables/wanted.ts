import type { IpHintSource } from '../notifications/notification-health.js'
import type { WifiNote } from '../notifications/wifi-note.js'

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

  /** Adds everything there is. */
  everything(): this {
    return Object.assign(this, { ip: true, hint: true, networks: true, vpn: true, wifi: true })
  }

  /** Adds parts of one Wi-Fi interface. */
  of(guid: string, ...parts: readonly WifiPart[]): this {
    const wanted = this.parts.get(guid) ?? new Set()
    for (const part of parts) wanted.add(part)
    this.parts.set(guid, wanted)
    return this
  }

  /** Adds what a hint of IP Helper is about, on a machine with those Wi-Fi interfaces. */
  hinted(source: IpHintSource, wifi: readonly { readonly guid: string }[]): this {
    if (source === 'hint') return Object.assign(this, { hint: true, networks: true })
    this.ip = true
    // Losing its connection is how a Wi-Fi service that has gone shows where nobody tells.
    if (source === 'interface') for (const { guid } of wifi) this.of(guid, 'connection')
    return this
  }

  /** Adds what a notification of the WLAN service is about. */
  noted({ kind, guid }: WifiNote): this {
    switch (kind) {
      case 'completed':
        this.ip = true
        return this.of(guid, 'connection', 'networks')
      case 'failed':
      case 'disconnected':
        return this.of(guid, 'connection', 'networks')
      case 'scanned':
      case 'scanFailed':
      case 'networks':
        return this.of(guid, 'networks')
      case 'profiles':
        return this.of(guid, 'profiles', 'networks')
      case 'interfaces':
      case 'radio':
        this.wifi = true
        return this
      default:
        return this.of(guid, 'connection')
    }
  }

  /** Whether anything of Wi-Fi is wanted. */
  get isOfWifi(): boolean {
    return this.wifi || this.parts.size > 0
  }

  /** Whether nothing is wanted at all. */
  get isEmpty(): boolean {
    return !(this.ip || this.hint || this.networks || this.vpn || this.isOfWifi)
  }
}
