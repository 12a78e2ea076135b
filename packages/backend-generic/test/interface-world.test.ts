import type { World } from '@roamkit/core/contract'
import { activationNames } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import { initialObservation, observe, observeFailure } from '../src/interface-world.js'
import type { Interfaces } from '../src/system-reader.js'
import { address, loopback } from './interfaces.js'

const start = () => initialObservation({ statistics: false, directRouting: false }, activationNames(''))

function seen(interfaces: Interfaces, before = start(), defaultInterface: string | null = null) {
  return observe(before, { interfaces, existing: null, defaultInterface, defaultRoutes: null })
}

/** The same, with the default routes known. */
function routed(interfaces: Interfaces, ...defaultRoutes: readonly string[]) {
  const routes = new Set(defaultRoutes)
  return observe(start(), { interfaces, existing: null, defaultInterface: null, defaultRoutes: routes })
}

test('an interface without a default route is not an uplink if routes are known (T1)', () => {
  const interfaces = { plc0: [address('192.168.0.1/24')], eth0: [address('192.0.2.2/24')] }
  const uplinks = routed(interfaces, 'eth0').world.configurations.map(({ name, uplink }) => [name, uplink])
  expect(uplinks).toEqual([
    ['eth0', true],
    ['plc0', false],
  ])
})

test('a tunnel that has the default route is not an uplink itself (T2)', () => {
  expect(only(routed({ wg0: [address('10.9.0.2/24')] }, 'wg0').world).uplink).toBe(false)
})

test('a tether with a default route is an uplink (T4)', () => {
  const interfaces = { bnep0: [address('192.168.44.2/24')], usb0: [address('192.168.42.2/24')] }
  expect(routed(interfaces, 'bnep0', 'usb0').world.configurations.map(({ uplink }) => uplink)).toEqual([
    true,
    true,
  ])
})

test.each(['169.254.7.7/16', 'fe80::1/64'])(
  '%s alone reaches no further than the link: limited, and no uplink (T1)',
  (cidr) => {
    const { world } = routed({ eth0: [address(cidr)] }, 'eth0')
    expect(only(world)).toMatchObject({ uplink: false, connectivity: 'limited', link: 'up' })
  },
)

function only(world: World) {
  const [configuration, ...others] = world.configurations
  if (configuration === undefined || others.length > 0) throw new Error('not exactly one configuration')
  return configuration
}

test('an interface with an address is a link that is up and cannot be commanded', () => {
  const eth0 = [address('192.0.2.2/24'), address('fe80::1/64', { scopeid: 4 })]
  expect(only(seen({ ...loopback, eth0 }).world)).toEqual({
    id: 'generic:eth0',
    name: 'eth0',
    bearer: 'ethernet',
    purpose: 'unknown',
    saved: true,
    uplink: true,
    activate: 'no',
    deactivate: 'no',
    inRange: true,
    carrier: true,
    link: 'up',
    activation: 'generic:eth0#1',
    ended: null,
    device: 'eth0',
    over: null,
    network: null,
    point: null,
    proxy: null,
    wifi: null,
    signal: null,
    metered: null,
    connectivity: 'unknown',
    portal: null,
    interface: {
      name: 'eth0',
      index: 4,
      hardwareAddress: '02:00:00:00:00:01',
      mtu: null,
      addresses: ['192.0.2.2/24', 'fe80::1/64'],
      gateways: [],
      dns: [],
      searchDomains: [],
    },
  })
})

test('the snapshot says that the backend polls, scans and does not recheck', () => {
  expect(initialObservation({ statistics: true, directRouting: true }).world).toEqual({
    service: 'ready',
    updates: 'polling',
    scope: null,
    scan: 'yes',
    recheck: 'no',
    statistics: true,
    directRouting: true,
    configurations: [],
    defaultId: null,
    power: 'unknown',
  })
})

test('the identifier is the name: a new index and a new hardware address keep it', () => {
  const before = seen({
    wlan0: [address('192.0.2.2/24', { mac: '02:00:00:00:00:01' }), address('fe80::1/64', { scopeid: 3 })],
  })
  const after = seen(
    { wlan0: [address('192.0.2.2/24', { mac: '02:00:00:00:00:02' }), address('fe80::1/64', { scopeid: 9 })] },
    before,
  )
  expect(only(after.world).id).toBe(only(before.world).id)
})

test('an unchanged snapshot is the same object', () => {
  const before = seen({ ...loopback, eth0: [address('192.0.2.2/24')] }, start(), 'eth0')
  const again = seen({ eth0: [address('192.0.2.2/24')], ...loopback }, before, 'eth0')
  expect(again.world).toBe(before.world)
})

test('a change of one interface leaves the objects of the others as they are', () => {
  const before = seen({ eth0: [address('192.0.2.2/24')], wlan0: [address('198.51.100.2/24')] })
  const after = seen(
    { eth0: [address('192.0.2.2/24')], wlan0: [address('198.51.100.2/24'), address('2001:db8::2/64')] },
    before,
  )
  expect(after.world).not.toBe(before.world)
  expect(after.world.configurations[0]).toBe(before.world.configurations[0])
  expect(after.world.configurations[1]?.activation).toBe('generic:wlan0#1')
})

test('everything is frozen and sorted by identifier', () => {
  const { world } = seen({
    wlan0: [address('192.0.2.2/24')],
    Ethernet: [address('192.0.2.3/24')],
    eth0: [address('192.0.2.4/24')],
  })
  expect(world.configurations.map(({ id }) => id)).toEqual([
    'generic:Ethernet',
    'generic:eth0',
    'generic:wlan0',
  ])
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen))
  expect(frozen(world)).toBe(true)
})

/** The same, with the names of all existing interfaces known. */
function existing(names: readonly string[], before: ReturnType<typeof start>) {
  return observe(before, {
    interfaces: {},
    existing: new Set(names),
    defaultInterface: null,
    defaultRoutes: new Set(),
  })
}

test('an interface that is no longer listed is down, and comes back with a new activation (S12)', () => {
  const up = seen({ eth0: [address('192.0.2.2/24')] })
  const down = seen({}, up)
  expect(only(down.world)).toMatchObject({ id: 'generic:eth0', link: 'down' })
  expect(seen({}, down).world).toBe(down.world)
  const back = seen({ eth0: [address('192.0.2.2/24')] }, down)
  expect(only(back.world)).toMatchObject({ link: 'up', activation: 'generic:eth0#2' })
})

test('an unlisted interface is down while it exists, and removed when it does not (S13)', () => {
  const up = seen({ eth0: [address('192.0.2.2/24')], usb0: [address('198.51.100.2/24')] })
  const unplugged = existing(['lo', 'eth0', 'usb0'], up)
  expect(unplugged.world.configurations.map(({ id, link }) => [id, link])).toEqual([
    ['generic:eth0', 'down'],
    ['generic:usb0', 'down'],
  ])
  expect(only(existing(['lo', 'eth0'], unplugged).world)).toMatchObject({ id: 'generic:eth0', link: 'down' })
  expect(only(existing(['lo', 'eth0'], up).world)).toMatchObject({ id: 'generic:eth0', link: 'down' })
})

test('an interface that has never had an address is not shown', () => {
  expect(existing(['lo', 'eth0'], start()).world.configurations).toEqual([])
})

test.each([
  ['listed without an address', { eth0: [] }],
  ['not listed', {}],
])('an interface that is %s is down, and whether it is in range is not known', (_, interfaces) => {
  const up = seen({ eth0: [address('192.0.2.2/24')] }, start(), 'eth0')
  const down = seen(interfaces, up, 'eth0')
  expect(down.world.defaultId).toBeNull()
  expect(only(down.world)).toMatchObject({
    link: 'down',
    activate: 'no',
    inRange: null,
    activation: null,
    interface: null,
    carrier: null,
    ended: { activation: 'generic:eth0#1', reason: 'other', native: null },
  })
})

test.each(['eth0', 'docker0'])('%s keeps its uplink value while it is down (T1)', (name) => {
  const up = seen({ [name]: [address('192.0.2.2/24')] })
  expect(only(seen({}, up).world).uplink).toBe(name === 'eth0')
  expect(only(existing([name], up).world).uplink).toBe(name === 'eth0')
})

test.each([
  ['shares no address with before', [address('198.51.100.2/24')], '#2'],
  ['has another hardware address', [address('192.0.2.2/24', { mac: '02:00:00:00:00:02' })], '#2'],
  ['gets one address more', [address('192.0.2.2/24'), address('192.0.2.3/24')], '#1'],
])('between two looks, a link that %s has activation %s', (_, infos, activation) => {
  const before = seen({ wlan0: [address('192.0.2.2/24')] })
  expect(only(seen({ wlan0: infos }, before).world).activation).toBe(`generic:wlan0${activation}`)
})

test.each([
  ['192.0.2.2/24', true],
  ['2001:db8::2/64', true],
  ['fd00::2/64', true],
  ['169.254.7.7/16', false],
  ['fe80::2/64', false],
  ['febf::2/64', false],
])('with the address %s alone, being an uplink is %s', (cidr, uplink) => {
  expect(only(seen({ eth0: [address(cidr)] }).world)).toMatchObject({ link: 'up', uplink })
})

test('a container bridge is not an uplink, whatever its address', () => {
  expect(only(seen({ docker0: [address('172.17.0.1/16')] }).world)).toMatchObject({
    bearer: 'bridge',
    uplink: false,
  })
})

test('addresses under a label belong to their interface', () => {
  const { world } = seen({ eth0: [address('192.0.2.2/24')], 'eth0:1': [address('192.0.2.3/24')] })
  expect(only(world).interface?.addresses).toEqual(['192.0.2.2/24', '192.0.2.3/24'])
})

test('a hardware address of zeros is null, and an address without a mask gets a full-length prefix', () => {
  const info = { ...address('10.8.0.2/24', { mac: '00:00:00:00:00:00' }), cidr: null }
  expect(only(seen({ tun0: [info] }).world).interface).toMatchObject({
    hardwareAddress: null,
    addresses: ['10.8.0.2/32'],
  })
})

test('the default is the owner of the default route while it is listed', () => {
  const interfaces = { eth0: [address('192.0.2.2/24')] }
  expect(seen(interfaces, start(), 'eth0').world.defaultId).toBe('generic:eth0')
  expect(seen(interfaces, start(), 'ppp0').world.defaultId).toBeNull()
})

test('a failed read loses the service and keeps the last known links', () => {
  const before = seen({ eth0: [address('192.0.2.2/24')] }, start(), 'eth0')
  const lost = observeFailure(before)
  expect(lost.world).toEqual({ ...before.world, service: 'lost' })
  expect(lost.world.configurations).toBe(before.world.configurations)
  expect(observeFailure(lost).world).toBe(lost.world)
  expect(seen({ eth0: [address('192.0.2.2/24')] }, lost, 'eth0').world).toEqual(before.world)
})

test('an interface may have any name', () => {
  const { world } = seen(
    Object.fromEntries(
      ['__proto__', 'constructor', 'Подключение', ' '].map((name) => [name, [address('192.0.2.2/24')]]),
    ),
  )
  expect(world.configurations.map(({ name }) => name)).toEqual([
    ' ',
    '__proto__',
    'constructor',
    'Подключение',
  ])
})
