import { afterAll, describe, expect, test } from 'vitest'
import { compareWithRecord } from '../../../scripts/conformance-record.mjs'
import { conformance, laws } from '../src/index.js'
import { mockAdapter } from './mock-adapter.js'
import { report } from './report.js'

describe('the mock backend', () => {
  const verdicts = conformance(mockAdapter(), { test })

  test('keeps every law without a waiver', () => {
    expect(verdicts.filter(({ outcome }) => outcome !== 'kept')).toEqual([])
    expect(verdicts).toHaveLength(laws.length)
  })

  test('matches its record in docs/conformance (ROAMKIT_WRITE=1 writes it)', () => {
    const tried = 'a scripted network in virtual time'
    const { found, onFile } = compareWithRecord({ backend: 'mock', title: 'mock', tried }, verdicts)
    expect(onFile).toEqual(found)
  })

  afterAll(() => report('mock', verdicts))
})
