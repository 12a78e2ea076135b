import { worldFaults } from '@roamkit/core/contract'
import { expect, it } from 'vitest'
import { Mirror } from '../../src/kernel/mirror.js'
import { decodeAddress, decodeDefaultRoute, decodeLink } from '../../src/kernel/rtnetlink.js'
import { attributesOf, hostBytes, messagesOf, requestOf } from '../../src/kernel/wire.js'
import { RandomNumbers } from '../random-values.js'
import { messagesIn, recorded, stepNames } from './recorded.js'
import { translatorOf } from './translated.js'

const decoded = (step: string) =>
  messagesIn(step).map(({ type, payload }) => ({
    type,
    link: type < 20 ? decodeLink(payload) : null,
    address: type < 24 ? decodeAddress(payload) : null,
    routes: type < 24 ? [] : decodeDefaultRoute(payload),
  }))

it('reads the kind, the base, the port and the state of each interface that a real kernel lists', () => {
  const links = messagesIn('list of links').flatMap(({ payload }) => decodeLink(payload) ?? [])
  const shown = links.map(({ name, kind, isUp, isRunning, base, master, carrierLosses }) => {
    const nameOf = (index: number | null) => links.find((link) => link.index === index)?.name ?? null
    return [name, kind, isUp, isRunning, nameOf(base), nameOf(master), carrierLosses]
  })
  expect(shown).toEqual([
    ['lo', '', false, false, null, null, 0],
    ['far0', 'veth', true, true, 'eth0', 'br0', 1],
    ['eth0', 'veth', true, true, 'far0', null, 1],
    ['br0', 'bridge', true, true, null, null, 1],
    ['tun0', 'tun', false, false, null, null, 1],
    ['mac0', 'macvlan', false, false, 'eth0', null, 0],
  ])
})

it('reads addresses, and that IPv6 first has to find out that no other machine has one', () => {
  const four = decoded('eth0 gets an IPv4 address').flatMap(({ address }) => address ?? [])
  expect(four).toMatchObject([{ cidr: '10.1.1.2/24', family: 4, isBindable: true }])
  const listed = messagesIn('list of addresses').flatMap(({ payload }) => decodeAddress(payload) ?? [])
  expect(listed.map(({ cidr }) => cidr)).toEqual(expect.arrayContaining(['10.1.1.2/24', 'fd00::2/64']))
})

it('reads default routes of the main table, with each hop, and no others', () => {
  const routes4 = messagesIn('list of routes4').flatMap(({ payload }) => decodeDefaultRoute(payload))
  expect(routes4.map(({ index, metric, gateway }) => [index, metric, gateway])).toEqual([
    [3, 100, '10.1.1.1'],
    [3, 200, '10.1.1.9'],
    [4, 200, '10.1.2.9'],
  ])
  const routes6 = messagesIn('list of routes6').flatMap(({ payload }) => decodeDefaultRoute(payload))
  expect(routes6).toEqual([{ index: 3, family: 6, metric: 1024, gateway: 'fd00::1' }])
  expect(decoded('eth0 gets an IPv4 address').flatMap(({ routes }) => routes)).toEqual([])
})

it('does not take what a bridge says about a port for the end of the interface', () => {
  const said = messagesIn('the port is released').filter(({ type }) => type === 17)
  expect(said.length).toBeGreaterThan(0)
  expect(said.map(({ payload }) => decodeLink(payload))).toEqual(said.map(() => null))
})

it('does not take an event of Wi-Fi (IFLA_WIRELESS), which has no more than a name and flags, for a description of the interface', () => {
  const [described] = messagesIn('list of links').filter(
    ({ payload }) => decodeLink(payload)?.name === 'eth0',
  )
  const payload = described?.payload ?? new Uint8Array()
  // wireless_send_event() of the kernel: the header, IFLA_IFNAME and the event.
  const name = Buffer.concat([hostBytes([9, 2], [3, 2]), Buffer.from('eth0\0\0\0\0')])
  const event = hostBytes([12, 2], [11, 2], [0x8b19, 4], [0, 4])
  const said = Buffer.concat([payload.subarray(0, 16), name, event])
  expect(decodeLink(Buffer.concat([payload.subarray(0, 16), name]))?.name).toBe('eth0')
  expect(decodeLink(said)).toBeNull()
})

it('reads a name that is not UTF-8, or that looks like an escaped one, as itself (T6)', () => {
  const named = (...bytes: number[]) => {
    const name = Uint8Array.from([...bytes, 0])
    const header = hostBytes([0, 2], [1, 2], [7, 4], [0, 4], [0, 4])
    return decodeLink(Buffer.concat([header, hostBytes([4 + name.length, 2], [3, 2]), name]))
  }
  const raw = named(0x65, 0xff)
  const text = named(...Buffer.from('e\\xff'))
  expect(raw?.name).toBe('e\\xff')
  expect(text?.name).toBe('e\\xff')
  expect(raw?.key).not.toBe(text?.key)
})

it.each([
  ['an empty datagram', new Uint8Array()],
  ['half a header', new Uint8Array(15)],
  ['a length of zero', new Uint8Array(32)],
  ['a length beyond the end', Uint8Array.from(requestOf(16, 0, 1, new Uint8Array(16))).subarray(0, 24)],
])('reads no message from %s', (_, bytes) => {
  expect([...messagesOf(bytes)]).toEqual([])
})

it('reads the attributes before one whose length is invalid, and the first of several of one type', () => {
  const good = hostBytes([8, 2], [1, 2], [7, 4])
  const again = hostBytes([8, 2], [1, 2], [9, 4])
  for (const bad of [hostBytes([0, 2], [2, 2]), hostBytes([200, 2], [2, 2]), hostBytes([3, 2], [2, 2])]) {
    const found = attributesOf(Buffer.concat([good, again, bad]))
    expect([...found].map(([type, value]) => [type, ...value])).toEqual([[1, ...hostBytes([7, 4])]])
  }
})

it('survives 20,000 random damages of what a real kernel has sent, and keeps to the contract', () => {
  const random = new RandomNumbers(2026)
  const datagrams = stepNames.flatMap((step) => recorded(step))
  const mirror = new Mirror()
  const translator = translatorOf(mirror)
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = Buffer.from(random.pick(datagrams))
    for (let count = random.below(6); count >= 0; count -= 1)
      bytes[random.below(bytes.length)] = random.below(256)
    const cut = random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes
    for (const message of messagesOf(cut)) {
      mirror.apply(message, 'event')
      translator.update()
    }
    if (round % 200 === 0) expect(worldFaults(translator.world())).toEqual([])
  }
  expect(translator.world().configurations.length).toBeGreaterThan(3)
})
