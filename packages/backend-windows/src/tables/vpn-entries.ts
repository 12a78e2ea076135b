import { registered, unregistered } from '../ffi/callback.js'
import { callbacks, koffi, structs } from '../ffi/declarations.js'
import { type Guid, guidText } from '../ffi/guid.js'
import type { Functions, Libraries } from '../ffi/libraries.js'
import { TunnelEnd, WinError } from '../ffi/numbers.js'
import type { Listener } from '../notifications/listener.js'
import { bareAddressText } from './address.js'
import type { VpnConnection, VpnRow } from './captured.js'

/** ERROR_BUFFER_TOO_SMALL and RASBASE + 3. */
const TOO_SMALL = [603, 122]
/** REN_AllUsers. */
const ALL_USERS = 1
/** RASCN_Connection | RASCN_Disconnection, of any connection. */
const COMES_AND_GOES = 3
const ANY_CONNECTION = -1
const FOREVER = 0xffff_ffff
const MOST = 1024

/** The entries of the phone books, and whether they are connected. Nothing is dialled here. */
export class VpnEntries {
  readonly #ras: Functions<'rasapi32'>
  readonly #kernel: Functions<'kernel32'> | null
  #event: unknown = null
  #wait: unknown = null
  #callback: bigint | null = null
  #isClosed = false

  private constructor(ras: Functions<'rasapi32'>, kernel: Functions<'kernel32'> | null) {
    this.#ras = ras
    this.#kernel = kernel
  }

  /** Opens the phone books and listens; `null` where this Windows has none. */
  static async open(libraries: Libraries, { hinted, failed }: Listener<void>): Promise<VpnEntries | null> {
    const ras = libraries.get('rasapi32')
    if (ras === null) return null
    const it = new VpnEntries(ras, libraries.get('kernel32'))
    await it.#listen(() => {
      if (!it.#isClosed) hinted()
    }, failed)
    return it
  }

  /** Every entry, with the state of its connection. */
  async entries(): Promise<readonly VpnRow[]> {
    const [entries, connections] = await Promise.all([this.#entries(), this.#connections()])
    return entries.map(({ szEntryName, szPhonebookPath, dwFlags }) => ({
      name: szEntryName,
      phonebook: szPhonebookPath,
      isShared: (dwFlags & ALL_USERS) !== 0,
      connection: connections.get(keyOf(szEntryName, szPhonebookPath)) ?? null,
    }))
  }

  /** Stops listening and gives everything back; no hint comes after it is called. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Waits for a callback in flight, which waits for this thread.
    if (this.#wait) await this.#kernel?.UnregisterWaitEx.soon(this.#wait, -1)
    if (this.#callback !== null) unregistered(this.#callback)
    if (this.#event) this.#kernel?.CloseHandle.now(this.#event)
  }

  async #listen(hint: () => void, failed: Listener<void>['failed']): Promise<void> {
    const kernel = this.#kernel
    if (kernel === null) return
    this.#event = kernel.CreateEventW.now(null, 0, 0, null)
    const code = await this.#ras.RasConnectionNotificationW.soon(ANY_CONNECTION, this.#event, COMES_AND_GOES)
    if (code !== WinError.Success) return
    this.#callback = registered(hint, callbacks.wait, failed)
    const wait: [unknown] = [null]
    // One of Windows's own threads waits, none of libuv's.
    if (await kernel.RegisterWaitForSingleObject.soon(wait, this.#event, this.#callback, null, FOREVER, 0))
      this.#wait = wait[0]
  }

  async #entries(): Promise<readonly EntryName[]> {
    const { RASENTRYNAMEW } = structs
    return counted<EntryName>(RASENTRYNAMEW, (buffer, size, count) =>
      this.#ras.RasEnumEntriesW.soon(null, null, buffer, size, count),
    )
  }

  async #connections(): Promise<ReadonlyMap<string, VpnConnection>> {
    const rows = await counted<RasConnection>(structs.RASCONNW, (buffer, size, count) =>
      this.#ras.RasEnumConnectionsW.soon(buffer, size, count),
    )
    const statuses = await Promise.all(rows.map(({ hrasconn }) => this.#status(hrasconn)))
    return new Map(
      rows.flatMap(({ szEntryName, szPhonebook, szDeviceType, guidEntry }, index) => {
        const status = statuses[index] ?? null
        if (status === null) return []
        const device = szDeviceType.toLowerCase()
        return [[keyOf(szEntryName, szPhonebook), { ...status, device, guid: guidText(guidEntry) }]] as const
      }),
    )
  }

  /** Asked in the words of Windows 7, and of Vista where that is not understood. */
  async #status(connection: bigint | number): Promise<Pick<VpnConnection, 'state' | 'from'> | null> {
    const { RASCONNSTATUSW, RASCONNSTATUSW_7 } = structs
    for (const type of [RASCONNSTATUSW_7, RASCONNSTATUSW]) {
      const status = Buffer.alloc(koffi.sizeof(type))
      status.writeUInt32LE(status.length, 0)
      const code = await this.#ras.RasGetConnectStatusW.soon(connection, status)
      if (code === WinError.InvalidSize) continue
      if (code !== WinError.Success) return null
      const state = status.readUInt32LE(koffi.offsetof(type, 'rasconnstate'))
      const end = type === RASCONNSTATUSW_7 ? koffi.offsetof(type, 'localEndPoint') : null
      return { state, from: end === null ? null : endPoint(status.subarray(end)) }
    }
    return null
  }
}

/** The address of a RASTUNNELENDPOINT; `null` where there is none. */
function endPoint(bytes: Uint8Array): string | null {
  const type = bytes[0]
  if (type === TunnelEnd.Ipv4) return bareAddressText(bytes.subarray(4, 8))
  return type === TunnelEnd.Ipv6 ? bareAddressText(bytes.subarray(4, 20)) : null
}

interface EntryName {
  readonly szEntryName: string
  readonly szPhonebookPath: string
  readonly dwFlags: number
}

interface RasConnection {
  readonly hrasconn: bigint | number
  readonly szEntryName: string
  readonly szPhonebook: string
  readonly szDeviceType: string
  readonly guidEntry: Guid
}

/** Calls until the buffer is large enough; the first struct in it says how large one is. */
async function counted<Row>(
  type: (typeof structs)['RASCONNW'],
  read: (buffer: Buffer, size: [number], count: [number]) => Promise<number>,
): Promise<readonly Row[]> {
  const one = koffi.sizeof(type)
  for (let capacity = 8; capacity <= MOST; capacity *= 4) {
    const buffer = Buffer.alloc(one * capacity)
    buffer.writeUInt32LE(one, 0)
    const count: [number] = [0]
    const code = await read(buffer, [buffer.length], count)
    if (code === WinError.Success) return koffi.decode(buffer, type, Math.min(count[0], capacity))
    if (!TOO_SMALL.includes(code)) return []
  }
  return []
}

/** Paths are compared as Windows does: without regard to case. No name has a 0 in it. */
function keyOf(name: string, phonebook: string): string {
  return `${phonebook.toLowerCase()}\0${name}`
}
