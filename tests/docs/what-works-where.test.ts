import { laws } from '@roamkit/conformance'
import { describe, expect, it } from 'vitest'
import { allRecords } from '../../scripts/conformance-record.mjs'
import { generatedPart } from './generated.js'
import { lawList, lawTable, waiverList } from './what-works-where.js'

const PAGE = 'docs/what-works-where.md'
const records = allRecords()

describe('what works where', () => {
  it.each([
    ['README.md', 'laws and backends', lawTable(records)],
    [PAGE, 'laws and backends', lawTable(records)],
    [PAGE, 'waivers', waiverList(records)],
    [PAGE, 'laws', lawList()],
  ])('%s has the %s that the suites have put on file (ROAMKIT_WRITE=1 writes it)', (path, name, shouldBe) => {
    expect(generatedPart(path, name, shouldBe)).toBe(shouldBe)
  })

  it.each(records)('$backend has been tried by all the laws there are', (record) => {
    expect(record.laws).toBe(laws.length)
    const known = new Set(laws.map(({ id }) => id))
    expect(Object.keys(record.waived).filter((law) => !known.has(law))).toEqual([])
  })
})
