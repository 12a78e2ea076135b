import type { World } from '@roamkit/core/contract'
import { expect, it } from 'vitest'
import { Mirror } from '../../src/kernel/mirror.js'
import { RTM_NEWLINK } from '../../src/kernel/rtnetlink.js'
import { hostBytes } from '../../src/kernel/wire.js'
import { messagesIn, stepNames } from './recorded.js'
import { translatorOf } from './translated.js'

/** Applies the recorded steps in order, up to one; the default routes are those of the recorded lists. */
function played(until: string) {
  const mirror = new Mirror()
  const translator = translatorOf(mirror)
  const play = (step: string) => {
    const listing = /^list of (links|addresses|routes4|routes6)$/.exec(step)?.[1]
    if (listing) mirror.beginListing(listing as 'links')
    for (const message of messagesIn(step)) {
      mirror.apply(message, listing ? 'listed' : 'event')
      translator.update()
    }
    if (listing) mirror.endListing()
    translator.update()
  }
  for (const step of stepNames.slice(0, stepNames.indexOf(until) + 1)) play(step)
  return { mirror, translator, play, world: () => translator.world() }
}

/** One of the flags of `struct ifinfomsg`, at its place 8. */
const IFF_UP = 0x1

const find = (world: World, id: string) => world.configurations.find((one) => one.id === id)
const ids = (world: World) => world.configurations.map(({ id }) => id)

it('C9, T3: lists every interface but loopback and the ports of a bridge, sorted by id', () => {
  const { play, world } = played('list of routes6')
  expect(ids(world())).toEqual(['kernel:br0', 'kernel:eth0', 'kernel:mac0', 'kernel:tun0'])
  play('the port is released')
  expect(ids(world())).toContain('kernel:far0')
})

it('T1, M2: a default route and an address beyond the link make an uplink, and the lowest metric the default', () => {
  const { world } = played('list of routes6')
  expect(world().defaultId).toBe('kernel:eth0')
  expect(find(world(), 'kernel:eth0')).toMatchObject({
    bearer: 'ethernet',
    link: 'up',
    uplink: true,
    connectivity: 'unknown',
    interface: {
      name: 'eth0',
      addresses: expect.arrayContaining(['10.1.1.2/24', 'fd00::2/64']),
      gateways: ['10.1.1.1', '10.1.1.9', 'fd00::1'],
    },
  })
  // The second hop of a route that goes two ways.
  expect(find(world(), 'kernel:br0')).toMatchObject({ bearer: 'bridge', uplink: true })
})

it('T2: a tunnel is no uplink, and what rides on nothing that the kernel knows has no base', () => {
  const { world } = played('list of routes6')
  expect(find(world(), 'kernel:tun0')).toMatchObject({ bearer: 'vpn', uplink: false, over: null })
})

it('C3: an interface that is renamed is another configuration, and one that is deleted is none', () => {
  const { play, world } = played('the port is released')
  play('eth0 is renamed')
  expect(ids(world())).toEqual(expect.arrayContaining(['kernel:lan0']))
  expect(ids(world())).not.toContain('kernel:eth0')
  play('lan0 is deleted')
  // The other end of the pair and the macvlan on it go too.
  expect(ids(world())).toEqual(['kernel:br0', 'kernel:tun0'])
})

it('C2: whatever has not changed is the same object, up to the world', () => {
  const { translator, mirror, play, world } = played('list of routes6')
  const before = world()
  for (const message of messagesIn('list of links')) mirror.apply(message, 'event')
  expect(translator.update()).toBe(false)
  expect(world()).toBe(before)
  play('the port is released')
  const untouched = ids(before).filter((id) => id !== 'kernel:br0')
  for (const id of untouched) expect(find(world(), id)).toBe(find(before, id))
})

it('C2: what changes and changes back between two snapshots is the same object', () => {
  const { mirror, translator, world } = played('list of routes6')
  const before = world()
  const [address] = messagesIn('eth0 gets an IPv4 address')
  if (!address) throw new Error('nothing was recorded')
  // Deleted and added again. The link stays up, because it has an IPv6 address, too.
  for (const type of [21, 20]) {
    mirror.apply({ ...address, type }, 'event')
    expect(translator.update()).toBe(true)
  }
  expect(world()).toBe(before)
})

it('works only on what an event changes, however many interfaces there are', () => {
  const { mirror, translator } = played('list of routes6')
  expect(mirror.takeChanged()).toEqual([])
  for (const message of messagesIn('eth0 gets an IPv4 address')) mirror.apply(message, 'event')
  expect(mirror.takeChanged()).toEqual([3])
  expect(translator.update()).toBe(false)
})

it('has nothing to do when the kernel reports an interface again that has not changed', () => {
  const { mirror } = played('list of routes6')
  const links = messagesIn('list of links').filter(({ type }) => type === RTM_NEWLINK)
  for (const link of links) mirror.apply(link, 'event')
  expect(mirror.takeChanged()).toEqual([])
  for (const link of links) {
    const payload = Buffer.from(link.payload)
    payload.writeUInt32LE(payload.readUInt32LE(8) ^ IFF_UP, 8)
    mirror.apply({ ...link, payload }, 'event')
  }
  expect(mirror.takeChanged()).toHaveLength(links.length)
})

it('asks for the routes again where the kernel deletes them without a word', () => {
  const { mirror } = played('list of routes6')
  mirror.takeStale()
  for (const message of messagesIn('eth0 is renamed').slice(0, 1)) mirror.apply(message, 'event')
  expect(mirror.takeStale()).toEqual(['routes4', 'routes6'])
})

it('a list that was not completed removes nothing', () => {
  const { mirror, translator, world } = played('list of routes6')
  const before = world()
  mirror.beginListing('links')
  mirror.abandonListing()
  translator.update()
  expect(world()).toBe(before)
  mirror.beginListing('links')
  mirror.endListing()
  translator.update()
  expect(world().configurations).toEqual([])
})

it('T6: two interfaces never have one id, although the news of a deletion was lost', () => {
  const { mirror, translator, world } = played('the port is released')
  const [message] = messagesIn('a tunnel is made')
  if (!message) throw new Error('nothing was recorded')
  const payload = Buffer.from(message.payload)
  payload.writeInt32LE(77, 4)
  mirror.apply({ ...message, payload }, 'event')
  translator.update()
  expect(ids(world()).filter((id) => id === 'kernel:tun0')).toHaveLength(1)
  expect(translator.find('kernel:tun0')?.link.index).toBe(77)
})

it('S12: a Wi-Fi link is known by its device, and stays up without a carrier for a moment', () => {
  const mirror = new Mirror()
  const translator = translatorOf(mirror, { deviceType: () => 'wlan' })
  const header = (flags: number) => hostBytes([0, 2], [1, 2], [7, 4], [flags, 4], [0, 4])
  const name = Buffer.concat([hostBytes([9, 2], [3, 2]), Buffer.from('wlp1\0'), Buffer.alloc(3)])
  const link = (flags: number) => {
    mirror.apply({ type: 16, flags: 0, sequence: 0, payload: Buffer.concat([header(flags), name]) }, 'event')
    translator.update()
  }
  const running = 0x10041
  link(running)
  const address = Buffer.concat([
    hostBytes([0x1802, 2], [0, 2], [7, 4]),
    hostBytes([8, 2], [2, 2]),
    Buffer.of(10, 0, 0, 2),
  ])
  mirror.apply({ type: 20, flags: 0, sequence: 0, payload: address }, 'event')
  translator.update()
  const [up] = translator.world().configurations
  expect(up).toMatchObject({ id: 'kernel:wlp1', bearer: 'wlan', link: 'up', carrier: true })
  link(1)
  const { activation } = up ?? {}
  expect(translator.world().configurations[0]).toMatchObject({ link: 'up', carrier: false, activation })
  link(running)
  expect(translator.world().configurations[0]).toEqual(up)
})

it('T1, M2: a kernel without IPv6 answers the question for its routes with those of IPv4, which end with their own list', () => {
  const { mirror, translator, world } = played('list of routes4')
  const list = (what: 'routes4' | 'routes6', from: string | null) => {
    mirror.beginListing(what)
    for (const message of from === null ? [] : messagesIn(from)) mirror.apply(message, 'listed')
    mirror.endListing()
    translator.update()
  }
  list('routes6', 'list of routes4')
  expect(world().defaultId).toBe('kernel:eth0')
  list('routes4', null)
  expect(world().defaultId).toBeNull()
  expect(find(world(), 'kernel:eth0')).toMatchObject({ uplink: false, interface: { gateways: [] } })
})
