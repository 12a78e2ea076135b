import { describe, expect, it } from 'vitest'
import { secretFields } from '../src/networkmanager/secret-fields.js'
import { sent } from './as-sent.js'

const WIFI = '802-11-wireless-security'

describe('NetworkManager asks for a secret', () => {
  // For Wi-Fi and wires it gives no hint (nm-device-wifi.c, nm-device-ethernet.c).
  it.each([
    ['a passphrase', WIFI, { [WIFI]: { 'key-mgmt': 'wpa-psk' } }, ['psk']],
    ['a key of WPA3', WIFI, { [WIFI]: { 'key-mgmt': 'sae' } }, ['psk']],
    ['a key of WEP', WIFI, { [WIFI]: { 'key-mgmt': 'none' } }, ['wep-key0']],
    ['the third key of WEP', WIFI, { [WIFI]: { 'key-mgmt': 'none', 'wep-tx-keyidx': 2 } }, ['wep-key2']],
    [
      'a key of WEP that cannot be',
      WIFI,
      { [WIFI]: { 'key-mgmt': 'none', 'wep-tx-keyidx': 9 } },
      ['wep-key0'],
    ],
    ['a password of LEAP', WIFI, { [WIFI]: { 'key-mgmt': 'ieee8021x' } }, ['leap-password']],
    ['a password', '802-1x', { '802-1x': { eap: ['peap'], 'phase2-auth': 'mschapv2' } }, ['password']],
    ['the password of a private key', '802-1x', { '802-1x': { eap: ['tls'] } }, ['private-key-password']],
    [
      'the password of a private key in a tunnel',
      '802-1x',
      { '802-1x': { eap: ['ttls'], 'phase2-autheap': 'tls' } },
      ['phase2-private-key-password'],
    ],
    [
      'the password of a private key in PEAP',
      '802-1x',
      { '802-1x': { eap: ['peap'], 'phase2-auth': 'tls' } },
      ['phase2-private-key-password'],
    ],
    ['the PIN of a SIM card', '802-1x', { '802-1x': { eap: ['sim'] } }, ['pin']],
    ['the PIN of a USIM card', '802-1x', { '802-1x': { eap: ['aka'] } }, ['pin']],
    ['a password, of unknown methods', '802-1x', { '802-1x': { eap: 7 } }, ['password']],
    ['a key of MACsec', 'macsec', {}, ['mka-cak']],
    ['something unknown', 'constructor', {}, []],
  ])('for %s without a hint', (_what, setting, settings, fields) => {
    expect(secretFields({ setting, hints: [], settings: sent(settings) })).toEqual(fields)
  })

  it('with the same secret as text and as bytes, of which only a text can be given', () => {
    const settings = sent({ '802-1x': { eap: ['ttls'] } })
    const ask = (hints: readonly string[]) => secretFields({ setting: '802-1x', hints, settings })
    expect(ask(['password', 'password-raw'])).toEqual(['password'])
    expect(ask(['password-raw'])).toEqual(['password'])
  })
})
