import { mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { nearest } from '@roamkit/core/backend-kit'
import { expect, onTestFinished, test } from 'vitest'
import { editDistance } from '../../core/src/primitives/nearest.js'
import { findConfiguration } from '../src/cli/find-configuration.js'

async function configurations(...entries: readonly (readonly [id: string, name: string])[]) {
  const driver = mock({ configurations: entries.map(([id, name]) => ({ id, name })) })
  const manager = await NetworkConfigurationManager.open(driver)
  onTestFinished(() => manager.close())
  return manager.allConfigurations()
}

test('an identifier is meant before a name', async () => {
  const all = await configurations(['a', 'b'], ['b', 'a'])
  expect(findConfiguration('a', all).identifier).toBe('a')
})

test('a name that only one configuration has is meant', async () => {
  const all = await configurations(['1', 'Home'], ['2', 'Office'])
  expect(findConfiguration('Office', all).identifier).toBe('2')
})

test('a name that several have is refused with their identifiers', async () => {
  const all = await configurations(['1', 'Guest'], ['2', 'Guest'], ['3', 'Home'])
  expect(() => findConfiguration('Guest', all)).toThrow(
    "2 configurations have the name 'Guest'; use an identifier: 1, 2",
  )
})

test('something like a name leads to a guess', async () => {
  const all = await configurations(['1', 'Home'], ['2', 'Office'])
  expect(() => findConfiguration('offise', all)).toThrow(
    "there is no configuration 'offise'; did you mean 'Office'?",
  )
})

test('something like nothing leads to what there is, a few at most', async () => {
  const all = await configurations(...'abcdefghij'.split('').map((id) => [id, id.repeat(5)] as const))
  expect(() => findConfiguration('zzz', all)).toThrow(/there are 'aaaaa', .*'hhhhh' and 2 more$/)
})

test('says that there are no configurations', () => {
  expect(() => findConfiguration('x', [])).toThrow(
    "there is no configuration 'x'; there are no configurations: run roamkit doctor",
  )
})

test.each([
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['same', 'same', 0],
])('from %j to %j it takes %i letters', (left, right, distance) => {
  expect(editDistance(left, right)).toBe(distance)
})

test('the nearest comes first, and a beginning is near', () => {
  expect(nearest('moni', ['list', 'monitor', 'open'])).toEqual(['monitor'])
  expect(nearest('lab-x', ['lab-abc', 'lab-b', 'other'])).toEqual(['lab-b'])
})
