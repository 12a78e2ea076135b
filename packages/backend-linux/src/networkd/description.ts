import { hardwareAddress, ipv6Text } from '../networkmanager/translate/interface-facts.js'
import { bytesOf, listOf, member, numberOf, textOf } from './json.js'
import { asIndex } from './names.js'

/** A route to everywhere, in the main table. */
export interface DefaultRoute {
  readonly family: 4 | 6
  /** `null` on a point-to-point link. */
  readonly gateway: string | null
  /** The kernel prefers the lowest. */
  readonly metric: number
}

/** What networkd says of a link in `Link.Describe`, as far as it is used. The states are networkd's words, and `''` if it says none. */
export interface LinkDescription {
  readonly index: number
  readonly name: string
  /** The kernel's kind of a virtual interface, such as `bridge`; `''` for hardware. */
  readonly kind: string
  /** `ether`, `wlan`, `wwan`, `loopback`; for a virtual interface often its kind. */
  readonly type: string
  /** The index of the bond, bridge, team or VRF that it is a port of. */
  readonly master: number | null
  readonly mtu: number | null
  readonly hardwareAddress: string | null
  /** `AdministrativeState`: pending, initialized, configuring, configured, unmanaged, failed, linger. */
  readonly setup: string
  /** `CarrierState`: off, no-carrier, dormant, degraded-carrier, carrier, enslaved. */
  readonly carrierState: string
  /** `ActivationPolicy` of the .network file. */
  readonly policy: string
  /** The path of the .network file; `null` if no file applies. */
  readonly networkFile: string | null
  /** Those that a program can bind to now, in CIDR notation and in a fixed order. */
  readonly addresses: readonly string[]
  readonly defaultRoutes: readonly DefaultRoute[]
  readonly dns: readonly string[]
  readonly searchDomains: readonly string[]
  /** As networkd decodes it: untrusted text. */
  readonly ssid: string | null
  readonly bssid: string | null
}

/** The kernel's table for routes that no rule chooses. */
const MAIN_TABLE = 254
/** `IFA_F_DADFAILED`, `IFA_F_TENTATIVE` and `IFA_F_OPTIMISTIC` of the kernel. */
const [DAD_FAILED, TENTATIVE, OPTIMISTIC] = [0x08, 0x40, 0x04]

/**
 * Reads the JSON of `Link.Describe` (systemd 252 or newer). `null` if it does not describe a link; members of another type are left out.
 *
 * @param json as it came from the bus
 */
export function readDescription(json: unknown): LinkDescription | null {
  const said = parse(json)
  const index = asIndex(member(said, 'Index'))
  const name = textOf(said, 'Name')
  const setup = textOf(said, 'AdministrativeState')
  if (index === null || name === '' || setup === '') return null
  return {
    index,
    name,
    kind: textOf(said, 'Kind'),
    type: textOf(said, 'Type'),
    master: asIndex(member(said, 'MasterInterfaceIndex')),
    mtu: positive(numberOf(said, 'MTU')),
    hardwareAddress: hardwareText(bytesOf(said, 'HardwareAddress')),
    setup,
    carrierState: textOf(said, 'CarrierState'),
    policy: textOf(said, 'ActivationPolicy'),
    networkFile: textOf(said, 'NetworkFile') || null,
    addresses: listOf(said, 'Addresses')
      .flatMap((one) => addressOf(one) ?? [])
      .sort(byFamilyThenText),
    defaultRoutes: listOf(said, 'Routes').flatMap((one) => defaultRouteOf(one) ?? []),
    dns: listOf(said, 'DNS').flatMap((one) => addressText(bytesOf(one, 'Address')) ?? []),
    searchDomains: listOf(said, 'SearchDomains').flatMap((one) => textOf(one, 'Domain') || []),
    ssid: textOf(said, 'SSID') || null,
    bssid: hardwareText(bytesOf(said, 'BSSID')),
  }
}

/** The kernel prefers the lowest metric. IPv4 comes first, because more destinations need it. */
export function byPreference(one: DefaultRoute, other: DefaultRoute): number {
  return one.family - other.family || one.metric - other.metric
}

function parse(json: unknown): unknown {
  if (typeof json !== 'string') return null
  try {
    return JSON.parse(json)
  } catch {
    // Not JSON: it describes nothing.
    return null
  }
}

/** Left out: what networkd has not set yet or is about to remove, and IPv6 addresses that may turn out to be duplicates. */
function addressOf(said: unknown): string | null {
  const flags = numberOf(said, 'Flags') ?? 0
  const isTentative = (flags & TENTATIVE) !== 0 && (flags & OPTIMISTIC) === 0
  if (!isInForce(said) || isTentative || (flags & DAD_FAILED) !== 0) return null
  const bytes = bytesOf(said, 'Address')
  const text = addressText(bytes)
  const prefix = numberOf(said, 'PrefixLength')
  const isPrefix = prefix !== null && Number.isInteger(prefix) && prefix >= 0
  return text !== null && isPrefix && prefix <= (bytes?.length ?? 0) * 8 ? `${text}/${prefix}` : null
}

function defaultRouteOf(said: unknown): DefaultRoute | null {
  const isDefault = numberOf(said, 'DestinationPrefixLength') === 0 && numberOf(said, 'Table') === MAIN_TABLE
  const destination = bytesOf(said, 'Destination')
  const metric = numberOf(said, 'Priority')
  if (!isDefault || !isInForce(said) || destination === null || metric === null) return null
  if (textOf(said, 'TypeString') !== 'unicast') return null
  return {
    family: destination.length === 4 ? 4 : 6,
    gateway: addressText(bytesOf(said, 'Gateway')),
    metric,
  }
}

/** `ConfigState` is a list. An address or route that is being removed stays `configured` until the kernel has confirmed it. */
function isInForce(said: unknown): boolean {
  const states = textOf(said, 'ConfigState').split(',')
  return states.includes('configured') && !states.includes('removing')
}

function addressText(bytes: Uint8Array | null): string | null {
  if (bytes?.length === 4) return bytes.join('.')
  return bytes?.length === 16 ? ipv6Text(bytes) : null
}

function hardwareText(bytes: Uint8Array | null): string | null {
  return hardwareAddress(Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, '0')).join(':'))
}

/** networkd keeps its addresses in a set, so each answer has another order. */
function byFamilyThenText(one: string, other: string): number {
  const isSix = (address: string) => Number(address.includes(':'))
  return isSix(one) - isSix(other) || (one < other ? -1 : 1)
}

function positive(value: number | null): number | null {
  return value !== null && Number.isInteger(value) && value > 0 && value < 2 ** 32 ? value : null
}
