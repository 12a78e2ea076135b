// A connection profile, and what the service shows of it.
import { NM, PROFILE, SETTINGS_PATH } from './names.mjs'

/** `NMSettingsConnectionFlags` */
const UNSAVED = 0x1
const VOLATILE = 0x4

/** @typedef {Record<string, Record<string, unknown>>} Settings by section */

/**
 * @typedef {object} ProfileStart
 * @property {string} id
 * @property {string} uuid
 * @property {string} device the interface that it is for
 * @property {string} [ssid] of Wi-Fi
 * @property {string | null} [key] of WPA; `null` for an open network, left out if it is not stored
 * @property {boolean} [isHidden]
 * @property {Record<string, Record<string, any>>} [given] the settings that a client gave
 * @property {boolean} [isVolatile] in memory only, and gone with its link
 */

export class Profile {
  path
  id
  uuid
  device
  ssid
  key
  isHidden
  isVolatile
  /** Whether a link with it has been up. */
  wasUsed = false
  /** Access points that it was on. @type {string[]} */
  seen = []
  #given
  #hasSecurity

  /** @param {number} number @param {ProfileStart} start */
  constructor(number, { id, uuid, device, ssid, key, isHidden = false, given, isVolatile = false }) {
    this.path = `${SETTINGS_PATH}/${number}`
    this.id = id
    this.uuid = uuid
    this.device = device
    this.ssid = ssid ?? null
    this.key = key ?? null
    this.isHidden = isHidden
    this.isVolatile = isVolatile
    this.#given = given
    this.#hasSecurity =
      given === undefined ? ssid !== undefined && key !== null : '802-11-wireless-security' in given
  }

  get type() {
    return this.ssid === null ? '802-3-ethernet' : '802-11-wireless'
  }

  /** Whether it also wants IPv6 addresses, which the fake never has. */
  get hasIp6() {
    return this.#given !== undefined
  }

  /** Whether a key is needed. */
  get isProtected() {
    return this.#hasSecurity
  }

  /** @returns {import('./objects.mjs').Interfaces} */
  get interfaces() {
    const folder = this.isVolatile ? '/run' : '/etc'
    return {
      [PROFILE]: {
        Filename: `${folder}/NetworkManager/system-connections/${this.id}.nmconnection`,
        Flags: this.isVolatile ? UNSAVED | VOLATILE : 0,
        Unsaved: this.isVolatile,
      },
    }
  }

  /** What `GetSettings` answers: everything but secrets, and what earlier activations have left. @returns {Settings} */
  get settings() {
    const { stored } = this
    if (this.wasUsed) stored.connection = { ...stored.connection, timestamp: 1 }
    const { '802-11-wireless': wifi } = stored
    if (wifi !== undefined && this.seen.length > 0)
      stored['802-11-wireless'] = { ...wifi, 'seen-bssids': this.seen }
    return stored
  }

  /** The settings without secrets. @returns {Settings} */
  get stored() {
    const {
      connection,
      '802-11-wireless': wifi,
      '802-11-wireless-security': security,
      ...rest
    } = this.#given ?? {}
    const isByHand = this.#given === undefined
    return {
      connection: {
        ...(isByHand && { autoconnect: false }),
        id: this.id,
        'interface-name': this.device,
        permissions: [],
        type: this.type,
        uuid: this.uuid,
        ...connection,
      },
      ...(this.ssid === null
        ? { '802-3-ethernet': { 'auto-negotiate': false, 'mac-address-blacklist': [], 's390-options': {} } }
        : {
            '802-11-wireless': {
              ...(this.isHidden && { hidden: true }),
              'mac-address-blacklist': [],
              ...(this.#hasSecurity && { security: '802-11-wireless-security' }),
              ssid: Buffer.from(this.ssid),
              ...wifi,
            },
          }),
      ...(this.#hasSecurity && {
        '802-11-wireless-security': {
          ...(isByHand ? {} : { 'auth-alg': 'open' }),
          'key-mgmt': 'wpa-psk',
          ...security,
        },
      }),
      ipv4: { ...ADDRESSES, ...(isByHand && { 'dhcp-timeout': 15 }), method: 'auto' },
      ipv6: { ...(isByHand && { 'addr-gen-mode': 2 }), ...ADDRESSES, method: isByHand ? 'disabled' : 'auto' },
      proxy: {},
      ...rest,
    }
  }

  /** A client saves it as it is. */
  save() {
    this.isVolatile = false
  }
}

const ADDRESSES = { 'address-data': [], addresses: [], 'dns-search': [], 'route-data': [], routes: [] }

/** The permissions of a user who may do everything, as `GetPermissions` answers. @type {Record<string, string>} */
export const EVERYTHING_ALLOWED = Object.fromEntries(
  [
    ...['checkpoint-rollback', 'enable-disable-connectivity-check', 'enable-disable-network'],
    ...['enable-disable-statistics', 'enable-disable-wifi', 'enable-disable-wimax', 'enable-disable-wwan'],
    ...['network-control', 'reload', 'settings.modify.global-dns', 'settings.modify.hostname'],
    ...['settings.modify.own', 'settings.modify.system', 'sleep-wake', 'wifi.scan', 'wifi.share.open'],
    'wifi.share.protected',
  ].map((name) => [`${NM}.${name}`, 'yes']),
)
