import { describe, expect, it } from 'vitest'
import { networkName, profileXml, type UnsavedNetwork } from '../src/wifi/network-profile.js'
import { wifiProfileFacts } from '../src/wifi/wifi-profile.js'
import { isFor, keyField, keyTypeOf, type Security, securityOf } from '../src/wifi/wifi-security.js'
import { elementAt, parseXml } from '../src/wifi/xml-element.js'

const CCMP = 4

function network(ssid: string, keys: UnsavedNetwork['keys']): UnsavedNetwork {
  const hex = Buffer.from(ssid, 'latin1').toString('hex')
  const security = securityOf(keys)
  return { profile: networkName(hex, security), ssid: hex, security, keys, isConnectable: true }
}

/** The XML as Windows reads it: up to the 0 at the end. */
function textOf(xml: Buffer): string {
  expect(xml.readUInt16LE(xml.length - 2)).toBe(0)
  return xml.toString('utf16le', 0, xml.length - 2)
}

const hexOf = (bytes: string) => Buffer.from(bytes, 'latin1').toString('hex')

describe('the name of the profile for a network (T6, N2)', () => {
  it.each([
    ['Bakery', 'open', 'Bakery (open)'],
    ['Bakery', 'wpa', 'Bakery (wpa)'],
    ['Bakery (wpa)', 'open', 'Bakery (wpa) (open)'],
    ['Caf\xe9', 'wpa3', 'Caf\\xe9 (wpa3)'],
    ['Caf\xc3\xa9', 'wpa3', 'Café (wpa3)'],
    ['a\\x01', 'open', 'a\\x5cx01 (open)'],
    ['a\x01', 'open', 'a\\x01 (open)'],
    [' a b', 'open', '\\x20a b (open)'],
    ['\xef\xbf\xbf', 'open', '\\xef\\xbf\\xbf (open)'],
  ])('%j, %s: %j', (ssid, security, name) => {
    expect(networkName(hexOf(ssid), security as Security)).toBe(name)
  })

  it('is another one for each SSID, and never longer than Windows permits', () => {
    const names = new Set<string>()
    const bytes = [
      0x00, 0x01, 0x09, 0x20, 0x28, 0x30, 0x31, 0x5c, 0x78, 0x7f, 0x80, 0xa9, 0xbf, 0xc2, 0xc3, 0xef, 0xff,
    ]
    for (const one of bytes)
      for (const other of bytes)
        for (const third of bytes)
          names.add(networkName(Buffer.from([one, other, third]).toString('hex'), 'wpa'))
    expect(names.size).toBe(bytes.length ** 3)
    expect(networkName('ff'.repeat(32), 'enterprise').length).toBeLessThan(256)
  })
})

describe('the profile for a network', () => {
  it.each<[string, UnsavedNetwork['keys'], string | null, Partial<Record<string, string>>]>([
    ['open', { auth: 1, cipher: 0 }, null, { authentication: 'open', encryption: 'none' }],
    ['OWE', { auth: 10, cipher: CCMP }, null, { authentication: 'OWE', encryption: 'AES' }],
    ['WEP', { auth: 1, cipher: 0x101 }, '12345', { authentication: 'open', encryption: 'WEP' }],
    ['WPA', { auth: 4, cipher: 2 }, 'long enough', { authentication: 'WPAPSK', encryption: 'TKIP' }],
    ['WPA2', { auth: 7, cipher: CCMP }, 'long enough', { authentication: 'WPA2PSK', encryption: 'AES' }],
    [
      'WPA3',
      { auth: 9, cipher: CCMP },
      'long enough',
      { authentication: 'WPA3SAE', encryption: 'AES', transitionMode: 'true' },
    ],
    ['WPA3 with GCMP', { auth: 9, cipher: 9 }, 'long enough', { encryption: 'GCMP256' }],
  ])('with %s says so', (_, keys, key, wanted) => {
    const text = textOf(profileXml(network('Home', keys), key))
    const security = elementAt(parseXml(text), 'WLANProfile', 'MSM', 'security')
    const found = elementAt(security, 'authEncryption')?.children.map(({ name, text }) => [name, text])
    expect(Object.fromEntries(found ?? [])).toMatchObject({ useOneX: 'false', ...wanted })
    expect(elementAt(security, 'sharedKey', 'keyMaterial')?.text ?? null).toBe(key)
    const protection = elementAt(security, 'sharedKey', 'protected')?.text
    expect(protection).toBe(key === null ? undefined : 'false')
  })

  it.each(['<&>"\'', 'Caf\xe9', 'a\x00b', '\xff'.repeat(32), ']]>', ' '])(
    'is for the bytes of the SSID %j, and has the name of the network',
    (ssid) => {
      const one = network(ssid, { auth: 7, cipher: CCMP })
      const text = textOf(profileXml(one, 'long enough'))
      expect(elementAt(parseXml(text), 'WLANProfile', 'name')?.text).toBe(one.profile)
      const { ssids, wifi } = wifiProfileFacts(one.profile, text)
      expect([ssids, wifi.security]).toEqual([[one.ssid], 'wpa'])
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot carry them.
      expect(text).not.toMatch(/[\u0000-\u001f\ufffe\uffff]/)
    },
  )

  it('carries any key that a network can have', () => {
    const key = '<&>"\' ]]>~'
    const text = textOf(profileXml(network('Home', { auth: 7, cipher: CCMP }), key))
    const found = elementAt(parseXml(text), 'WLANProfile', 'MSM', 'security', 'sharedKey', 'keyMaterial')
    expect(found?.text).toBe(key)
  })

  it('is in memory of its own, so that overwriting it overwrites the key and nothing else', () => {
    const xml = profileXml(network('Home', { auth: 7, cipher: CCMP }), 'long enough')
    expect(xml.buffer.byteLength).toBe(xml.length)
  })
})

describe('the class of a network', () => {
  it.each<[number, number, Security]>([
    [1, 0, 'open'],
    [1, 1, 'wep'],
    [2, 5, 'wep'],
    [3, 4, 'enterprise'],
    [4, 2, 'wpa'],
    [6, 4, 'enterprise'],
    [7, 4, 'wpa'],
    [8, 9, 'enterprise'],
    [9, 4, 'wpa3'],
    [10, 4, 'owe'],
    [11, 4, 'enterprise'],
    [5, 4, 'unknown'],
    [0x8000_0001, 4, 'unknown'],
  ])('DOT11_AUTH_ALGORITHM %i with DOT11_CIPHER_ALGORITHM %i is %s', (auth, cipher, security) => {
    expect(securityOf({ auth, cipher })).toBe(security)
  })

  it('is that of a profile, of an unknown one, or the other one with a key', () => {
    expect([
      isFor('wpa', 'wpa3'),
      isFor('unknown', 'wep'),
      isFor('open', 'owe'),
      isFor('wpa', 'open'),
    ]).toEqual([true, true, false, false])
  })

  it('says which secret is needed, under the same names as on Linux', () => {
    const all = (['open', 'owe', 'wep', 'wpa', 'wpa3', 'enterprise', 'unknown'] as const).map(keyField)
    expect(all).toEqual([null, null, 'wep-key0', 'psk', 'psk', undefined, undefined])
  })
})

describe('a key', () => {
  const HEX = '0123456789abcdefABCDEF0123456789'
  it.each<[Security, string, ReturnType<typeof keyTypeOf>]>([
    ['wpa', '8 chars!', 'passPhrase'],
    ['wpa', '7 chars', null],
    ['wpa', 'x'.repeat(63), 'passPhrase'],
    ['wpa', HEX + HEX, 'networkKey'],
    ['wpa', `${HEX}${HEX.slice(1)}g`, null],
    ['wpa', 'x'.repeat(65), null],
    ['wpa', 'umlauts: ä', null],
    ['wpa', 'line\nfeed', null],
    ['wpa3', '8 chars!', 'passPhrase'],
    ['wpa3', HEX + HEX, null],
    ['wep', '12345', 'networkKey'],
    ['wep', '1234567890123', 'networkKey'],
    ['wep', 'ABCDEF0123', 'networkKey'],
    ['wep', 'xyzxyzxyzx', null],
    ['wep', HEX.slice(6), 'networkKey'],
    ['wep', '123456', null],
    ['wep', '', null],
  ])('of %s: %j is %s', (security, key, type) => {
    expect(keyTypeOf(security, key)).toBe(type)
  })
})
