import { AT, type Objects } from './captured.js'

/** Where ModemManager has its modems. */
export const MODEM = '/org/freedesktop/ModemManager1/Modem'

/** A FAKE modem as a device of NetworkManager: none can be had here. Names and types are those of the interfaces' descriptions. */
export function modemDevice(number: number, udi: string, facts: Record<string, unknown> = {}): Objects {
  return {
    [`${AT}/Devices/${number}`]: {
      'org.freedesktop.NetworkManager.Device': {
        Udi: udi,
        Interface: `cdc-wdm${number}`,
        IpInterface: '',
        State: 30,
        ActiveConnection: '/',
        Ip4Config: '/',
        Ip6Config: '/',
        Managed: true,
        DeviceType: 8,
        AvailableConnections: [`${AT}/Settings/${number}`],
        Metered: 3,
      },
      'org.freedesktop.NetworkManager.Device.Modem': {
        ModemCapabilities: 0xc,
        CurrentCapabilities: 0xc,
        DeviceId: 'fake',
        OperatorCode: '',
        Apn: '',
        ...facts,
      },
    },
  }
}

/** What a FAKE ModemManager answers about `Modem.Modem3gpp`. */
export function registration(facts: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Imei: '000000000000000',
    RegistrationState: 1,
    OperatorCode: '26201',
    OperatorName: 'Telekom.de',
    EnabledFacilityLocks: 0,
    ...facts,
  }
}
