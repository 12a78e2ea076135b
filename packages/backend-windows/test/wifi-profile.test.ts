import { describe, expect, it } from 'vitest'
import { ssidTextOf } from '../src/wifi/ssid.js'
import { wifiProfileFacts } from '../src/wifi/wifi-profile.js'
import { elementAt, parseXml } from '../src/wifi/xml-element.js'

const hex = (...bytes: number[]) => Buffer.from(bytes).toString('hex')
const profile = (config: string, rest = '') =>
  `<?xml version="1.0"?>\r\n<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">` +
  `<name>P</name><SSIDConfig>${config}</SSIDConfig>${rest}</WLANProfile>`
const keys = (authentication: string, encryption: string) =>
  `<MSM><security><authEncryption><authentication>${authentication}</authentication>` +
  `<encryption>${encryption}</encryption></authEncryption></security></MSM>`
const ssidOf = (config: string) => wifiProfileFacts('P', profile(config)).wifi.ssid

describe('profiles', () => {
  it('are read from their XML', () => {
    const config = '<SSID><hex>436166E9</hex><name>Caf\uFFFD</name></SSID><nonBroadcast>true</nonBroadcast>'
    expect(wifiProfileFacts('Cafe', profile(config, keys('WPA2PSK', 'AES')))).toEqual({
      ssids: ['436166e9'],
      isAdHoc: false,
      wifi: { ssid: 'Caf\\xe9', hidden: true, security: 'wpa' },
    })
  })

  it('take the SSID from the name element if there are no bytes', () => {
    expect(ssidOf('<SSID><name>A &amp; B&#x21;&#33;</name></SSID>')).toBe('A & B!!')
    expect(ssidOf('<SSID><name><![CDATA[<A> & B]]></name></SSID>')).toBe('<A> & B')
  })

  it('take the SSID from their own name without readable XML', () => {
    expect(wifiProfileFacts('Home', null).wifi).toEqual({ ssid: 'Home', hidden: false, security: 'unknown' })
    expect(wifiProfileFacts('Home', profile('<SSID><hex>zz</hex></SSID>')).ssids).toEqual([])
  })

  it('of ad hoc networks say so (T1)', () => {
    const rest = '<connectionType>IBSS</connectionType>'
    expect(wifiProfileFacts('P', profile('<SSID><name>x</name></SSID>', rest)).isAdHoc).toBe(true)
  })

  it.each([
    ['open', 'none', 'open'],
    ['open', 'WEP', 'wep'],
    ['shared', 'WEP', 'wep'],
    ['OWE', 'AES', 'owe'],
    ['WPA2PSK', 'AES', 'wpa'],
    ['WPA3SAE', 'AES', 'wpa3'],
    ['WPA2', 'AES', 'enterprise'],
    ['something new', 'AES', 'unknown'],
    ['__proto__', 'constructor', 'unknown'],
  ])('%s with %s is %s', (authentication, encryption, security) => {
    const xml = profile('<SSID><name>x</name></SSID>', keys(authentication, encryption))
    expect(wifiProfileFacts('Home', xml).wifi.security).toBe(security)
  })
})

describe('SSIDs', () => {
  it.each([
    ['UTF-8 is its letters', Buffer.from('Büro ☕').toString('hex'), 'Büro ☕'],
    ['other bytes are escaped', hex(0x61, 0xff), 'a\\xff'],
    ['a backslash is escaped, for it may begin an escape', hex(0x61, 0x5c, 0x78, 0x66, 0x66), 'a\\x5cxff'],
    ['with a backslash the other letters stay as they read', Buffer.from('ü\\').toString('hex'), 'ü\\x5c'],
    ['a replacement character is a letter', Buffer.from('\uFFFD').toString('hex'), '\uFFFD'],
    ['a mark of byte order is a letter', Buffer.from('\uFEFFa').toString('hex'), '\uFEFFa'],
    ['half a letter is bytes', 'eda080', '\\xed\\xa0\\x80'],
    ['nothing is nothing', '', ''],
  ])('%s (T6)', (_what, bytes, text) => expect(ssidTextOf(bytes)).toBe(text))

  it('of different bytes have different texts (T6)', () => {
    const letters = [0x00, 0x20, 0x5c, 0x61, 0x78, 0x66, 0x80, 0xbf, 0xc3, 0xed, 0xff]
    const all = [[]] as number[][]
    for (const one of all) if (one.length < 4) for (const letter of letters) all.push([...one, letter])
    expect(new Set(all.map((bytes) => ssidTextOf(hex(...bytes)))).size).toBe(all.length)
  })

  it('keep leading and trailing blanks (T6)', () => {
    const texts = ['<name> x</name>', '<name>x</name>', '<name>x </name>'].map((name) =>
      ssidOf(`<SSID>${name}</SSID>`),
    )
    expect(texts).toEqual([' x', 'x', 'x '])
  })

  it('that come from a name differ from those of other bytes (T6)', () => {
    expect(wifiProfileFacts('a\\xff', null).wifi.ssid).not.toBe(ssidTextOf(hex(0x61, 0xff)))
    expect(wifiProfileFacts('\ud800', null).wifi.ssid).not.toBe(wifiProfileFacts('\ud801', null).wifi.ssid)
  })

  it('have 32 bytes at most', () => {
    expect(wifiProfileFacts('P', profile(`<SSID><hex>${'61'.repeat(33)}</hex></SSID>`)).ssids).toEqual([])
  })
})

describe('untrusted XML', () => {
  const bomb =
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><WLANProfile><SSIDConfig><SSID><name>&b;</name></SSID></SSIDConfig></WLANProfile>'

  it.each([
    ['entities of its own', bomb],
    ['too deep', '<a>'.repeat(100) + '</a>'.repeat(100)],
    ['too many elements', '<a/>'.repeat(20_000)],
    ['too long', `<a>${' '.repeat(1_100_000)}</a>`],
    ['a tag without an end', '<WLANProfile'],
    ['a value without an end', '<WLANProfile a=">'],
    ['a comment without an end', '<WLANProfile><!-- </WLANProfile>'],
    ['CDATA without an end', '<WLANProfile><![CDATA[ </WLANProfile>'],
    ['ends in another order', '<WLANProfile><a></WLANProfile></a>'],
    ['ends that never began', '</WLANProfile>'],
    ['no end', '<WLANProfile><SSIDConfig>'],
  ])('%s is not believed', (_what, xml) => {
    expect(parseXml(xml)).toBeNull()
    expect(wifiProfileFacts('P', xml)).toEqual({
      ssids: [],
      isAdHoc: false,
      wifi: { ssid: 'P', hidden: false, security: 'unknown' },
    })
  })

  it('in comments, sections and other places has no effect', () => {
    const inside = '<nonBroadcast>true</nonBroadcast>'
    const quoted = '<hidden>true</hidden>'
    const config = `<!-- ${inside} --><SSID><name><![CDATA[${quoted}]]></name></SSID>`
    const { wifi } = wifiProfileFacts('P', profile(config, `<elsewhere>${inside}</elsewhere>`))
    expect(wifi).toMatchObject({ ssid: quoted, hidden: false })
  })

  it('has names that are never used as keys', () => {
    const xml = '<__proto__ constructor="1"><toString>x</toString></__proto__>'
    expect(elementAt(parseXml(xml), '__proto__', 'toString')?.text).toBe('x')
    expect(elementAt(parseXml('<a/>'), 'constructor')).toBeNull()
  })

  it('keeps an unknown entity as it is', () => {
    expect(elementAt(parseXml('<a>&#x110000;&nbsp;&toString;&lt</a>'), 'a')?.text).toBe(
      '&#x110000;&nbsp;&toString;&lt',
    )
  })

  it('takes time in proportion to its length', () => {
    const xml = '<a b="c" '.repeat(100_000)
    expect(parseXml(xml)).toBeNull()
    // Some milliseconds; in proportion to the square it would be minutes.
  }, 30_000)
})
