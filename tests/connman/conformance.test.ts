import { fileURLToPath } from 'node:url'
import { conformance, table } from '@roamkit/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { compareWithRecord, keepVerdicts } from '../../scripts/conformance-record.mjs'
import { connmanAdapter } from './connman-adapter.js'

/** Where `npm test` finds what is to be printed at its end. */
const REPORTS = fileURLToPath(new URL('../reports/connman/', import.meta.url))

describe('the contract on real ConnMan', () => {
  const verdicts = conformance(connmanAdapter, {
    test: (name, run) => it(name, { timeout: 60_000 }, run),
  })

  it('has that on file in docs/conformance (ROAMKIT_WRITE=1 writes it)', () => {
    const tried = 'a real ConnMan 1.41 on a private bus, with virtual cables, as root'
    const { found, onFile } = compareWithRecord({ backend: 'connman', title: 'ConnMan', tried }, verdicts)
    expect(onFile).toEqual(found)
  })

  afterAll(() => keepVerdicts(REPORTS, 'connman', { verdicts, table: table(verdicts) }))
})
