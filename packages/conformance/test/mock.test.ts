import { afterAll, describe, expect, test } from 'vitest'
import { conformance, laws, table } from '../src/index.js'
import { mockRig } from './mock-rig.js'
import { report } from './report.js'

describe('the mock backend', () => {
  const verdicts = conformance(mockRig(), { test })

  test('keeps every law, and waives none', () => {
    expect(verdicts.filter(({ outcome }) => outcome !== 'kept')).toEqual([])
    expect(verdicts).toHaveLength(laws.length)
  })

  afterAll(() => report('mock', table(verdicts)))
})
