import type { Bearer } from '@roamkit/core/contract'
import { IfType, InterfaceFlag, PhysicalMedium } from '../ffi/numbers.js'
import type { InterfaceRow, VpnRow } from '../tables/captured.js'

/**
 * What an adapter is (rules T1, T2, T4).
 *
 * - `card`: hardware, which can be an uplink.
 * - `virtual`: without hardware of its own. It is an uplink only while it has a route out of the machine. It may stand for a card that a
 *   switch, a bridge or a team uses, or connect this machine to its guests only.
 * - `tunnel`: uses another adapter as its base, and is never an uplink.
 */
export interface AdapterKind {
  readonly bearer: Bearer
  readonly role: 'card' | 'virtual' | 'tunnel'
}

/** Descriptions of tunnel drivers. Some of these drivers claim to be hardware. */
const TUNNELS =
  /\bTAP\b|\bTAP-|\bTUN\b|Tunnel|\bVPN\b|Wintun|WireGuard|Tailscale|ZeroTier|Hamachi|AnyConnect|Fortinet|\bPANGP\b/i

/** Descriptions of tethered phones. Some of their drivers claim to be virtual. */
const TETHERS = /\bR?NDIS\b|Apple Mobile Device Ethernet/i
const BLUETOOTH = /Bluetooth.*(Personal Area Network|\bPAN\b)/i

/** Descriptions of adapters that stand for cards of this machine, or for its guests. */
const VIRTUAL_ADAPTERS: readonly (readonly [pattern: RegExp, bearer: Bearer])[] = [
  [/Network Adapter Multiplexor|\bTEAM\b/i, 'bond'],
  [/MAC Bridge|Network Bridge/i, 'bridge'],
  [/\bVLAN\b/i, 'vlan'],
  [/Hyper-V|VMware|VirtualBox|Parallels|Npcap|Loopback/i, 'ethernet'],
]

/** Descriptions of Wi-Fi adapters that Windows adds for hotspots and Wi-Fi Direct. */
const SHARED_WIFI = /Wi-?Fi Direct|Hosted Network|Virtual Wi-?Fi/i

/**
 * The kind of an adapter; `null` if it is not listed (rule C9). Windows reports whether it is hardware, its type and its medium. If that is
 * not enough, the driver's description decides. An unknown adapter without hardware counts as a tunnel, unless it has the address of a
 * card: nearly all of them are tunnels, and a tunnel alone does not make the host online.
 */
export function adapterKind(row: InterfaceRow, cards: ReadonlySet<string>): AdapterKind | null {
  switch (row.type) {
    case IfType.Ethernet:
      return ethernetKind(row, cards)
    case IfType.PropVirtual:
      return virtualKind(row, cards)
    case IfType.Lag:
      return { bearer: 'bond', role: 'virtual' }
    case IfType.Bridge:
      return { bearer: 'bridge', role: 'virtual' }
    case IfType.Vlan:
    case IfType.IpVlan:
      return { bearer: 'vlan', role: 'virtual' }
    case IfType.Wifi:
      return wifiKind(row)
    // Windows does not report the generation here.
    case IfType.MobileGsm:
    case IfType.MobileCdma:
      return { bearer: 'cellular', role: 'card' }
    case IfType.Wimax:
      return { bearer: 'wimax', role: 'card' }
    // Dial-up and VPN links are listed as phone book entries, and the system's own tunnels are not listed (rule C9).
    default:
      return null
  }
}

/** The kind of a phone book entry's link. An uplink of its own if its connection uses a modem or PPPoE, else a tunnel. */
export function dialKind({ connection }: VpnRow): AdapterKind {
  switch (connection?.device) {
    case undefined:
    case '':
    case 'vpn':
      return { bearer: 'vpn', role: 'tunnel' }
    case 'pppoe':
      return { bearer: 'ethernet', role: 'virtual' }
    default:
      return { bearer: 'unknown', role: 'virtual' }
  }
}

/** The hardware addresses of all cards, as {@link adapterKind} compares them. */
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
  // Windows reports old modems as Ethernet.
  if (medium === PhysicalMedium.WirelessWan) return { bearer: 'cellular', role: 'card' }
  if (medium === PhysicalMedium.Wimax) return { bearer: 'wimax', role: 'card' }
  if (TETHERS.test(description)) return { bearer: 'ethernet', role: 'card' }
  if (!isHardware(row)) return virtualKind(row, cards)
  if (medium === PhysicalMedium.Wifi || medium === PhysicalMedium.WirelessLan) return wifiKind(row)
  return { bearer: 'ethernet', role: 'card' }
}

/** For an adapter without hardware. */
function virtualKind(row: InterfaceRow, cards: ReadonlySet<string>): AdapterKind {
  const { description } = row
  if (TUNNELS.test(description)) return tunnelKind(description)
  const [, bearer] = VIRTUAL_ADAPTERS.find(([pattern]) => pattern.test(description)) ?? []
  if (bearer !== undefined) return { bearer, role: 'virtual' }
  const address = universalAddress(row)
  if (address !== null && cards.has(address)) return { bearer: 'ethernet', role: 'virtual' }
  return { bearer: 'vpn', role: 'tunnel' }
}

function tunnelKind(description: string): AdapterKind {
  return { bearer: /WireGuard/i.test(description) ? 'wireguard' : 'vpn', role: 'tunnel' }
}

function wifiKind(row: InterfaceRow): AdapterKind {
  const isCard = isHardware(row) && !SHARED_WIFI.test(row.description)
  return { bearer: 'wlan', role: isCard ? 'card' : 'virtual' }
}

function isHardware({ flags }: InterfaceRow): boolean {
  return (flags & InterfaceFlag.Hardware) !== 0
}

/** The address without the local bit: a bridge sets it in the address that it copies from a card. */
function universalAddress({ hardwareAddress }: InterfaceRow): string | null {
  if (hardwareAddress === null) return null
  const first = Number.parseInt(hardwareAddress.slice(0, 2), 16) & ~2
  return `${first.toString(16).padStart(2, '0')}${hardwareAddress.slice(2)}`
}
