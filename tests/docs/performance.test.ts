import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { performancePage } from '../../bench/page.mjs'
import { root } from '../../scripts/run-command.mjs'

it('docs/performance.md is what the benchmarks found, and nothing else', () => {
  expect(readFileSync(join(root, 'docs/performance.md'), 'utf8')).toBe(performancePage())
})

it('every measure of bench/results.json has the ratio to what it is compared with', () => {
  const { measures } = JSON.parse(readFileSync(join(root, 'bench/results.json'), 'utf8'))
  expect(measures.length).toBeGreaterThan(0)
  for (const { name, unit, ours, reference, referenceName, ratio } of measures) {
    expect([typeof name, typeof unit, typeof ours]).toEqual(['string', 'string', 'number'])
    // Without a figure, the name says why there is none.
    if (reference === null) expect(ratio, name).toBeNull()
    else {
      expect(referenceName, name).not.toBeNull()
      expect(ratio, name).toBeCloseTo(ours / reference)
    }
  }
})
