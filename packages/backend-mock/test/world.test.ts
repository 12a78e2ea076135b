import { expect, test } from 'vitest'
import { mock } from '../src/index.js'
import { neverAborted, openBackend, request, shown } from './open-backend.js'

test('adding and removing a configuration notifies the host once each', async () => {
  const driver = mock()
  const { pokes } = await openBackend(driver)
  driver.world.add({ id: 'a', link: 'up' })
  driver.world.setDefault('a')
  driver.world.remove('a')
  const seen = pokes.map(({ configurations, defaultId }) => [configurations.map(({ id }) => id), defaultId])
  expect(seen).toEqual([
    [['a'], null],
    [['a'], 'a'],
    [[], null],
  ])
})

test('an activation id is never used again, not even by a configuration that was removed and added again', () => {
  const { world } = mock({ configurations: [{ id: 'a', link: 'up' }] })
  world.remove('a')
  world.add({ id: 'a', link: 'up' })
  expect(shown(world, 'a').activation).toBe('a#2')
})

test('a link that comes up takes another one on its device down, in one change', async () => {
  const driver = mock({
    configurations: [
      { id: 'a', device: 'wlan0', link: 'up' },
      { id: 'b', device: 'wlan0' },
    ],
  })
  const { pokes } = await openBackend(driver)
  driver.world.up('b')
  expect(pokes).toHaveLength(1)
  expect(shown(driver.world, 'a')).toMatchObject({
    link: 'down',
    activation: null,
    interface: null,
    carrier: null,
    connectivity: 'unknown',
    ended: { activation: 'a#1', reason: 'deviceTaken', native: null },
  })
  expect(shown(driver.world, 'b')).toMatchObject({ link: 'up', activation: 'b#1' })
  expect(shown(driver.world, 'b').interface?.name).toBe('wlan0')
})

test('links without a device do not exclude each other', () => {
  const { world } = mock({ configurations: ['a', 'b'].map((id) => ({ id, device: null, link: 'up' })) })
  expect(world.snapshot().configurations.map(({ link }) => link)).toEqual(['up', 'up'])
})

test('an activation that the system starts stays in progress until it is completed or fails', () => {
  const { world } = mock({ configurations: [{ id: 'a' }] })
  world.activating('a')
  expect(shown(world, 'a')).toMatchObject({ link: 'activating', activation: 'a#1' })
  world.fail('a', 'addressFailed')
  expect(shown(world, 'a')).toMatchObject({
    link: 'down',
    ended: { activation: 'a#1', reason: 'addressFailed' },
  })
  world.activating('a')
  world.up('a')
  expect(shown(world, 'a')).toMatchObject({ link: 'up', activation: 'a#2' })
})

test('a link that the system starts to take down stays deactivating until it is down', () => {
  const { world } = mock({ configurations: [{ id: 'a', link: 'up' }] })
  world.deactivating('a')
  expect(shown(world, 'a')).toMatchObject({
    link: 'deactivating',
    activation: 'a#1',
    connectivity: 'unknown',
  })
  world.down('a')
  expect(shown(world, 'a')).toMatchObject({ link: 'down', ended: { reason: 'requested' } })
})

test('a link that loses its carrier stays up', () => {
  const { world } = mock({ configurations: [{ id: 'a', link: 'up' }] })
  world.carrier('a', false)
  expect(shown(world, 'a')).toMatchObject({ link: 'up', activation: 'a#1', carrier: false })
  world.carrier('a', true)
  expect(shown(world, 'a').carrier).toBe(true)
})

test('a link that goes out of range goes down', () => {
  const { world } = mock({ configurations: [{ id: 'a', link: 'up' }] })
  world.setInRange('a', false)
  expect(shown(world, 'a')).toMatchObject({ link: 'down', inRange: false, ended: { reason: 'outOfRange' } })
  world.setInRange('a', null)
  expect(shown(world, 'a').inRange).toBeNull()
})

test('a hidden network that comes up is in range', () => {
  const { world } = mock({ configurations: [{ id: 'a', inRange: false }] })
  world.up('a')
  expect(shown(world, 'a').inRange).toBe(true)
})

test('a flap shows only as a new activation', async () => {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }] })
  const { pokes } = await openBackend(driver)
  driver.world.flap('a')
  expect(pokes).toHaveLength(1)
  expect(shown(driver.world, 'a')).toMatchObject({
    link: 'up',
    activation: 'a#2',
    ended: { activation: 'a#1', reason: 'carrierLost' },
  })
})

test('every backend of a machine notifies its host and shows the same snapshot', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const [one, two] = [await openBackend(driver), await openBackend(driver)]
  expect(driver.world.open).toBe(2)
  driver.world.up('a')
  expect(one.pokes).toEqual([driver.world.snapshot()])
  expect(two.pokes[0]).toBe(one.pokes[0])
})

test('a scan finds what appearOnScan has set', async () => {
  const driver = mock()
  const { backend, pokes } = await openBackend(driver)
  driver.world.appearOnScan({ id: 'cafe', bearer: 'wlan' })
  driver.world.appearOnScan({ id: 'library', bearer: 'wlan' })
  await backend.scan(neverAborted)
  expect(driver.world.snapshot().configurations.map(({ id }) => id)).toEqual(['cafe', 'library'])
  expect(pokes).toHaveLength(1)
  await backend.scan(neverAborted)
  expect(pokes).toHaveLength(1)
})

test('traffic returns the scripted counters on every call, while there is an interface', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend } = await openBackend(driver)
  expect(backend.traffic('a')).toBeNull()
  driver.world.up('a')
  expect(backend.traffic('a')).toEqual({ received: 0, written: 0 })
  driver.world.traffic('a', { received: 7, written: 9 })
  expect(backend.traffic('a')).toEqual({ received: 7, written: 9 })
  expect(backend.traffic('nowhere')).toBeNull()
  const mute = mock({ statistics: false, configurations: [{ id: 'a', link: 'up' }] })
  expect((await openBackend(mute)).backend.traffic('a')).toBeNull()
})

test('calls lists every command that reached the service', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend } = await openBackend(driver)
  const activation = await backend.activate('a', request)
  await backend.deactivate('a', activation, neverAborted)
  await backend.scan(neverAborted)
  await backend.recheck('a', neverAborted)
  driver.world.loseService()
  await expect(backend.scan(neverAborted)).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  expect(driver.world.calls).toEqual([
    { command: 'activate', id: 'a' },
    { command: 'deactivate', id: 'a', activation: 'a#1' },
    { command: 'scan', id: null },
    { command: 'recheck', id: 'a' },
  ])
})

test.each([
  ['names what does not exist', /no configuration "b"; there are "a"/, (world) => world.up('b')],
  ['names a default that does not exist', /no configuration "b"/, (world) => world.setDefault('b')],
  ['adds what exists', /"a" exists already/, (world) => world.add({ id: 'a' })],
  [
    'fails an activation that is not in progress',
    /"a" is down, not activating/,
    (world) => world.fail('a', 'denied'),
  ],
  ['pulls the cable of a link that is down', /"a" is down, not up/, (world) => world.carrier('a', false)],
  ['flaps a link that is down', /"a" is down, not up/, (world) => world.flap('a')],
  ['winds down a link that is down', /"a" is down/, (world) => world.deactivating('a')],
  ['sets a phase', /link of "a" cannot be set/, (world) => world.set('a', { link: 'up' } as object)],
] as const satisfies [string, RegExp, (world: ReturnType<typeof mock>['world']) => void][])(
  'a control that %s throws and changes nothing',
  (_, message, control) => {
    const { world } = mock({ configurations: [{ id: 'a' }] })
    const before = world.snapshot()
    expect(() => control(world)).toThrow(message)
    expect(world.snapshot()).toBe(before)
  },
)

test('a machine that falls asleep and wakes up notifies the host once each, and changes no link (L4)', async () => {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }] })
  const { pokes } = await openBackend(driver)
  const awake = driver.world.snapshot()
  expect(awake.power).toBe('awake')
  driver.world.setPower('asleep')
  driver.world.setPower('asleep')
  driver.world.setPower('awake')
  expect(pokes.map(({ power }) => power)).toEqual(['asleep', 'awake'])
  expect(pokes.map(({ configurations }) => configurations === awake.configurations)).toEqual([true, true])
})

test('sleep is shown while the service is lost, and what its links do in the meantime is not (L4, S14)', async () => {
  const driver = mock({ power: 'unknown', configurations: [{ id: 'a', link: 'up' }] })
  const { pokes } = await openBackend(driver)
  driver.world.loseService()
  driver.world.setPower('asleep')
  driver.world.down('a')
  driver.world.setPower('awake')
  driver.world.restoreService()
  expect(
    pokes.map(({ service, power, configurations }) => [service, power, configurations[0]?.link]),
  ).toEqual([
    ['lost', 'unknown', 'up'],
    ['lost', 'asleep', 'up'],
    ['lost', 'awake', 'up'],
    ['ready', 'awake', 'down'],
  ])
})

test('an error about an unknown configuration lists ten known ones at most', () => {
  const worldOf = (count: number) =>
    mock({ configurations: Array.from({ length: count }, (_, index) => ({ id: `n${index}` })) }).world
  expect(() => worldOf(0).up('a')).toThrow('mock: no configuration "a"; there are none')
  expect(() => worldOf(2).up('a')).toThrow('mock: no configuration "a"; there are "n0", "n1"')
  expect(() => worldOf(11).up('a')).toThrow(/"n1", "n10", "n2", .* "n8" and more$/)
})
