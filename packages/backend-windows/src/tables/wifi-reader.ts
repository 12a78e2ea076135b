import { koffi, structs } from '../ffi/declarations.js'
import { type Guid, guidText, parseGuid } from '../ffi/guid.js'
import type { Functions } from '../ffi/libraries.js'
import { WifiState, WinError } from '../ffi/numbers.js'
import { WindowsError } from '../ffi/windows-error.js'
import { hardwareAddressText } from './address.js'
import type { WifiConnection, WifiNetwork, WifiProfile, WifiTable } from './captured.js'

/** wlan_intf_opcode_current_connection. */
const CURRENT_CONNECTION = 7
/** wlan_connection_mode_profile, dot11_BSS_type_any. */
const BY_PROFILE = 0
const ANY_BSS = 3
const MOST = 1024

/** A Wi-Fi interface, as WlanEnumInterfaces lists it. */
export type WifiInterface = Pick<WifiTable, 'guid' | 'description' | 'state'>

/** Queries the WLAN service through one handle and decodes the answers. Decides nothing. Frees the service's memory after copying it. */
export class WifiReader {
  readonly #functions: Functions<'wlanapi'>
  readonly #handle: unknown

  /**
   * @param functions of wlanapi.dll
   * @param handle of WlanOpenHandle
   */
  constructor(functions: Functions<'wlanapi'>, handle: unknown) {
    this.#functions = functions
    this.#handle = handle
  }

  /** Lists the Wi-Fi interfaces. Rejects with a `WindowsError`. */
  async interfaces(): Promise<readonly WifiInterface[]> {
    const rows = await this.#list<InterfaceInfo>(
      'WLAN_INTERFACE_INFO_LIST',
      structs.WLAN_INTERFACE_INFO,
      (out) => this.#functions.WlanEnumInterfaces.async(this.#handle, null, out),
    )
    return rows.map((row) => ({
      guid: guidText(row.InterfaceGuid),
      description: row.strInterfaceDescription,
      state: row.isState,
    }))
  }

  /** Reads the connection of an interface. Resolves to `null` if there is none. */
  async connection(guid: string, state: number): Promise<WifiTable['connection']> {
    if (state === WifiState.NotReady || state === WifiState.Disconnected) return null
    const out: [unknown] = [null]
    const size: [number] = [0]
    const code = await this.#functions.WlanQueryInterface.async(
      this.#handle,
      parseGuid(guid),
      CURRENT_CONNECTION,
      null,
      size,
      out,
      null,
    )
    if (code === WinError.AccessDenied) return 'denied'
    if (code !== WinError.Success) return null
    const isWhole = size[0] >= koffi.sizeof(structs.WLAN_CONNECTION_ATTRIBUTES)
    return this.#copyAndFree(out[0], (data) => {
      if (!isWhole) return null
      const { strProfileName, wlanAssociationAttributes: association } = koffi.decode(
        data,
        structs.WLAN_CONNECTION_ATTRIBUTES,
      ) as ConnectionAttributes
      return {
        profile: strProfileName,
        ssid: ssidHex(association.dot11Ssid),
        bssid: hardwareAddressText(Uint8Array.from(association.dot11Bssid)),
        signal: association.wlanSignalQuality,
      } satisfies WifiConnection
    })
  }

  /** Reads the profiles of an interface, each with its XML (without keys). */
  async profiles(guid: string): Promise<readonly WifiProfile[]> {
    const rows = await this.#list<{ readonly strProfileName: string }>(
      'WLAN_PROFILE_INFO_LIST',
      structs.WLAN_PROFILE_INFO,
      (out) => this.#functions.WlanGetProfileList.async(this.#handle, parseGuid(guid), null, out),
    )
    return Promise.all(
      rows.map(async ({ strProfileName: name }) => ({ name, xml: await this.#xml(guid, name) })),
    )
  }

  /** Reads the networks that the last scan of an interface found. */
  async networks(guid: string): Promise<WifiTable['networks']> {
    try {
      const rows = await this.#list<AvailableNetwork>(
        'WLAN_AVAILABLE_NETWORK_LIST',
        structs.WLAN_AVAILABLE_NETWORK,
        (out) =>
          this.#functions.WlanGetAvailableNetworkList.async(this.#handle, parseGuid(guid), 0, null, out),
      )
      return rows.map(
        (row) =>
          ({
            profile: row.strProfileName,
            ssid: ssidHex(row.dot11Ssid),
            signal: row.wlanSignalQuality,
          }) satisfies WifiNetwork,
      )
    } catch (error) {
      if (!(error instanceof WindowsError)) throw error
      if (error.code === WinError.AccessDenied) return 'denied'
      // The radio is off, or the interface has just been removed.
      return null
    }
  }

  /** Starts to connect. Resolves to Windows's code. */
  connect(guid: string, profile: string): Promise<number> {
    return this.#functions.WlanConnect.async(
      this.#handle,
      parseGuid(guid),
      {
        wlanConnectionMode: BY_PROFILE,
        strProfile: profile,
        pDot11Ssid: null,
        pDesiredBssidList: null,
        dot11BssType: ANY_BSS,
        dwFlags: 0,
      },
      null,
    )
  }

  /** Ends the connection or the attempt of an interface. Resolves to Windows's code. */
  disconnect(guid: string): Promise<number> {
    return this.#functions.WlanDisconnect.async(this.#handle, parseGuid(guid), null)
  }

  /** Starts a scan. Its end is notified. Resolves to Windows's code. */
  scan(guid: string): Promise<number> {
    return this.#functions.WlanScan.async(this.#handle, parseGuid(guid), null, null, null)
  }

  async #xml(guid: string, name: string): Promise<string | null> {
    const out: [unknown] = [null]
    const code = await this.#functions.WlanGetProfile.async(
      this.#handle,
      parseGuid(guid),
      name,
      null,
      out,
      null,
      null,
    )
    if (code !== WinError.Success) return null
    return this.#copyAndFree(out[0], (data) => koffi.decode(data, 'char16', -1) as string)
  }

  async #list<Row>(
    name: keyof typeof structs,
    row: (typeof structs)['WLAN_PROFILE_INFO'],
    read: (out: [unknown]) => Promise<number>,
  ): Promise<readonly Row[]> {
    const out: [unknown] = [null]
    const code = await read(out)
    if (code !== WinError.Success) throw new WindowsError(name, code)
    const rows = this.#copyAndFree(out[0], (data): readonly Row[] => {
      const count = Math.min(koffi.decode(data, 'uint32_t'), MOST)
      // Both counts come before the rows, which need no greater alignment.
      return koffi.decode(data, 8, row, count)
    })
    return rows ?? []
  }

  /** Copies from memory of Windows and frees it. */
  #copyAndFree<Value>(data: unknown, copy: (data: unknown) => Value): Value | null {
    if (!data) return null
    try {
      return copy(data)
    } finally {
      this.#functions.WlanFreeMemory.sync(data)
    }
  }
}

interface Ssid {
  readonly uSSIDLength: number
  readonly ucSSID: Uint8Array
}

interface InterfaceInfo {
  readonly InterfaceGuid: Guid
  readonly strInterfaceDescription: string
  readonly isState: number
}

interface AvailableNetwork {
  readonly strProfileName: string
  readonly dot11Ssid: Ssid
  readonly wlanSignalQuality: number
}

interface ConnectionAttributes {
  readonly strProfileName: string
  readonly wlanAssociationAttributes: {
    readonly dot11Ssid: Ssid
    readonly dot11Bssid: Uint8Array
    readonly wlanSignalQuality: number
  }
}

function ssidHex({ uSSIDLength, ucSSID }: Ssid): string {
  return Buffer.from(ucSSID.subarray(0, Math.min(uSSIDLength, 32))).toString('hex')
}
