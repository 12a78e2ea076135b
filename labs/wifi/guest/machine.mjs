// The machine in the guest: its network, its bus, its daemons, and NetworkManager with the profiles of the lab.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { busConfig } from '../../linux/config.mjs'
import { accessPointOf, calmAir, FAR, isAirDisturbed, KEY, onFarSide, restoreAir, startAir } from './air.mjs'
import { OUT, run, start, until } from './programs.mjs'
import { recordAct } from './recorder.mjs'

const NM = 'org.freedesktop.NetworkManager'
const BUS = '/run/dbus/system_bus_socket'
const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url))

/** Behind every access point and the cable. */
export const INTERNET = '203.0.113.1'
const BRIDGES = 3

const CONNECTIONS = '/etc/NetworkManager/system-connections'

/** @typedef {'home' | 'guest' | 'wrong-key' | 'hidden' | 'guest-2' | 'cable'} Profile */

/** @type {Record<Profile, { device: string, ssid?: string, key?: string, hidden?: boolean }>} */
const PROFILES = {
  home: { device: 'wlan0', ssid: 'lab-home' },
  guest: { device: 'wlan0', ssid: 'lab-guest' },
  'wrong-key': { device: 'wlan0', ssid: 'lab-guest', key: 'not-the-key' },
  hidden: { device: 'wlan0', ssid: 'lab-hidden', hidden: true },
  'guest-2': { device: 'wlan1', ssid: 'lab-guest' },
  cable: { device: 'eth0' },
}

const profileNames = /** @type {Profile[]} */ (Object.keys(PROFILES))

/** @param {Profile} name */
export const uuidOf = (name) => `0000000${profileNames.indexOf(name)}-aaaa-4bbb-8ccc-000000000000`

/** The names of profiles that scenarios add, by UUID. @type {Map<string, string>} */
const addedNames = new Map()

/** @param {string} uuid @param {string} name */
export const nameProfile = (uuid, name) => addedNames.set(uuid, name)

/** @param {string} uuid */
export const profileOf = (uuid) =>
  profileNames.find((name) => uuidOf(name) === uuid) ?? addedNames.get(uuid) ?? uuid

/** @param {{ kernel: string, radios: number }} parameters */
export async function startMachine({ kernel, radios }) {
  process.env.DBUS_SYSTEM_BUS_ADDRESS = `unix:path=${BUS}`
  if (kernel === 'stock') await loadModules(radios)
  for (const folder of ['dbus', 'netns', 'udev', 'NetworkManager', 'hostapd', 'wpa_supplicant'])
    mkdirSync(`/run/${folder}`, { recursive: true })
  await createNetwork()
  await startAir()
  await start('server', ['ip', 'netns', 'exec', FAR, process.execPath, SERVER])
  await startDaemons()
}

/** @param {number} radios */
async function loadModules(radios) {
  await run('busybox', 'modprobe', 'mac80211_hwsim', `radios=${radios}`)
  const links = ['veth', 'bridge', 'bonding', 'team', 'team_mode_activebackup', '8021q', 'macvlan', 'dummy']
  for (const name of [...links, 'tun', 'wireguard', 'ccm', 'gcm', 'cmac', 'ctr'])
    await run('busybox', 'modprobe', name)
}

async function createNetwork() {
  await run('ip', 'link', 'set', 'lo', 'up')
  await run('ip', 'netns', 'add', FAR)
  await onFarSide('ip', 'link', 'set', 'lo', 'up')
  await onFarSide('ip', 'address', 'add', `${INTERNET}/32`, 'dev', 'lo')
  await run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'socket', 'netns', FAR)
  for (let index = 0; index < BRIDGES; index += 1) {
    await onFarSide('ip', 'link', 'add', `br${index}`, 'type', 'bridge')
    await onFarSide('ip', 'address', 'add', `10.92.${index}.1/24`, 'dev', `br${index}`)
    await onFarSide('ip', 'link', 'set', `br${index}`, 'up')
  }
  await onFarSide('ip', 'link', 'set', 'socket', 'master', 'br2')
  const ranges = Array.from({ length: BRIDGES }, (_, index) => [
    `--interface=br${index}`,
    `--dhcp-range=set:br${index},10.92.${index}.50,10.92.${index}.99,1h`,
    `--dhcp-option=tag:br${index},option:router,10.92.${index}.1`,
  ]).flat()
  const fixed = [
    '--conf-file=/dev/null',
    '--port=0',
    '--bind-interfaces',
    '--except-interface=lo',
    '--no-ping',
  ]
  const files = ['--leasefile-ro', '--pid-file=/run/dnsmasq.pid', '--user=root', '--dhcp-authoritative']
  await onFarSide('dnsmasq', ...fixed, ...files, ...ranges)
}

async function startDaemons() {
  await run('/lib/systemd/systemd-udevd', '--daemon')
  await run('udevadm', 'trigger', '--action=add', '-s', 'net', '-s', 'rfkill', '-s', 'ieee80211')
  await run('udevadm', 'settle', '--timeout=20')
  writeFileSync('/run/bus.conf', busConfig(BUS))
  await start('bus', ['dbus-daemon', '--config-file=/run/bus.conf', '--nofork', '--nopidfile', '--nosyslog'])
  await until('the bus is ready', () => existsSync(BUS))
  await run(
    'wpa_supplicant',
    '-u',
    '-s',
    '-O',
    '/run/wpa_supplicant',
    '-B',
    '-t',
    '-f',
    `${OUT}/supplicant.log`,
  )
  configureNetworkManager()
  // At the very beginning of simulated time NetworkManager takes "never" for "just now".
  await delay(3000)
  await startNetworkManager()
}

async function startNetworkManager() {
  // Its OpenVPN plugin would look for a user that only an installed package has.
  const own = ['NM_OPENVPN_USER=', 'NM_OPENVPN_GROUP=', 'NM_OPENVPN_CHROOT=']
  await start('networkmanager', ['env', ...own, 'NetworkManager', '--debug'])
  await run('nm-online', '--wait-for-startup', '--quiet', '--timeout=60')
}

/** Plays something while ConnMan runs the first radio instead of NetworkManager. @param {() => Promise<void>} play */
export async function withConnman(play) {
  await end('NetworkManager')
  const state = '/var/lib/connman'
  mkdirSync(state, { recursive: true })
  await run('mount', '-t', 'tmpfs', 'tmpfs', state)
  writeFileSync('/run/connman.conf', '[General]\nAllowHostnameUpdates=false\nEnableOnlineCheck=false\n')
  const options = [
    '--nodaemon',
    '--nodnsproxy',
    '--nobacktrace',
    '--device=wlan0',
    '--config=/run/connman.conf',
  ]
  await start('connman', ['connmand', ...options])
  try {
    await play()
  } finally {
    await end('connmand')
    await run('umount', state)
    await startNetworkManager()
  }
}

/** Ends a program, and waits until it is gone. @param {string} program */
async function end(program) {
  const running = () =>
    readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === program.slice(0, 15))
  for (const pid of running()) process.kill(Number(pid), 'SIGTERM')
  await until(`${program} is gone`, () => running().length === 0)
}

/** @param {string} pid */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return '' // it has just ended
  }
}

function configureNetworkManager() {
  for (const folder of ['/usr/lib/NetworkManager/conf.d', '/usr/lib/NetworkManager/system-connections'])
    rmSync(folder, { recursive: true, force: true })
  mkdirSync(CONNECTIONS, { recursive: true })
  writeFileSync('/etc/NetworkManager/NetworkManager.conf', NETWORK_MANAGER)
  for (const name of profileNames) writeProfile(name)
}

/** @param {Profile} name */
const fileOf = (name) => `${CONNECTIONS}/${name}.nmconnection`

/** @param {Profile} name */
function writeProfile(name) {
  writeFileSync(fileOf(name), profileText(name), { mode: 0o600 })
}

/** Plays something while NetworkManager has no profile of that network. @param {string} ssid @param {() => Promise<void>} play */
export async function withoutProfiles(ssid, play) {
  const names = profileNames.filter((name) => PROFILES[name].ssid === ssid)
  for (const name of names) rmSync(fileOf(name))
  await nmcli('connection', 'reload')
  try {
    await play()
  } finally {
    for (const name of names) writeProfile(name)
    await nmcli('connection', 'reload')
  }
}

const NETWORK_MANAGER = `[main]
plugins=keyfile
auth-polkit=false
dhcp=internal
dns=none
rc-manager=unmanaged
no-auto-default=*
hostname-mode=none

[logging]
level=INFO

[keyfile]
unmanaged-devices=interface-name:lo

[device-second]
match-device=interface-name:wlan1
managed=0

[device]
wifi.scan-rand-mac-address=no

[connectivity]
enabled=false
`

/** @param {Profile} name */
function profileText(name) {
  const { device, ssid, key = KEY, hidden = false } = PROFILES[name]
  const wifi = `
[wifi]
ssid=${ssid}
hidden=${hidden}

[wifi-security]
key-mgmt=wpa-psk
psk=${key}
`
  return `[connection]
id=${name}
uuid=${uuidOf(name)}
type=${ssid === undefined ? 'ethernet' : 'wifi'}
interface-name=${device}
autoconnect=false
${ssid === undefined ? '' : wifi}
[ipv4]
method=auto
dhcp-timeout=15

[ipv6]
method=disabled
`
}

/** @param {'in' | 'out'} where */
export async function cable(where) {
  recordAct('cable', where)
  await onFarSide('ip', 'link', 'set', 'socket', where === 'in' ? 'up' : 'down')
}

/** @param {string[]} args */
export const nmcli = (...args) => run('nmcli', ...args)

/** How every scenario finds the machine: the radio on, no link up, the cable out, and all access points as they were. */
export async function calm() {
  await run('rfkill', 'unblock', 'wlan')
  await nmcli('radio', 'wifi', 'on')
  await cable('out')
  await restoreAir()
  const active = await nmcli('--terse', '--fields', 'UUID,DEVICE', 'connection', 'show', '--active')
  for (const line of active.split('\n').filter((one) => one !== '' && !one.endsWith(':lo')))
    await nmcli('connection', 'down', line.slice(0, 36)).catch(() => '')
  if (isAirDisturbed()) await lookAround()
  calmAir()
  await until('all access points are seen as they are', areAllSeen, { every: 2000 }).catch((error) => {
    throw new Error(`${error.message}; the last: ${seen}`)
  })
}

/** Lets NetworkManager look which access points there are, and how strong. */
async function lookAround() {
  const path = (await nmcli('--get-values', 'GENERAL.DBUS-PATH', 'device', 'show', 'wlan0')).trim()
  const before = await lastScan(path)
  const options = { every: 1000 }
  await until(
    'NetworkManager begins to look around',
    () =>
      nmcli('device', 'wifi', 'rescan', 'ifname', 'wlan0').then(
        () => true,
        () => false, // it is looking already
      ),
    options,
  )
  await until('NetworkManager has looked around', async () => (await lastScan(path)) !== before, options)
}

/** When NetworkManager has looked around last, by its own clock. @param {string} device its object path */
async function lastScan(device) {
  const properties = [
    'org.freedesktop.DBus.Properties.Get',
    `string:${NM}.Device.Wireless`,
    'string:LastScan',
  ]
  return await run('dbus-send', '--system', '--print-reply', `--dest=${NM}`, device, ...properties).then(
    (said) => /int64 (-?\d+)/.exec(said)?.[1] ?? '',
  )
}

/** The signals that NetworkManager shows of the access points at their first strength. @type {Record<import('./air.mjs').AccessPoint, [least: number, most: number]>} */
const SHOWN = { near: [88, 100], far: [58, 70], guest: [71, 80], hidden: [81, 87] }

let seen = ''

async function areAllSeen() {
  const fields = ['--terse', '--escape', 'no', '--fields', 'SIGNAL,BSSID']
  const shown = await nmcli(...fields, 'device', 'wifi', 'list', 'ifname', 'wlan0', '--rescan', 'no')
  const lines = shown.split('\n').map((line) => /^(\d+):(.*)$/.exec(line))
  const signals = new Map(lines.map((found) => [accessPointOf(found?.[2] ?? null), Number(found?.[1])]))
  const isRight = Object.entries(SHOWN).every(([name, [least, most]]) => {
    const signal = signals.get(/** @type {import('./air.mjs').AccessPoint} */ (name)) ?? -1
    return signal >= least && signal <= most
  })
  seen = [...signals].join(' ')
  if (!isRight) await nmcli('device', 'wifi', 'rescan', 'ifname', 'wlan0').catch(() => '') // one is under way already
  return isRight
}
