import { expect, test } from 'vitest'
import { mock } from '../src/index.js'
import { openBackend, shown } from './open-backend.js'

/** Whether a value is deeply frozen. */
function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isFrozen)
}

test('an unchanged snapshot is the same object', async () => {
  const driver = mock({ configurations: [{ id: 'a', signal: 40 }] })
  const { backend, pokes } = await openBackend(driver)
  const before = backend.snapshot()
  driver.world.set('a', { signal: 40, name: 'a' })
  driver.world.down('a')
  driver.world.traffic('a', { received: 1, written: 1 })
  expect(backend.snapshot()).toBe(before)
  expect(pokes).toEqual([])
})

test('one change among 300 configurations leaves the other 299 objects as they are', () => {
  const configurations = Array.from({ length: 300 }, (_, index) => ({ id: `link-${index}` }))
  const { world } = mock({ configurations })
  const before = world.snapshot().configurations
  world.set('link-150', { signal: 80 })
  const after = world.snapshot().configurations
  const changed = after.filter((configuration, index) => configuration !== before[index])
  expect(changed.map(({ id }) => id)).toEqual(['link-150'])
})

test('an unchanged part of a changed configuration is the same object', () => {
  const { world } = mock({ configurations: [{ id: 'a', link: 'up' }] })
  const before = shown(world, 'a').interface
  world.set('a', { signal: 80 })
  expect(shown(world, 'a').interface).toBe(before)
})

test('configurations are sorted by the UTF-16 code units of their ids', () => {
  const { world } = mock({
    configurations: ['b', 'ä', 'a', '\u{1f4f6}', '\uffee', 'B', '10', '9'].map((id) => ({ id })),
  })
  world.add({ id: 'aa' })
  const ids = world.snapshot().configurations.map(({ id }) => id)
  expect(ids).toEqual(['10', '9', 'B', 'a', 'aa', 'b', 'ä', '\u{1f4f6}', '\uffee'])
})

test('a snapshot is deeply frozen, and the script that it was made from is not', () => {
  const addresses = ['192.0.2.7/24']
  const script = {
    name: 'eth7',
    index: 7,
    hardwareAddress: null,
    mtu: null,
    addresses,
    gateways: [],
    dns: [],
    searchDomains: [],
  }
  const { world } = mock({ configurations: [{ id: 'a', link: 'up', interface: script }] })
  world.set('a', { metered: { value: true, sure: false } })
  expect(isFrozen(world.snapshot())).toBe(true)
  addresses.push('192.0.2.8/24')
  expect(shown(world, 'a').interface?.addresses).toEqual(['192.0.2.7/24'])
})

test('by default a configuration is wired, in range and accepts commands', () => {
  const { world } = mock({ configurations: [{ id: 'a' }] })
  expect(shown(world, 'a')).toEqual({
    id: 'a',
    name: 'a',
    bearer: 'ethernet',
    purpose: 'unknown',
    saved: true,
    uplink: true,
    activate: 'yes',
    deactivate: 'yes',
    save: 'yes',
    forget: 'yes',
    inRange: true,
    carrier: null,
    link: 'down',
    activation: null,
    ended: null,
    device: 'dev-a',
    over: null,
    network: null,
    point: null,
    interface: null,
    proxy: null,
    wifi: null,
    signal: null,
    metered: null,
    connectivity: 'unknown',
    portal: null,
  })
})

test('a link that is up has carrier, full connectivity and an interface that is the same in every run', () => {
  const { world } = mock({ configurations: [{ id: 'a', link: 'up' }] })
  expect(shown(world, 'a')).toMatchObject({
    link: 'up',
    activation: 'a#1',
    carrier: true,
    connectivity: 'full',
    ended: null,
    interface: {
      name: 'dev-a',
      index: 13114386,
      hardwareAddress: '02:00:c8:1c:10:86',
      mtu: 1500,
      addresses: ['10.228.12.43/24'],
      gateways: ['10.228.12.1'],
      dns: ['10.228.12.1'],
      searchDomains: [],
    },
  })
})

test('facts that apply while a link is up are kept while it is down', () => {
  const { world } = mock({ configurations: [{ id: 'a' }] })
  world.set('a', { connectivity: 'portal', portal: 'http://portal.example/' })
  expect(shown(world, 'a')).toMatchObject({ connectivity: 'unknown', portal: null })
  world.up('a')
  expect(shown(world, 'a')).toMatchObject({ connectivity: 'portal', portal: 'http://portal.example/' })
  world.set('a', { connectivity: 'full', portal: null })
  expect(shown(world, 'a')).toMatchObject({ connectivity: 'full', portal: null })
  world.down('a')
  world.up('a')
  expect(shown(world, 'a')).toMatchObject({ connectivity: 'full', portal: null })
})

test('the snapshot shows the values of the options', () => {
  const { world } = mock({
    scope: null,
    updates: 'polling',
    scan: 'ask',
    recheck: 'no',
    statistics: false,
    directRouting: true,
    power: 'unknown',
  })
  expect(world.snapshot()).toEqual({
    service: 'ready',
    updates: 'polling',
    scope: null,
    scan: 'ask',
    recheck: 'no',
    statistics: false,
    directRouting: true,
    configurations: [],
    defaultId: null,
    power: 'unknown',
  })
})

test('no socket can be bound to one link, unless the script says so', () => {
  expect(mock().world.snapshot().directRouting).toBe(false)
})

test('two machines have different scopes, two backends of one machine the same', async () => {
  const driver = mock()
  const [one, two] = [await openBackend(driver), await openBackend(driver)]
  expect(one.backend.snapshot().scope).toBe(two.backend.snapshot().scope)
  expect(mock().world.snapshot().scope).not.toBe(driver.world.snapshot().scope)
})
