import type { Traffic } from '@roamkit/core/contract'
import { AnswerBuffer } from '../ffi/answer-buffer.js'
import { koffi, structs } from '../ffi/declarations.js'
import { type Guid, guidText } from '../ffi/guid.js'
import type { Functions } from '../ffi/libraries.js'
import { IfType, NOT_THERE, WinError } from '../ffi/numbers.js'
import { WindowsError } from '../ffi/windows-error.js'
import { addressText, hardwareAddressText } from './address.js'
import type { AdapterRow, AddressRow, HintRow, InterfaceRow, IpTables, RouteRow } from './captured.js'

/** AF_UNSPEC, and GAA_FLAG_SKIP_ANYCAST | SKIP_MULTICAST | INCLUDE_GATEWAYS. */
const ALL_FAMILIES = 0
const WHAT = 0x2 | 0x4 | 0x80
/** The most rows that are read from a table. */
const MOST = 4096

const USUAL = 32 * 1024
/** The bytes of a sockaddr_in6, the longest. */
const SOCKADDR_IN6 = 28
/** The largest buffer for GetAdaptersAddresses, in bytes, and the most attempts. */
const LARGEST = 16 * 1024 * 1024
const TRIES = 10

/** Reads and decodes the tables of IP Helper. Decides nothing. */
export class IpReader {
  readonly #functions: Functions<'iphlpapi'>
  /** The size that GetAdaptersAddresses needed last, in bytes. */
  #size = USUAL

  /** @param functions of iphlpapi.dll */
  constructor(functions: Functions<'iphlpapi'>) {
    this.#functions = functions
  }

  /**
   * Reads all three tables. Rejects with a `WindowsError`. Interfaces are read last: an interface that goes down meanwhile then shows
   * as down, and not as up without an address.
   */
  async tables(): Promise<IpTables> {
    const [adapters, routes] = await Promise.all([this.#adapters(), this.#routes()])
    return { interfaces: await this.#interfaces(), adapters, routes }
  }

  /** Reads the connectivity of the machine. Resolves to `null` before Windows 10, 2004. */
  async hint(): Promise<HintRow | null> {
    const hint: Partial<Hint> = {}
    if ((await this.#functions.GetNetworkConnectivityHint.async(hint)) !== WinError.Success) return null
    return {
      level: hint.ConnectivityLevel ?? 0,
      cost: hint.ConnectivityCost ?? 0,
      isApproachingLimit: hint.ApproachingDataLimit !== 0,
      isOverLimit: hint.OverDataLimit !== 0,
      isRoaming: hint.Roaming !== 0,
    }
  }

  /** The bytes that have passed an interface. Synchronous: the kernel answers at once from its counters. */
  traffic(luid: string): Traffic | null {
    const { MIB_IF_ROW2 } = structs
    const row = Buffer.alloc(koffi.sizeof(MIB_IF_ROW2))
    row.writeBigUInt64LE(BigInt(luid), 0)
    if (this.#functions.GetIfEntry2.sync(row) !== WinError.Success) return null
    const counter = (name: string) => Number(row.readBigUInt64LE(koffi.offsetof(MIB_IF_ROW2, name)))
    return { received: counter('InOctets'), written: counter('OutOctets') }
  }

  /** Enables or disables an adapter. Resolves to Windows's code. */
  async setAdminStatus(index: number, status: number): Promise<number> {
    const { MIB_IFROW } = structs
    const row = Buffer.alloc(koffi.sizeof(MIB_IFROW))
    row.writeUInt32LE(index, koffi.offsetof(MIB_IFROW, 'dwIndex'))
    row.writeUInt32LE(status, koffi.offsetof(MIB_IFROW, 'dwAdminStatus'))
    return this.#functions.SetIfEntry.async(row)
  }

  async #interfaces(): Promise<readonly InterfaceRow[]> {
    const rows = await this.#table<IfRow>('MIB_IF_TABLE2', structs.MIB_IF_ROW2, (out) =>
      this.#functions.GetIfTable2.async(out),
    )
    return rows.map(interfaceRow)
  }

  async #routes(): Promise<readonly RouteRow[]> {
    const rows = await this.#table<ForwardRow>('MIB_IPFORWARD_TABLE2', structs.MIB_IPFORWARD_ROW2, (out) =>
      this.#functions.GetIpForwardTable2.async(ALL_FAMILIES, out),
    )
    return rows
      .filter(({ DestinationPrefix }) => DestinationPrefix.PrefixLength === 0)
      .map(({ InterfaceLuid, DestinationPrefix, Metric }) => ({
        luid: String(InterfaceLuid),
        family: DestinationPrefix.Prefix.si_family === 2 ? 'ipv4' : 'ipv6',
        metric: Metric,
      }))
  }

  async #table<Row>(
    name: 'MIB_IF_TABLE2' | 'MIB_IPFORWARD_TABLE2',
    row: (typeof structs)['MIB_IF_ROW2'],
    read: (out: [unknown]) => Promise<number>,
  ): Promise<readonly Row[]> {
    const out: [unknown] = [null]
    const code = await read(out)
    if (code === WinError.NotFound || code === NOT_THERE) return []
    if (code !== WinError.Success) throw new WindowsError(name, code)
    if (!out[0]) return []
    try {
      const count = Math.min(koffi.decode(out[0], 'uint32_t'), MOST)
      return koffi.decode(out[0], koffi.offsetof(structs[name], 'Table'), row, count)
    } finally {
      this.#functions.FreeMibTable.sync(out[0])
    }
  }

  async #adapters(): Promise<readonly AdapterRow[]> {
    for (let tries = 0; tries < TRIES && this.#size <= LARGEST; tries += 1) {
      const buffer = Buffer.alloc(this.#size)
      const size = [buffer.length]
      const code = await this.#functions.GetAdaptersAddresses.async(ALL_FAMILIES, WHAT, null, buffer, size)
      // ERROR_NO_DATA: there are no adapters.
      if (code === 232) return []
      if (code === WinError.Success) return adapterRows(buffer)
      if (code !== WinError.BufferOverflow) throw new WindowsError('GetAdaptersAddresses', code)
      this.#size = Math.max(size[0] ?? 0, buffer.length) * 2
    }
    this.#size = USUAL
    throw new WindowsError('GetAdaptersAddresses', WinError.BufferOverflow)
  }
}

interface Hint {
  ConnectivityLevel: number
  ConnectivityCost: number
  ApproachingDataLimit: number
  OverDataLimit: number
  Roaming: number
}

interface IfRow {
  readonly InterfaceLuid: number | bigint
  readonly InterfaceIndex: number
  readonly InterfaceGuid: Guid
  readonly Alias: string
  readonly Description: string
  readonly PhysicalAddressLength: number
  readonly PhysicalAddress: Uint8Array
  readonly Mtu: number
  readonly Type: number
  readonly PhysicalMediumType: number
  readonly InterfaceAndOperStatusFlags: number
  readonly OperStatus: number
  readonly AdminStatus: number
  readonly MediaConnectState: number
}

interface ForwardRow {
  readonly InterfaceLuid: number | bigint
  readonly DestinationPrefix: {
    readonly Prefix: { readonly si_family: number }
    readonly PrefixLength: number
  }
  readonly Metric: number
}

interface Linked {
  readonly Next: bigint | number
}

interface AdapterAddresses extends Linked {
  readonly AdapterName: bigint | number
  readonly FriendlyName: bigint | number
  readonly DnsSuffix: bigint | number
  readonly Flags: number
  readonly IfType: number
  readonly Ipv4Metric: number
  readonly Ipv6Metric: number
  readonly FirstUnicastAddress: bigint | number
  readonly FirstGatewayAddress: bigint | number
  readonly FirstDnsServerAddress: bigint | number
  readonly FirstDnsSuffix: bigint | number
}

interface Suffix extends Linked {
  readonly String: string
}

interface WithAddress extends Linked {
  readonly Address: { readonly lpSockaddr: bigint | number; readonly iSockaddrLength: number }
}

interface UnicastAddress extends WithAddress {
  readonly OnLinkPrefixLength: number
  readonly DadState: number
}

function interfaceRow(row: IfRow): InterfaceRow {
  return {
    guid: guidText(row.InterfaceGuid),
    index: row.InterfaceIndex,
    luid: String(row.InterfaceLuid),
    alias: row.Alias,
    description: row.Description,
    type: row.Type,
    physicalMedium: row.PhysicalMediumType,
    mtu: row.Mtu,
    hardwareAddress: hardwareAddressText(
      Uint8Array.from(row.PhysicalAddress).subarray(0, Math.min(row.PhysicalAddressLength, 32)),
    ),
    flags: row.InterfaceAndOperStatusFlags,
    operStatus: row.OperStatus,
    adminStatus: row.AdminStatus,
    mediaState: row.MediaConnectState,
  }
}

/** Follows the lists that GetAdaptersAddresses has written into the buffer. */
function adapterRows(buffer: Buffer): readonly AdapterRow[] {
  const answer = new AnswerBuffer(buffer)
  return answer
    .listFromStart<AdapterAddresses>(structs.IP_ADAPTER_ADDRESSES_LH)
    .filter(({ IfType: type }) => type !== IfType.Loopback)
    .map((entry) => adapterRow(entry, answer))
}

function adapterRow(entry: AdapterAddresses, answer: AnswerBuffer): AdapterRow {
  const { IP_ADAPTER_UNICAST_ADDRESS_LH, IP_ADAPTER_GATEWAY_ADDRESS_LH } = structs
  const { IP_ADAPTER_DNS_SERVER_ADDRESS_XP, IP_ADAPTER_DNS_SUFFIX } = structs
  const suffixes = answer.list<Suffix>(entry.FirstDnsSuffix, IP_ADAPTER_DNS_SUFFIX)
  const domains = [answer.text(entry.DnsSuffix, 'utf16le'), ...suffixes.map((suffix) => suffix.String)]
  const addresses = (first: bigint | number, type: (typeof structs)['MIB_IF_ROW2']) =>
    answer.list<WithAddress>(first, type).flatMap((one) => addressOf(one, answer) ?? [])
  return {
    guid: answer.text(entry.AdapterName, 'latin1').toUpperCase(),
    name: answer.text(entry.FriendlyName, 'utf16le'),
    flags: entry.Flags,
    addresses: answer
      .list<UnicastAddress>(entry.FirstUnicastAddress, IP_ADAPTER_UNICAST_ADDRESS_LH)
      .flatMap((one) => addressRow(one, answer)),
    gateways: addresses(entry.FirstGatewayAddress, IP_ADAPTER_GATEWAY_ADDRESS_LH),
    dns: addresses(entry.FirstDnsServerAddress, IP_ADAPTER_DNS_SERVER_ADDRESS_XP),
    searchDomains: [...new Set(domains.filter((domain) => domain !== ''))],
    metrics: { ipv4: entry.Ipv4Metric, ipv6: entry.Ipv6Metric },
  }
}

function addressRow(entry: UnicastAddress, answer: AnswerBuffer): readonly AddressRow[] {
  const address = addressOf(entry, answer)
  return address === null ? [] : [{ address, prefix: entry.OnLinkPrefixLength, dadState: entry.DadState }]
}

/** Reads at most the bytes that the longest family has. */
function addressOf({ Address: { lpSockaddr, iSockaddrLength } }: WithAddress, answer: AnswerBuffer) {
  const bytes = answer.bytes(lpSockaddr, Math.min(iSockaddrLength, SOCKADDR_IN6))
  return bytes === null ? null : addressText(bytes)
}
