import { expect, test } from 'vitest'
import { UsableConfigurations } from '../src/configurations/default-configuration.js'
import {
  type ConfigurationState,
  type ConfigurationType,
  NetworkConfiguration,
  unknownConfiguration,
} from '../src/configurations/network-configuration.js'
import type { Bearer } from '../src/contract/index.js'

type Facts = readonly [type: ConfigurationType, state: ConfigurationState, bearerType: Bearer]

const make = (identifier: string, [type, state, bearerType]: Facts) =>
  NetworkConfiguration.create({ ...unknownConfiguration(identifier), type, state, bearerType })

/** From the best to the worst, by rule M2. */
const ORDER: readonly Facts[] = [
  ['serviceNetwork', 'active', 'unknown'],
  ['serviceNetwork', 'discovered', 'unknown'],
  ['internetAccessPoint', 'active', 'ethernet'],
  ['internetAccessPoint', 'active', 'wlan'],
  ['internetAccessPoint', 'active', 'lte'],
  ['internetAccessPoint', 'discovered', 'ethernet'],
  ['internetAccessPoint', 'discovered', 'wlan'],
  ['internetAccessPoint', 'discovered', 'lte'],
]
const UNUSABLE: Facts = ['internetAccessPoint', 'defined', 'ethernet']

test('M2: service networks come before access points, active ones before discovered ones, then the bearer decides', () => {
  for (const [index, facts] of ORDER.entries()) {
    const usable = new UsableConfigurations()
    const one = make('z', facts)
    usable.replace(null, make('0', UNUSABLE))
    for (const worse of ORDER.slice(index + 1)) usable.replace(null, make('a', worse))
    usable.replace(null, one)
    expect(usable.best()).toBe(one)
  }
})

test('M2: among equals the first identifier is the best, whatever the order of appearance', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((identifier) =>
    make(identifier, ['internetAccessPoint', 'discovered', 'wlan']),
  ) as [NetworkConfiguration, NetworkConfiguration, NetworkConfiguration]
  const usable = new UsableConfigurations()
  for (const one of [b, c, a]) usable.replace(null, one)
  expect(usable.best()).toBe(a)
  usable.replace(c, null)
  expect(usable.best()).toBe(a)
  usable.replace(a, null)
  usable.replace(null, c)
  expect(usable.best()).toBe(b)
  usable.replace(b, null)
  expect(usable.best()).toBe(c)
  usable.replace(c, null)
  expect(usable.best()).toBeNull()
})

test('C2: the best is the newest snapshot of it, also if its rank stays', () => {
  const usable = new UsableConfigurations()
  const facts: Facts = ['internetAccessPoint', 'active', 'wlan']
  const [before, after] = [make('a', facts), make('a', facts)]
  usable.replace(null, before)
  expect(usable.best()).toBe(before)
  usable.replace(before, after)
  expect(usable.best()).toBe(after)
  expect([...usable.active()]).toEqual([after])
})

test('M1: the access points that are active are counted, and nothing else', () => {
  const usable = new UsableConfigurations()
  const all = ORDER.map((facts, index) => make(`${index}`, facts))
  for (const one of all) usable.replace(null, one)
  expect([...usable.active()]).toEqual(all.slice(2, 5))
  usable.replace(all[3] ?? null, make('3', UNUSABLE))
  expect([...usable.active()].map(({ identifier }) => identifier)).toEqual(['2', '4'])
})

test('a random history ends as if there had been only its last state', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  const followed = new UsableConfigurations()
  const now = new Map<string, NetworkConfiguration>()
  for (let step = 0; step < 3000; step += 1) {
    const identifier = String(random(12))
    const before = now.get(identifier) ?? null
    const facts = [...ORDER, UNUSABLE][random(ORDER.length + 1)]
    const after = facts === undefined || random(5) === 0 ? null : make(identifier, facts)
    followed.replace(before, after)
    if (after === null) now.delete(identifier)
    else now.set(identifier, after)
    const fresh = new UsableConfigurations()
    for (const one of now.values()) fresh.replace(null, one)
    expect(followed.best()).toBe(fresh.best())
    expect(new Set(followed.active())).toEqual(new Set(fresh.active()))
  }
})
