/** Objects as NetworkManager 1.42.4 sent them (veth pairs in the lab), cut down to what is told apart. */
import { MANAGER_PATH, NM } from '../src/networkmanager/objects/names.js'

export const AT = '/org/freedesktop/NetworkManager'
export const LAB_A = '00000000-aaaa-4bbb-8ccc-000000000000'
export const LAB_B = '00000001-aaaa-4bbb-8ccc-000000000001'

type Facts = Record<string, unknown>
export type Objects = Record<string, Record<string, Facts>>

export function manager(facts: Facts = {}): Objects {
  return {
    [MANAGER_PATH]: {
      [NM]: {
        PrimaryConnection: `${AT}/ActiveConnection/1`,
        Startup: false,
        Version: '1.42.4',
        ConnectivityCheckEnabled: true,
        State: 70,
        NetworkingEnabled: true,
        ...facts,
      },
    },
  }
}

export function profile(number: number, facts: Facts = {}): Objects {
  return {
    [`${AT}/Settings/${number}`]: {
      [`${NM}.Settings.Connection`]: { Unsaved: false, Flags: 0, Filename: 'x.nmconnection', ...facts },
    },
  }
}

export function wiredDevice(number: number, name: string, facts: Facts = {}, carrier = true): Objects {
  return {
    [`${AT}/Devices/${number}`]: {
      [`${NM}.Device`]: {
        Interface: name,
        IpInterface: name,
        State: 30,
        ActiveConnection: '/',
        Ip4Config: `${AT}/IP4Config/${number}`,
        Ip6Config: `${AT}/IP6Config/${number}`,
        Managed: true,
        DeviceType: 20,
        AvailableConnections: [`${AT}/Settings/${number}`],
        Mtu: 1500,
        Metered: 4,
        Ip4Connectivity: 4,
        Ip6Connectivity: 3,
        InterfaceFlags: 65539,
        HwAddress: '02:00:00:00:00:0A',
        Ports: [],
        ...facts,
      },
      [`${NM}.Device.Wired`]: { HwAddress: '02:00:00:00:00:0A', Speed: 10000, Carrier: carrier },
      [`${NM}.Device.Veth`]: { Peer: '/' },
    },
    [`${AT}/IP4Config/${number}`]: {
      [`${NM}.IP4Config`]: {
        AddressData: [{ address: '10.91.0.63', prefix: 24 }],
        Gateway: '10.91.0.1',
        NameserverData: [{ address: '10.91.0.1' }],
        Domains: ['lab.test'],
        Searches: [],
      },
    },
    [`${AT}/IP6Config/${number}`]: {
      [`${NM}.IP6Config`]: {
        AddressData: [{ address: 'fe80::ff:fe00:1', prefix: 64 }],
        Gateway: '',
        Nameservers: [],
        Domains: ['lab.test'],
        Searches: [],
      },
    },
  }
}

export function active(number: number, of: number, uuid: string, facts: Facts = {}): Objects {
  return {
    [`${AT}/ActiveConnection/${number}`]: {
      [`${NM}.Connection.Active`]: {
        Connection: `${AT}/Settings/${of}`,
        SpecificObject: '/',
        Uuid: uuid,
        Type: '802-3-ethernet',
        Devices: [`${AT}/Devices/${of}`],
        State: 2,
        StateFlags: 76,
        Ip4Config: '/',
        Ip6Config: '/',
        Vpn: false,
        ...facts,
      },
    },
  }
}

export function settings(id: string, uuid: string, parts: Record<string, Facts> = {}): Record<string, Facts> {
  return {
    ipv4: { method: 'auto' },
    ipv6: { method: 'link-local' },
    proxy: {},
    ...parts,
    connection: { id, uuid, type: '802-3-ethernet', permissions: [], ...parts.connection },
  }
}
