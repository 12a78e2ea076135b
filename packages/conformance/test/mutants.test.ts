import { describe, expect, test } from 'vitest'
import { judge, laws, mutants } from '../src/index.js'
import { mockAdapter } from './mock-adapter.js'

describe('a wrong backend breaks its law', () => {
  test.each(mutants.map(({ id, breaks, wrap }) => ({ id, breaks, wrap })))(
    '$id breaks $breaks',
    async ({ breaks, wrap }) => {
      const law = laws.find(({ id }) => id === breaks)
      if (!law) throw new Error(`no law ${breaks}`)
      const { outcome, reason } = await judge(mockAdapter(wrap), law)
      expect(outcome).toBe('broken')
      expect(reason).not.toMatch(/^cannot run|^the fixture|^mock: /)
    },
  )
})

test('every law has a mutant, except those that run the driver in another process', () => {
  const unproven = laws.filter(({ id }) => !mutants.some(({ breaks }) => breaks === id)).map(({ id }) => id)
  expect(unproven).toEqual(['open-keeps-alive', 'dispose-lets-exit'])
})

test('ids of laws and mutants are unique', () => {
  const ids = [...laws, ...mutants].map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)])
})
