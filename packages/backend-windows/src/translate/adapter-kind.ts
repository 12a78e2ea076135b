import type { Bearer } from '@roamkit/core/contract'
import { IfType, InterfaceFlag, PhysicalMedium } from '../ffi/numbers.js'
import type { InterfaceRow, VpnRow } from '../tables/captured.js'

/**
 * What an adapter is (rules T1, T2, T4). `card`: hardware, which is made to lead out. `face`: without hardware of its own, and
 * an uplink only while it has the way out; it may be the face of a card that a switch, a bridge or a team has taken over, or
 * lead into this machine alone. `tunnel`: rides on others, and is never an uplink.
 */
export interface AdapterKind {
  readonly bearer: Bearer
  readonly role: 'card' | 'face' | 'tunnel'
}

/** Names that drivers of tunnels have, also where they call themselves hardware. */
const TUNNELS =
  /\bTAP\b|\bTAP-|\bTUN\b|Tunnel|\bVPN\b|Wintun|WireGuard|Tailscale|ZeroTier|Hamachi|AnyConnect|Fortinet|\bPANGP\b/i

/** Phones: their drivers call themselves virtual at times. */
const TETHERS = /\bR?NDIS\b|Apple Mobile Device Ethernet/i
const BLUETOOTH = /Bluetooth.*(Personal Area Network|\bPAN\b)/i

/** What stands for cards of this machine, or for other machines on it. */
const FACES: readonly (readonly [pattern: RegExp, bearer: Bearer])[] = [
  [/Network Adapter Multiplexor|\bTEAM\b/i, 'bond'],
  [/MAC Bridge|Network Bridge/i, 'bridge'],
  [/\bVLAN\b/i, 'vlan'],
  [/Hyper-V|VMware|VirtualBox|Parallels|Npcap|Loopback/i, 'ethernet'],
]

/** Wi-Fi adapters that Windows adds: to be an access point, or to reach single devices. */
const SHARED_WIFI = /Wi-?Fi Direct|Hosted Network|Virtual Wi-?Fi/i

/**
 * The kind of an adapter; `null`: none that is listed (rule C9). Windows says whether it is hardware, of which type, and over which medium;
 * where that is not enough the driver's description decides, and an adapter without hardware that nothing is known of
 * is taken for a tunnel, unless it has the address of a card: nearly all are, and a host is not online by one.
 */
export function adapterKind(row: InterfaceRow, cards: ReadonlySet<string>): AdapterKind | null {
  switch (row.type) {
    case IfType.Ethernet:
      return ethernetKind(row, cards)
    case IfType.PropVirtual:
      return virtualKind(row, cards)
    case IfType.Lag:
      return { bearer: 'bond', role: 'face' }
    case IfType.Bridge:
      return { bearer: 'bridge', role: 'face' }
    case IfType.Vlan:
    case IfType.IpVlan:
      return { bearer: 'vlan', role: 'face' }
    case IfType.Wifi:
      return wifiKind(row)
    // Which generation it is shows nowhere here.
    case IfType.MobileGsm:
    case IfType.MobileCdma:
      return { bearer: 'cellular', role: 'card' }
    case IfType.Wimax:
      return { bearer: 'wimax', role: 'card' }
    // Dial-up and VPN links are shown by their entries, and tunnels of the system merely exist (rule C9).
    default:
      return null
  }
}

/**
 * The kind of what a phone book's entry dials: a way out of its own over a modem or PPPoE, as far as its connection tells; else
 * a tunnel.
 */
export function dialKind({ connection }: VpnRow): AdapterKind {
  switch (connection?.device) {
    case undefined:
    case '':
    case 'vpn':
      return { bearer: 'vpn', role: 'tunnel' }
    case 'pppoe':
      return { bearer: 'ethernet', role: 'face' }
    default:
      return { bearer: 'unknown', role: 'face' }
  }
}

/** The addresses of all cards, as {@link adapterKind} compares them. */
export function cardAddresses(rows: readonly InterfaceRow[]): ReadonlySet<string> {
  const cards = rows.filter((row) => isHardware(row) && CARDS.includes(row.type))
  return new Set(cards.flatMap((row) => universalAddress(row) ?? []))
}

const CARDS: readonly number[] = [IfType.Ethernet, IfType.Wifi]

function ethernetKind(row: InterfaceRow, cards: ReadonlySet<string>): AdapterKind {
  const { physicalMedium: medium, description } = row
  if (TUNNELS.test(description)) return tunnelKind(description)
  if (medium === PhysicalMedium.Bluetooth || BLUETOOTH.test(description))
    return { bearer: 'bluetooth', role: 'card' }
  // Old modems: Ethernet to Windows.
  if (medium === PhysicalMedium.WirelessWan) return { bearer: 'cellular', role: 'card' }
  if (medium === PhysicalMedium.Wimax) return { bearer: 'wimax', role: 'card' }
  if (TETHERS.test(description)) return { bearer: 'ethernet', role: 'card' }
  if (!isHardware(row)) return virtualKind(row, cards)
  if (medium === PhysicalMedium.Wifi || medium === PhysicalMedium.WirelessLan) return wifiKind(row)
  return { bearer: 'ethernet', role: 'card' }
}

/** It has no hardware. */
function virtualKind(row: InterfaceRow, cards: ReadonlySet<string>): AdapterKind {
  const { description } = row
  if (TUNNELS.test(description)) return tunnelKind(description)
  const [, bearer] = FACES.find(([pattern]) => pattern.test(description)) ?? []
  if (bearer !== undefined) return { bearer, role: 'face' }
  const address = universalAddress(row)
  if (address !== null && cards.has(address)) return { bearer: 'ethernet', role: 'face' }
  return { bearer: 'vpn', role: 'tunnel' }
}

function tunnelKind(description: string): AdapterKind {
  return { bearer: /WireGuard/i.test(description) ? 'wireguard' : 'vpn', role: 'tunnel' }
}

function wifiKind(row: InterfaceRow): AdapterKind {
  const isCard = isHardware(row) && !SHARED_WIFI.test(row.description)
  return { bearer: 'wlan', role: isCard ? 'card' : 'face' }
}

function isHardware({ flags }: InterfaceRow): boolean {
  return (flags & InterfaceFlag.Hardware) !== 0
}

/** Without the bit that a bridge sets in the address that it takes from a card. */
function universalAddress({ hardwareAddress }: InterfaceRow): string | null {
  if (hardwareAddress === null) return null
  const first = Number.parseInt(hardwareAddress.slice(0, 2), 16) & ~2
  return `${first.toString(16).padStart(2, '0')}${hardwareAddress.slice(2)}`
}
