import { ACCESS_POINT, DEVICE, WIRELESS } from '../src/networkmanager/objects/names.js'
import { AT, type Objects } from './captured.js'

/** `NM80211ApSecurityFlags` of the usual kinds of access points. */
export const SUITES = {
  psk: 0x188,
  sae: 0x488,
  both: 0x588,
  enterprise: 0x288,
  owe: 0x888,
  oweTransition: 0x1000,
} as const

/** An access point in sight. */
export function accessPoint(number: number, ssid: string | Uint8Array, facts: object = {}): Objects {
  return {
    [`${AT}/AccessPoint/${number}`]: {
      [ACCESS_POINT]: {
        Ssid: typeof ssid === 'string' ? Uint8Array.from(Buffer.from(ssid)) : ssid,
        HwAddress: `02:00:00:00:00:0${number}`,
        Strength: 60,
        Mode: 2,
        Flags: 1,
        WpaFlags: 0,
        RsnFlags: SUITES.psk,
        LastSeen: 1,
        ...facts,
      },
    },
  }
}

/** A Wi-Fi device that sees these access points. */
export function wlan(seen: readonly number[], { number = 3, name = 'wlan0', facts = {} } = {}): Objects {
  return {
    [`${AT}/Devices/${number}`]: {
      [DEVICE]: {
        Interface: name,
        IpInterface: name,
        State: 30,
        ActiveConnection: '/',
        DeviceType: 2,
        AvailableConnections: [],
        InterfaceFlags: 65539,
        ...facts,
      },
      [WIRELESS]: {
        AccessPoints: seen.map((one) => `${AT}/AccessPoint/${one}`),
        ActiveAccessPoint: '/',
        LastScan: 1,
      },
    },
  }
}
