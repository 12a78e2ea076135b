import { BackendError, type LinkConfiguration } from '@roamkit/core/contract'
import { describe, expect, test } from 'vitest'
import { type MockOptions, type MockWorld, mock, VirtualClock } from '../src/index.js'
import { shown } from './open-backend.js'

/** Calls that TypeScript rejects and JavaScript does not. */
const nonsense = <T>(value: unknown): T => value as T

describe('a control with an invalid value throws, names the value and the valid ones, and changes nothing', () => {
  test.each([
    [
      'an invalid reason',
      /the reason is "bogus", not one of requested, denied, .*other/,
      (world) => world.failNext('a', nonsense('bogus')),
    ],
    [
      'an error of another kind',
      /the error is Error: no, not a BackendError/,
      (world) => world.failNext('a', nonsense(new Error('no'))),
    ],
    ['no failure', /the reason is undefined/, (world) => world.failNext('a', nonsense(undefined))],
    ['an end for no reason', /the reason is "gone"/, (world) => world.down('a', nonsense('gone'))],
    ['a failure for no reason', /the reason is null/, (world) => world.fail('b', nonsense(null))],
    [
      'a refusal without an error',
      /the error is "no"/,
      (world) => world.refuseDeactivate('a', nonsense('no')),
    ],
    ['a scan that fails with a text', /the error is "no"/, (world) => world.failScan(nonsense('no'))],
    [
      'a misspelt fact',
      /"a" has no "conectivity"; it has id, name, .*connectivity/,
      (world) => world.set('a', nonsense({ conectivity: 'portal' })),
    ],
    [
      'an invalid bearer',
      /"a": bearer is "wifi", not one of unknown, ethernet, wlan/,
      (world) => world.set('a', nonsense({ bearer: 'wifi' })),
    ],
    [
      'a signal in decibels',
      /signal is -60, not an integer from 0 to 100/,
      (world) => world.set('a', { signal: -60 }),
    ],
    [
      'a mobile network that roams',
      /cellular is .*"roaming".*registration: one of home, visited, or null/,
      (world) =>
        world.set(
          'a',
          nonsense({ cellular: { operator: 'x', operatorCode: null, registration: 'roaming' } }),
        ),
    ],
    ['no facts', /"a" is null, not an object/, (world) => world.set('a', nonsense(null))],
    ['a device in use', /"dev-b" is in use by "b"/, (world) => world.set('up', { device: 'dev-b' })],
    [
      'a configuration with such a bearer',
      /"c": bearer is "wifi", not one of/,
      (world) => world.add(nonsense({ id: 'c', bearer: 'wifi' })),
    ],
    [
      'a configuration without an id',
      /a configuration has no id/,
      (world) => world.add(nonsense({ name: 'c' })),
    ],
    [
      'a configuration that is not an object',
      /a configuration is "c", not an object/,
      (world) => world.add(nonsense('c')),
    ],
    ['an empty id', /id is "", not a text that is not empty/, (world) => world.add({ id: '' })],
    [
      'an interface by half',
      /"c": interface is \{"name":"eth0"\}, not \{ name: .*addresses: a list/,
      (world) => world.add(nonsense({ id: 'c', interface: { name: 'eth0' } })),
    ],
    [
      'an activation of a link that is down',
      /"c" is down and has no activation/,
      (world) => world.add({ id: 'c', activation: 'c#1' }),
    ],
    [
      'a misspelt one for the next scan',
      /"c" has no "sgnal"/,
      (world) => world.appearOnScan(nonsense({ id: 'c', sgnal: 1 })),
    ],
    [
      'a power that cannot be set',
      /power is "unknown", not awake or asleep/,
      (world) => world.setPower(nonsense('unknown')),
    ],
    [
      'a carrier that is a word',
      /carrier is "off", not true or false/,
      (world) => world.carrier('up', nonsense('off')),
    ],
    [
      'a range that is a word',
      /inRange is "far", not true or false or null/,
      (world) => world.setInRange('a', nonsense('far')),
    ],
    [
      'fewer bytes than none',
      /received is -1, not a number/,
      (world) => world.traffic('a', { received: -1, written: 0 }),
    ],
    [
      'bytes by another name',
      /traffic has no "sent"; it has received, written/,
      (world) => world.traffic('a', nonsense({ received: 0, sent: 1 })),
    ],
  ] as const satisfies [string, RegExp, (world: MockWorld) => void][])('%s', (_, message, control) => {
    const { world } = mock({
      configurations: [{ id: 'a' }, { id: 'b', link: 'activating' }, { id: 'up', link: 'up' }],
    })
    const before = world.snapshot()
    expect(() => control(world)).toThrow(message)
    expect(() => control(world)).toThrow(/^mock: /)
    expect(world.snapshot()).toBe(before)
  })
})

test.each([
  [{ activationtime: 5 }, /mock\(\) has no "activationtime"; it has configurations, .*activationTime/],
  [{ activationTime: -5 }, /activationTime is -5, not a number of 0 or more/],
  [{ deactivationTime: '5' }, /deactivationTime is "5"/],
  [{ updates: 'sometimes' }, /updates is "sometimes", not one of events, polling/],
  [{ scan: true }, /scan is true, not one of yes, ask, no, unknown/],
  [{ statistics: 'yes' }, /statistics is "yes", not true or false/],
  [{ directRouting: 'yes' }, /directRouting is "yes", not true or false/],
  [{ directRouting: null }, /directRouting is null, not true or false/],
  [{ scope: 7 }, /scope is 7, not a text, or null/],
  [{ holders: {} }, /holders is \[object Object\], not a function/],
  [{ configurations: 'desk' }, /configurations is desk, not a list/],
  [{ configurations: [{ id: 'desk', bearer: 'wifi' }] }, /"desk": bearer is "wifi"/],
] as [object, RegExp][])('mock(%j) throws', (options, message) => {
  expect(() => mock(nonsense<MockOptions>(options))).toThrow(message)
})

test('a virtual clock rejects invalid times', async () => {
  const clock = new VirtualClock()
  expect(() => clock.after(Number.NaN, () => {})).toThrow(RangeError)
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    await expect(clock.advance(ms)).rejects.toThrow(RangeError)
  expect(clock.pending).toBe(0)
})

test('errors of another copy of the contract are accepted', () => {
  const { world } = mock({ configurations: [{ id: 'a' }] })
  const other = Object.assign(new Error('not you'), { name: 'BackendError', code: 'ERR_DENIED' })
  expect(() => world.failNext('a', nonsense<BackendError>(other))).not.toThrow()
  expect(() => world.failNext('a', new BackendError('ERR_DENIED', 'not you'))).not.toThrow()
})

describe('out of range is not hidden (S4)', () => {
  const permission = (world: MockWorld) => {
    const { inRange, activate } = shown(world, 'a')
    return [inRange, activate]
  }
  const hidden = { ssid: 'a', hidden: true, security: 'open' } as const

  test('a link out of range says activate "unknown", and "yes" when it is back', () => {
    const { world } = mock({ configurations: [{ id: 'a' }] })
    world.setInRange('a', false)
    expect(permission(world)).toEqual([false, 'unknown'])
    world.setInRange('a', true)
    expect(permission(world)).toEqual([true, 'yes'])
    world.set('a', { inRange: false })
    expect(permission(world)).toEqual([false, 'unknown'])
    world.up('a')
    expect(permission(world)).toEqual([true, 'yes'])
  })

  test.each([
    ['is added so', { inRange: false }, [false, 'unknown']],
    ['has to be asked for', { inRange: false, activate: 'ask' }, [false, 'unknown']],
    ['cannot be brought up', { inRange: false, activate: 'no' }, [false, 'no']],
    ['is hidden by the script', { inRange: false, activate: 'yes' }, [false, 'yes']],
    ['is a hidden Wi-Fi', { inRange: false, wifi: hidden }, [false, 'yes']],
    ['may be there', { inRange: null }, [null, 'yes']],
  ] as [string, Partial<LinkConfiguration>, unknown[]][])('one that %s', (_, facts, seen) => {
    expect(permission(mock({ configurations: [{ id: 'a', ...facts }] }).world)).toEqual(seen)
  })

  test('a hidden network stays hidden when it goes out of range', () => {
    const { world } = mock({ configurations: [{ id: 'a', wifi: hidden }] })
    world.setInRange('a', false)
    expect(permission(world)).toEqual([false, 'yes'])
    world.set('a', { wifi: null })
    expect(permission(world)).toEqual([false, 'unknown'])
    world.set('a', { activate: 'yes' })
    expect(permission(world)).toEqual([false, 'yes'])
  })
})
