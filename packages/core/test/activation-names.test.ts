import { expect, it } from 'vitest'
import { activationNames } from '../src/contract/index.js'

it('names every activation otherwise, also of the same configuration and after a restart (H1)', () => {
  const [run, restarted] = [activationNames(), activationNames()]
  const names = [run.fresh('a'), run.fresh('a'), run.fresh('b'), restarted.fresh('a'), restarted.fresh('b')]
  expect(new Set(names).size).toBe(5)
  expect(names.every((name, index) => name.startsWith(['a#', 'a#', 'b#', 'a#', 'b#'][index] ?? '?'))).toBe(
    true,
  )
})

it('names them as a test can foresee, where the run has a name', () => {
  const names = activationNames('')
  expect([names.fresh('a'), names.fresh('__proto__'), names.fresh('a'), names.fresh('__proto__')]).toEqual([
    'a#1',
    '__proto__#1',
    'a#2',
    '__proto__#2',
  ])
  expect(activationNames('r').fresh('a')).toBe('a#r.1')
})
