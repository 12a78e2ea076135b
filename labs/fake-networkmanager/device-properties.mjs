// The properties of a device before anything has happened.
import { CONNECTIVITY, DEVICE_STATE, METERED } from './names.mjs'

/** `NMDeviceInterfaceFlags`: off, up, and up with a carrier. */
export const FLAGS = { off: 0, up: 1, carrier: 0x10003 }

/** @param {{ name: string, state: number, reason: number, ip4: string, ip6: string }} device ip4, ip6: paths of its configurations */
export function deviceProperties({ name, state, reason, ip4, ip6 }) {
  const isManaged = state !== DEVICE_STATE.unmanaged
  const connectivity = isManaged ? CONNECTIVITY.none : CONNECTIVITY.unknown
  return {
    ...{ ActiveConnection: '/', Autoconnect: true, AvailableConnections: [], Capabilities: 1 },
    ...{ Dhcp4Config: '/', Dhcp6Config: '/', Driver: 'unknown', DriverVersion: '', FirmwareMissing: false },
    ...{ FirmwareVersion: '', HwAddress: '', Interface: name, InterfaceFlags: FLAGS.up, Ip4Address: 0 },
    ...{ Ip4Config: ip4, Ip4Connectivity: connectivity, Ip6Config: ip6, Ip6Connectivity: connectivity },
    ...{
      IpInterface: isManaged ? '' : name,
      LldpNeighbors: [],
      Managed: isManaged,
      Metered: METERED.unknown,
    },
    ...{ Mtu: 1500, NmPluginMissing: false, Path: '', PhysicalPortId: '', Ports: [], Real: true },
    ...{ State: state, StateReason: [state, reason], Udi: `/sys/devices/virtual/net/${name}` },
  }
}
