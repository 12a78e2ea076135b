import type { Permission } from '@roamkit/core/contract'
import { koffi, structs } from '../ffi/declarations.js'
import { type Guid, guidText, parseGuid } from '../ffi/guid.js'
import type { Functions } from '../ffi/libraries.js'
import {
  BssType,
  ProfileFlag,
  WIFI_WRITE,
  WifiMode,
  WifiObject,
  WifiState,
  WinError,
} from '../ffi/numbers.js'
import { WindowsError } from '../ffi/windows-error.js'
import { hardwareAddressText } from './address.js'
import type {
  WifiAccessPoint,
  WifiConnection,
  WifiKeys,
  WifiNetwork,
  WifiProfile,
  WifiTable,
} from './captured.js'

/** wlan_intf_opcode_current_connection. */
const CURRENT_CONNECTION = 7
const MOST = 1024
/** The bit of the capability information of IEEE 802.11. */
const PRIVACY = 0x10

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
      const {
        strProfileName,
        wlanAssociationAttributes: association,
        wlanSecurityAttributes: security,
      } = koffi.decode(data, structs.WLAN_CONNECTION_ATTRIBUTES) as ConnectionAttributes
      return {
        profile: strProfileName,
        ssid: ssidHex(association.dot11Ssid),
        bssid: hardwareAddressText(Uint8Array.from(association.dot11Bssid)),
        signal: association.wlanSignalQuality,
        keys: keysOf(security.dot11AuthAlgorithm, security.dot11CipherAlgorithm),
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
    return Promise.all(rows.map(({ strProfileName }) => this.#profile(guid, strProfileName)))
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
            isInfrastructure: row.dot11BssType === BssType.Infrastructure,
            isConnectable: row.bNetworkConnectable !== 0,
            keys: keysOf(row.dot11DefaultAuthAlgorithm, row.dot11DefaultCipherAlgorithm),
          }) satisfies WifiNetwork,
      )
    } catch (error) {
      if (!(error instanceof WindowsError)) throw error
      if (error.code === WinError.AccessDenied) return 'denied'
      // The radio is off, or the interface has just been removed.
      return null
    }
  }

  /** Reads the access points that the last scan of an interface found; none if Windows withholds them. */
  async accessPoints(guid: string): Promise<readonly WifiAccessPoint[]> {
    const out: [unknown] = [null]
    const { WlanGetNetworkBssList } = this.#functions
    const code = await WlanGetNetworkBssList.async(
      this.#handle,
      parseGuid(guid),
      null,
      BssType.Any,
      0,
      null,
      out,
    )
    if (code !== WinError.Success) return []
    const entries = this.#copyAndFree(out[0], (data): readonly BssEntry[] => {
      // The size in bytes comes first. What is behind the entries belongs to their information elements.
      const room = Math.trunc((koffi.decode(data, 'uint32_t') - 8) / koffi.sizeof(structs.WLAN_BSS_ENTRY))
      const count = Math.max(0, Math.min(koffi.decode(data, 4, 'uint32_t'), room))
      return koffi.decode(data, 8, structs.WLAN_BSS_ENTRY, count)
    })
    return (entries ?? []).map(
      ({ dot11Ssid, dot11Bssid, uLinkQuality, usCapabilityInformation }) =>
        ({
          ssid: ssidHex(dot11Ssid),
          bssid: hardwareAddressText(Uint8Array.from(dot11Bssid)),
          signal: uLinkQuality,
          isSecured: (usCapabilityInformation & PRIVACY) !== 0,
        }) satisfies WifiAccessPoint,
    )
  }

  /** Starts to connect with a stored profile. Resolves to Windows's code. */
  connect(guid: string, profile: string): Promise<number> {
    return this.#connect(guid, WifiMode.Profile, Buffer.from(`${profile}\0`, 'utf16le'))
  }

  /**
   * Starts to connect with a profile that is not stored: Windows forgets it when the link goes down. Resolves to Windows's code.
   *
   * @param xml the profile, in UTF-16 with a 0 at the end. It is not copied
   */
  connectTemporary(guid: string, xml: Buffer): Promise<number> {
    return this.#connect(guid, WifiMode.TemporaryProfile, xml)
  }

  /** Stores a profile; never over another one. Resolves to Windows's code. */
  setProfile(guid: string, xml: Buffer, who: ProfileOwner): Promise<number> {
    const flags = FLAGS[who]
    return this.#functions.WlanSetProfile.async(this.#handle, parseGuid(guid), flags, xml, null, 0, null, [0])
  }

  /** Stores the profile of the present connection, which is not stored yet, with its key. Resolves to Windows's code. */
  saveTemporary(guid: string, profile: string, who: ProfileOwner): Promise<number> {
    const flags = FLAGS[who]
    return this.#functions.WlanSaveTemporaryProfile.async(
      this.#handle,
      parseGuid(guid),
      profile,
      null,
      flags,
      0,
      null,
    )
  }

  /** Deletes a stored profile. Resolves to Windows's code. */
  deleteProfile(guid: string, profile: string): Promise<number> {
    return this.#functions.WlanDeleteProfile.async(this.#handle, parseGuid(guid), profile, null)
  }

  /** Whether this user may store profiles, for everybody or at least for themselves. */
  async storing(): Promise<Permission> {
    const both = [WifiObject.AddAllUserProfiles, WifiObject.AddPerUserProfiles]
    const found = await Promise.all(both.map((object) => this.#mayWrite(object)))
    if (found.includes('yes')) return 'yes'
    return found.includes('unknown') ? 'unknown' : 'no'
  }

  #connect(guid: string, mode: number, profile: Buffer): Promise<number> {
    return this.#functions.WlanConnect.async(
      this.#handle,
      parseGuid(guid),
      {
        wlanConnectionMode: mode,
        strProfile: profile,
        pDot11Ssid: null,
        pDesiredBssidList: null,
        // It must be that of the profile if there is one in it.
        dot11BssType: mode === WifiMode.Profile ? BssType.Any : BssType.Infrastructure,
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

  async #mayWrite(object: number): Promise<Permission> {
    const out: [unknown] = [null]
    const access: [number] = [0]
    const { WlanGetSecuritySettings } = this.#functions
    const code = await WlanGetSecuritySettings.async(this.#handle, object, null, out, access)
    if (code !== WinError.Success) return 'unknown'
    this.#copyAndFree(out[0], () => null)
    return (access[0] & WIFI_WRITE) === WIFI_WRITE ? 'yes' : 'no'
  }

  async #profile(guid: string, name: string): Promise<WifiProfile> {
    const out: [unknown] = [null]
    // Flags that go in would ask for the key in clear text.
    const flags: [number] = [0]
    const access: [number] = [0]
    const code = await this.#functions.WlanGetProfile.async(
      this.#handle,
      parseGuid(guid),
      name,
      null,
      out,
      flags,
      access,
    )
    if (code !== WinError.Success) return { name, xml: null, flags: 0, access: 0 }
    const xml = this.#copyAndFree(out[0], (data) => koffi.decode(data, 'char16', -1) as string)
    return { name, xml, flags: flags[0], access: access[0] }
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

/** Who sees a stored profile. */
export type ProfileOwner = 'everybody' | 'user'

const FLAGS: Readonly<Record<ProfileOwner, number>> = { everybody: 0, user: ProfileFlag.User }

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
  readonly dot11BssType: number
  readonly bNetworkConnectable: number
  readonly dot11DefaultAuthAlgorithm: number
  readonly dot11DefaultCipherAlgorithm: number
}

interface BssEntry {
  readonly dot11Ssid: Ssid
  readonly dot11Bssid: Uint8Array
  readonly uLinkQuality: number
  readonly usCapabilityInformation: number
}

interface ConnectionAttributes {
  readonly strProfileName: string
  readonly wlanAssociationAttributes: {
    readonly dot11Ssid: Ssid
    readonly dot11Bssid: Uint8Array
    readonly wlanSignalQuality: number
  }
  readonly wlanSecurityAttributes: {
    readonly dot11AuthAlgorithm: number
    readonly dot11CipherAlgorithm: number
  }
}

function keysOf(auth: number, cipher: number): WifiKeys {
  return { auth, cipher }
}

function ssidHex({ uSSIDLength, ucSSID }: Ssid): string {
  return Buffer.from(ucSSID.subarray(0, Math.min(uSSIDLength, 32))).toString('hex')
}
