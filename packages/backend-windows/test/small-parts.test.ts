import { describe, expect, it } from 'vitest'
import { guidBytes, guidText, parseGuid } from '../src/ffi/guid.js'
import { windows } from '../src/index.js'
import { decodeEntries, encodeEntries } from '../src/links/activation-entries.js'
import type { ActivationEntry } from '../src/links/activations.js'
import { parseId, vpnId, wifiId } from '../src/links/configuration-id.js'
import { NotificationHealth } from '../src/notifications/notification-health.js'
import { addressText, hardwareAddressText } from '../src/tables/address.js'
import { wifiReason } from '../src/wifi/wifi-reason.js'
import { host } from './captured.js'

const GUID = '{01234567-89AB-CDEF-0123-456789ABCDEF}'

describe('addresses', () => {
  const ipv6 = (...groups: number[]) => {
    const bytes = new Uint8Array(28)
    bytes[0] = 23
    groups.forEach((group, index) => {
      bytes[8 + index * 2] = group >> 8
      bytes[9 + index * 2] = group & 255
    })
    return bytes
  }

  it.each([
    [Uint8Array.of(2, 0, 0, 80, 192, 0, 2, 1, 9, 9, 9, 9, 9, 9, 9, 9), '192.0.2.1'],
    [ipv6(0xfe80, 0, 0, 0, 1, 2, 3, 4), 'fe80::1:2:3:4'],
    [ipv6(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
    [ipv6(0, 0, 0, 0, 0, 0, 0, 0), '::'],
    [ipv6(1, 0, 0, 2, 0, 0, 0, 3), '1:0:0:2::3'],
    [ipv6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'],
    [ipv6(1, 2, 3, 4, 5, 6, 0, 0), '1:2:3:4:5:6::'],
    [Uint8Array.of(1, 0, 0, 0), null],
    [Uint8Array.of(2, 0), null],
  ])('%# are text', (bytes, text) => expect(addressText(bytes)).toBe(text))

  it('of hardware are hex pairs, and null if there are only zeros', () => {
    expect(hardwareAddressText(Uint8Array.of(2, 0, 255))).toBe('02:00:ff')
    expect(hardwareAddressText(new Uint8Array(6))).toBeNull()
    expect(hardwareAddressText(new Uint8Array(0))).toBeNull()
  })
})

describe('GUIDs', () => {
  it('come back as they were', () => {
    expect(guidText(parseGuid(GUID))).toBe(GUID)
    expect(Buffer.from(guidBytes(GUID)).toString('hex')).toBe('67452301ab89efcd0123456789abcdef')
  })

  it('in the wrong form are refused', () => expect(() => parseGuid('{}')).toThrow(TypeError))
})

describe('identifiers', () => {
  it.each(['Home', 'a/b', '}/{', 'line\nbreak', ''])('of the profile %j come back as it was', (profile) =>
    expect(parseId(wifiId(GUID, profile))).toEqual({ kind: 'wifi', guid: GUID, profile }),
  )

  it('of adapters name the adapter, and all others nothing', () => {
    expect(parseId(`adapter:${GUID}`)).toEqual({ kind: 'adapter', guid: GUID })
    expect(parseId('vpn:own/Office')).toBeNull()
    expect(vpnId({ name: 'x', isShared: true })).not.toBe(vpnId({ name: 'x', isShared: false }))
  })
})

it.each([
  [294932, 'secretWrong', '0x48014 MSMSEC_PSK_MISMATCH_SUSPECTED'],
  [163851, 'outOfRange', '0x2800b NETWORK_NOT_AVAILABLE'],
  [1, 'other', '0x00001'],
])('reason code %i is %s', (code, reason, native) => expect(wifiReason(code)).toEqual({ reason, native }))

describe('the health of notifications', () => {
  it('is proven by the first notification, and by nothing else', () => {
    const health = new NotificationHealth()
    health.recordRegistration('interface')
    expect(health.areProven(['interface'])).toBe(false)
    expect(health.recordNotification('interface')).toBe(true)
    expect(health.recordNotification('interface')).toBe(false)
    expect(health.areProven(['interface'])).toBe(true)
    expect(health.areProven(['interface', 'wifi'])).toBe(false)
    expect(health.unproven(['interface', 'wifi'])).toEqual({ wifi: 'unproven' })
  })

  it('is lost if a registration is refused', () => {
    const health = new NotificationHealth()
    health.recordNotification('wifi')
    health.recordRefusal('wifi')
    expect(health.unproven(['wifi'])).toEqual({ wifi: 'refused' })
  })
})

describe('the driver', () => {
  it('rejects with ERR_SERVICE_LOST on other systems, or with the reason of its signal', async () => {
    const driver = windows()
    await expect(driver.open(host, { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'ERR_SERVICE_LOST',
    })
    const reason = new Error('changed my mind')
    await expect(driver.open(host, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('throws a RangeError for an invalid interval', () =>
    expect(() => windows({ interval: 0 })).toThrow(RangeError))
})

describe('shared memory', () => {
  const entries = new Map<string, ActivationEntry>([
    ['a', { number: 7, is: 'live' }],
    ['b', { number: 8, is: 'over' }],
    ['__proto__', { number: 9, is: 'over' }],
  ])

  it('returns the entries that were written', () => {
    const memory = new Uint8Array(256)
    expect(decodeEntries(memory)).toBeNull()
    encodeEntries(memory, entries)
    expect(decodeEntries(memory)).toEqual(entries)
  })

  it('keeps the entries of live activations if not all fit', () => {
    const memory = new Uint8Array(48)
    encodeEntries(memory, entries)
    expect(decodeEntries(memory)).toEqual(new Map([['a', entries.get('a')]]))
  })

  it.each([
    ['torn', '{"a":{"number":7,"is"'],
    ['no object', '7'],
    ['too high to count on', '{"a":{"number":9007199254740991,"is":"live"}}'],
    ['no entries', '{"a":7,"b":{"number":"8","is":"live"},"c":{"number":1,"is":"lost"}}'],
  ])('is not believed where it is %s', (_what, text) => {
    const memory = new Uint8Array(256)
    memory.set(Buffer.from(text), 4)
    new DataView(memory.buffer).setUint32(0, text.length, true)
    expect(decodeEntries(memory) ?? new Map()).toEqual(new Map())
  })

  it('is never read beyond its end', () => {
    const memory = new Uint8Array(16).fill(255)
    expect(decodeEntries(memory)).toBeNull()
  })
})
