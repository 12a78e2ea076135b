import { expect, test } from 'vitest'
import { interfaceKind } from '../src/interface-kind.js'

test.each([
  ['wlan0', 'wlan'],
  ['wlp3s0', 'wlan'],
  ['Wi-Fi', 'wlan'],
  ['Wi-Fi 2', 'wlan'],
  ['WLAN', 'wlan'],
  ['eth0', 'ethernet'],
  ['eno1', 'ethernet'],
  ['ens33', 'ethernet'],
  ['enp0s31f6', 'ethernet'],
  ['end0', 'ethernet'],
  ['enP4p65s0', 'ethernet'],
  ['enx0200c0ffee00', 'ethernet'],
  ['Ethernet', 'ethernet'],
  ['Ethernet 3', 'ethernet'],
  ['en0', 'unknown'],
  ['wwan0', 'cellular'],
  ['rmnet_data0', 'cellular'],
  ['ppp0', 'unknown'],
  ['Cellular', 'cellular'],
  ['usb0', 'ethernet'],
  ['em0', 'unknown'],
  ['bnep0', 'bluetooth'],
  ['Bluetooth Network Connection', 'bluetooth'],
  ['bond0', 'bond'],
  ['br0', 'bridge'],
  ['bridge0', 'bridge'],
  ['eth0.100', 'vlan'],
  ['vlan7', 'vlan'],
  ['Подключение', 'unknown'],
  ['', 'unknown'],
])('%j may be an uplink, by %s', (name, bearer) => {
  expect(interfaceKind(name)).toEqual({ bearer, uplink: true })
})

test.each([
  ['docker0', 'bridge'],
  ['br-0123456789ab', 'bridge'],
  ['virbr0', 'bridge'],
  ['lxcbr0', 'bridge'],
  ['podman0', 'bridge'],
  ['bridge100', 'bridge'],
  ['vEthernet (WSL)', 'bridge'],
  ['vEthernet (Default Switch)', 'bridge'],
  ['VMware Network Adapter VMnet8', 'bridge'],
  ['veth1a2b3c4', 'unknown'],
  ['dummy0', 'unknown'],
  ['ifb0', 'unknown'],
  ['awdl0', 'unknown'],
  ['Local Area Connection* 2', 'unknown'],
  ['wg0', 'wireguard'],
  ['nordlynx', 'wireguard'],
  ['tun0', 'vpn'],
  ['utun3', 'vpn'],
  ['tailscale0', 'vpn'],
  ['ProtonVPN', 'vpn'],
  ['tunl0', 'tunnel'],
  ['sit0', 'tunnel'],
])('%j is no uplink, by %s', (name, bearer) => {
  expect(interfaceKind(name)).toEqual({ bearer, uplink: false })
})
