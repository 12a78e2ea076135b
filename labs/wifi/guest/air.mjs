// The radios: access points in a network of their own, how strong they are, and whether they can be heard at all.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { OUT, run, until } from './programs.mjs'
import { recordAct } from './recorder.mjs'

/** The network namespace of the access points, and of what is behind them. */
export const FAR = 'far-side'

/** @typedef {'near' | 'far' | 'guest' | 'hidden'} AccessPoint */

/** Each network has its own bridge; `near` and `far` are one network. @type {Record<AccessPoint, { radio: number, ssid: string, channel: number, bridge: number, signal: number, hidden?: boolean }>} */
const ACCESS_POINTS = {
  near: { radio: 2, ssid: 'lab-home', channel: 1, bridge: 0, signal: -45 },
  far: { radio: 3, ssid: 'lab-home', channel: 6, bridge: 0, signal: -60 },
  guest: { radio: 4, ssid: 'lab-guest', channel: 11, bridge: 1, signal: -55 },
  hidden: { radio: 5, ssid: 'lab-hidden', channel: 6, bridge: 2, signal: -50, hidden: true },
}

export const KEY = 'labsecret1'

const names = /** @type {AccessPoint[]} */ (Object.keys(ACCESS_POINTS))

/** The hardware address that the simulated radio has. @param {AccessPoint} name */
const bssid = (name) => `02:00:00:00:0${ACCESS_POINTS[name].radio}:00`

/** @param {string | null} address @returns {AccessPoint | null} */
export const accessPointOf = (address) => names.find((name) => bssid(name) === address?.toLowerCase()) ?? null

/** @param {readonly string[]} command */
export const onFarSide = (...command) => run('ip', 'netns', 'exec', FAR, ...command)

/** @param {AccessPoint} name */
const device = (name) => `wlan${ACCESS_POINTS[name].radio}`

/** Moves the access points' radios to the far side, and starts all of them. */
export async function startAir() {
  for (const name of names) {
    await run('iw', 'phy', `phy${ACCESS_POINTS[name].radio}`, 'set', 'netns', 'name', FAR)
    writeFileSync(`/run/${name}.conf`, hostapdConfig(name))
  }
  await restoreAir()
}

/** Whether the air has changed since everything was as at the beginning. */
let isDisturbed = true

/** Whether the radio must look around to see what is there. */
export const isAirDisturbed = () => isDisturbed

/** What is there has been seen. */
export function calmAir() {
  isDisturbed = false
}

/** All access points are there, as strong as at the beginning. */
export async function restoreAir() {
  const wasDisturbed = isDisturbed
  for (const name of names) {
    setInRange(name, true)
    setSignal(name, ACCESS_POINTS[name].signal)
    await switchOn(name)
  }
  isDisturbed = wasDisturbed
}

/** Begins all of them again: a radio that was switched off, which all are at once, does not go on by itself. */
export async function restartAir() {
  for (const name of names) await switchOff(name)
  await restoreAir()
}

/** How strong the machine receives an access point, in dBm. The simulation adds 20, the power with which it is sent. @param {AccessPoint} name @param {number} dBm */
export function setSignal(name, dBm) {
  recordAct('setSignal', name, dBm)
  control(name, 'rx_rssi', BigInt.asUintN(64, BigInt(Math.max(-100, dBm - 20))))
}

/** Out of range, an access point falls silent at once, without a farewell. @param {AccessPoint} name @param {boolean} isInRange */
export function setInRange(name, isInRange) {
  recordAct('setInRange', name, isInRange)
  control(name, 'group', isInRange ? 1 : 2)
}

/** @param {AccessPoint} name @param {'rx_rssi' | 'group'} what @param {bigint | number} value */
function control(name, what, value) {
  isDisturbed = true
  writeFileSync(`/sys/kernel/debug/ieee80211/phy${ACCESS_POINTS[name].radio}/hwsim/${what}`, `${value}`)
}

/** @param {AccessPoint} name */
async function switchOn(name) {
  const pidFile = `/run/${name}.pid`
  if (existsSync(pidFile)) return
  recordAct('switchOn', name)
  await onFarSide('hostapd', '-B', '-P', pidFile, '-f', `${OUT}/hostapd-${name}.log`, `/run/${name}.conf`)
}

/** It says farewell to its stations (deauthentication). @param {AccessPoint} name */
export async function switchOff(name) {
  const pidFile = `/run/${name}.pid`
  if (!existsSync(pidFile)) return
  isDisturbed = true
  recordAct('switchOff', name)
  await run('pkill', '-TERM', '-F', pidFile)
  await until(`${name} is off`, () => !existsSync(pidFile))
  rmSync(pidFile, { force: true })
}

/** @param {AccessPoint} name */
function hostapdConfig(name) {
  const { ssid, channel, bridge, hidden = false } = ACCESS_POINTS[name]
  return `interface=${device(name)}
bridge=br${bridge}
driver=nl80211
ctrl_interface=/run/hostapd
ssid=${ssid}
ignore_broadcast_ssid=${hidden ? 1 : 0}
hw_mode=g
channel=${channel}
auth_algs=1
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase=${KEY}
beacon_int=100
`
}
