import { expect, test } from 'vitest'
import type { LinkConfiguration, LinkPhase } from '../src/contract/index.js'
import { DeviceLinks } from '../src/world/device-links.js'

const link = (id: string, device: string | null, phase: LinkPhase = 'up') =>
  ({ id, device, link: phase }) as LinkConfiguration

test('a device carries its links that are not down, in the order of their ids', () => {
  const devices = new DeviceLinks()
  const [c, a] = [link('c', 'eth0', 'activating'), link('a', 'eth0', 'deactivating')]
  for (const one of [c, a, link('b', 'eth0', 'down'), link('d', 'eth1'), link('e', null)])
    devices.replace(undefined, one)
  expect(devices.on('eth0')).toEqual([a, c])
  expect(devices.on('eth2')).toEqual([])
})

test('a link that goes down, moves or disappears leaves its device', () => {
  const devices = new DeviceLinks()
  const [a, b] = [link('a', 'eth0'), link('b', 'eth0')]
  devices.replace(undefined, a)
  devices.replace(undefined, b)
  const moved = link('a', 'eth1')
  devices.replace(a, moved)
  expect([devices.on('eth0'), devices.on('eth1')]).toEqual([[b], [moved]])
  devices.replace(moved, link('a', 'eth1', 'down'))
  devices.replace(b, undefined)
  expect([devices.on('eth0'), devices.on('eth1')]).toEqual([[], []])
})

test('the list is the same object while nothing on the device changes', () => {
  const devices = new DeviceLinks()
  devices.replace(undefined, link('a', 'eth0'))
  const before = devices.on('eth0')
  devices.replace(undefined, link('b', 'eth1'))
  expect(devices.on('eth0')).toBe(before)
  expect(devices.on('eth2')).toBe(devices.on('eth3'))
})

test('the links on a device are in the order of their ids, in whatever order they come', () => {
  for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
    const devices = new DeviceLinks()
    for (const id of order) devices.replace(undefined, link(id, 'eth0'))
    expect(devices.on('eth0').map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  }
})
