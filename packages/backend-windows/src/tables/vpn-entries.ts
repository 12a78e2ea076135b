import { registerCallback, unregisterCallback } from '../ffi/callback.js'
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
const CONNECTS_AND_DISCONNECTS = 3
const ANY_CONNECTION = -1
const FOREVER = 0xffff_ffff
const MOST = 1024

/** The entries of the phone books, and their connections. Never dials. */
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

  /** Opens the phone books and listens to connections. Resolves to `null` if this Windows has no phone books. */
  static async open(libraries: Libraries, listener: Listener<void>): Promise<VpnEntries | null> {
    const ras = libraries.get('rasapi32')
    if (ras === null) return null
    const entries = new VpnEntries(ras, libraries.get('kernel32'))
    await entries.#listen({
      onHint: () => {
        if (!entries.#isClosed) listener.onHint()
      },
      onError: listener.onError,
    })
    return entries
  }

  /** Reads every entry, with the state of its connection. */
  async entries(): Promise<readonly VpnRow[]> {
    const [entries, connections] = await Promise.all([this.#entries(), this.#connections()])
    return entries.map(({ szEntryName, szPhonebookPath, dwFlags }) => ({
      name: szEntryName,
      phonebook: szPhonebookPath,
      isShared: (dwFlags & ALL_USERS) !== 0,
      connection: connections.get(keyOf(szEntryName, szPhonebookPath)) ?? null,
    }))
  }

  /** Stops listening and closes the handles. Nothing is notified after the call. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Waits for a callback in flight, which in turn waits for this thread.
    if (this.#wait) await this.#kernel?.UnregisterWaitEx.async(this.#wait, -1)
    if (this.#callback !== null) unregisterCallback(this.#callback)
    if (this.#event) this.#kernel?.CloseHandle.sync(this.#event)
  }

  async #listen({ onHint, onError }: Listener<void>): Promise<void> {
    const kernel = this.#kernel
    if (kernel === null) return
    this.#event = kernel.CreateEventW.sync(null, 0, 0, null)
    const code = await this.#ras.RasConnectionNotificationW.async(
      ANY_CONNECTION,
      this.#event,
      CONNECTS_AND_DISCONNECTS,
    )
    if (code !== WinError.Success) return
    this.#callback = registerCallback(onHint, callbacks.wait, onError)
    const wait: [unknown] = [null]
    // A thread of Windows waits: none of libuv's pool is blocked.
    if (await kernel.RegisterWaitForSingleObject.async(wait, this.#event, this.#callback, null, FOREVER, 0))
      this.#wait = wait[0]
  }

  async #entries(): Promise<readonly EntryName[]> {
    const { RASENTRYNAMEW } = structs
    return readRows<EntryName>(RASENTRYNAMEW, (buffer, size, count) =>
      this.#ras.RasEnumEntriesW.async(null, null, buffer, size, count),
    )
  }

  async #connections(): Promise<ReadonlyMap<string, VpnConnection>> {
    const rows = await readRows<RasConnection>(structs.RASCONNW, (buffer, size, count) =>
      this.#ras.RasEnumConnectionsW.async(buffer, size, count),
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

  /** Asks with the struct of Windows 7, and with that of Vista if Windows does not know the newer one. */
  async #status(connection: bigint | number): Promise<Pick<VpnConnection, 'state' | 'from'> | null> {
    const { RASCONNSTATUSW, RASCONNSTATUSW_7 } = structs
    for (const type of [RASCONNSTATUSW_7, RASCONNSTATUSW]) {
      const status = Buffer.alloc(koffi.sizeof(type))
      status.writeUInt32LE(status.length, 0)
      const code = await this.#ras.RasGetConnectStatusW.async(connection, status)
      if (code === WinError.InvalidSize) continue
      if (code !== WinError.Success) return null
      const state = status.readUInt32LE(koffi.offsetof(type, 'rasconnstate'))
      const end = type === RASCONNSTATUSW_7 ? koffi.offsetof(type, 'localEndPoint') : null
      return { state, from: end === null ? null : endPoint(status.subarray(end)) }
    }
    return null
  }
}

/** The address of a RASTUNNELENDPOINT; `null` if there is none. */
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

/** Enlarges the buffer until all rows fit. The first struct in the buffer says how large one is. */
async function readRows<Row>(
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

/** Compares paths as Windows does, ignoring case. No name contains a 0. */
function keyOf(name: string, phonebook: string): string {
  return `${phonebook.toLowerCase()}\0${name}`
}
