// Links of other kinds than a cable and Wi-Fi: made for a scenario, and gone after it.
import { FAR, onFarSide } from './air.mjs'
import { INTERNET, nameProfile, nmcli } from './machine.mjs'
import { run, start } from './programs.mjs'

/** What all of them have in common: they come up when a session asks for them. */
const QUIET = ['connection.autoconnect', 'no', 'ipv6.method', 'disabled']
const BY_DHCP = ['ipv4.method', 'auto', 'ipv4.dhcp-timeout', '15']

/** A port of a bond, bridge or team: the cable. @param {string} controller @param {string} type */
const portOf = (controller, type) => [
  ...['type', 'ethernet', 'ifname', 'eth0', 'connection.autoconnect', 'no'],
  ...['connection.master', controller, 'connection.slave-type', type],
]

/** @param {string} type @param {string} device @param {readonly string[]} [options] */
const controller = (type, device, options = []) => [
  ...['type', type, 'ifname', device, 'connection.autoconnect-slaves', '1', ...options],
  ...BY_DHCP,
  ...QUIET,
]

/** A key of no value. */
const WIREGUARD_KEY = 'mJqEr0yQVhOVy9mHZRPfSh9DXcKqOEvxJlBkQ3jNrFA='

/** @typedef {'bond' | 'bridge' | 'team' | 'vlan' | 'macvlan' | 'wireguard' | 'dummy' | 'openvpn'} Kind */

/** The arguments of `nmcli connection add`, by the name of the profile: that of the kind, and those that it needs. @type {Record<Kind, Record<string, readonly string[]>>} */
const PROFILES = {
  bond: {
    bond: controller('bond', 'bond0', ['bond.options', 'mode=active-backup,miimon=100']),
    'bond-port': portOf('bond0', 'bond'),
  },
  bridge: {
    bridge: controller('bridge', 'bridge0', ['bridge.stp', 'no']),
    'bridge-port': portOf('bridge0', 'bridge'),
  },
  team: {
    team: controller('team', 'team0', [
      'team.config',
      '{"runner":{"name":"activebackup"},"link_watch":{"name":"ethtool"}}',
    ]),
    'team-port': portOf('team0', 'team'),
  },
  vlan: {
    vlan: [
      ...['type', 'vlan', 'ifname', 'vlan7', 'dev', 'eth0', 'id', '7', 'ipv4.method', 'manual'],
      ...['ipv4.addresses', '10.93.7.2/24', 'ipv4.gateway', '10.93.7.1', ...QUIET],
    ],
  },
  macvlan: {
    macvlan: [
      ...['type', 'macvlan', 'ifname', 'macvlan0', 'dev', 'eth0', 'mode', 'bridge', 'ipv4.method', 'manual'],
      ...['ipv4.addresses', '10.92.2.7/24', 'ipv4.gateway', '10.92.2.1', ...QUIET],
    ],
  },
  wireguard: {
    wireguard: [
      ...['type', 'wireguard', 'ifname', 'wg0', 'wireguard.private-key', WIREGUARD_KEY],
      ...['ipv4.method', 'manual', 'ipv4.addresses', '10.94.0.2/24', ...QUIET],
    ],
  },
  dummy: {
    dummy: [
      'type',
      'dummy',
      'ifname',
      'dummy0',
      'ipv4.method',
      'manual',
      'ipv4.addresses',
      '10.95.0.2/24',
      ...QUIET,
    ],
  },
  openvpn: {
    openvpn: [
      ...['type', 'vpn', 'vpn-type', 'openvpn', 'ifname', '*', ...QUIET, 'ipv4.never-default', 'yes'],
      'vpn.data',
      [
        'connection-type=static-key',
        'static-key=/run/openvpn.key',
        `remote=${INTERNET}`,
        'local-ip=10.96.0.2',
        'remote-ip=10.96.0.1',
        'cipher=AES-256-CBC',
      ].join(','),
    ],
  },
}

/** What the far side has to have for it. @type {Partial<Record<Kind, () => Promise<() => Promise<unknown>>>>} */
const FAR_SIDE = {
  vlan: async () => {
    await onFarSide('ip', 'link', 'add', 'link', 'socket', 'name', 'socket.7', 'type', 'vlan', 'id', '7')
    await onFarSide('ip', 'address', 'add', '10.93.7.1/24', 'dev', 'socket.7')
    await onFarSide('ip', 'link', 'set', 'socket.7', 'up')
    return () => onFarSide('ip', 'link', 'delete', 'socket.7')
  },
  openvpn: async () => {
    await run('openvpn', '--genkey', 'secret', '/run/openvpn.key')
    const fixed = ['--dev', 'tun', '--secret', '/run/openvpn.key', '--cipher', 'AES-256-CBC']
    const addresses = ['--ifconfig', '10.96.0.1', '10.96.0.2', '--local', INTERNET]
    const server = await start('openvpn', ['ip', 'netns', 'exec', FAR, 'openvpn', ...fixed, ...addresses])
    return async () => server.kill('SIGKILL')
  },
}

/** @param {Kind} kind */
const uuidsOf = (kind) =>
  Object.keys(PROFILES[kind]).map((name, index) => ({
    name,
    uuid: `0000000${Object.keys(PROFILES).indexOf(kind)}-bbbb-4bbb-8ccc-00000000000${index}`,
  }))

/** The identifier of a link of that kind. @param {Kind} kind */
export const linkOf = (kind) => uuidsOf(kind)[0]?.uuid ?? ''

/** Plays something while NetworkManager has the profiles for a link of that kind. @param {Kind} kind @param {() => Promise<void>} play */
export async function withLink(kind, play) {
  const undo = await FAR_SIDE[kind]?.()
  const profiles = uuidsOf(kind)
  try {
    for (const { name, uuid } of profiles) {
      nameProfile(uuid, name)
      const settings = PROFILES[kind][name] ?? []
      await nmcli('connection', 'add', 'con-name', name, 'connection.uuid', uuid, ...settings)
    }
    await play()
  } finally {
    for (const { uuid } of profiles) await nmcli('connection', 'delete', uuid).catch(() => '')
    await undo?.()
  }
}
