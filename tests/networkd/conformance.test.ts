import { fileURLToPath } from 'node:url'
import { conformance, table } from '@roamkit/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { compareWithRecord, keepVerdicts } from '../../scripts/conformance-record.mjs'
import { networkdAdapter } from './networkd-adapter.js'

/** Where `npm test` finds what is to be printed at its end. */
const REPORTS = fileURLToPath(new URL('../reports/networkd/', import.meta.url))

describe('the contract on real systemd-networkd', () => {
  const verdicts = conformance(networkdAdapter, {
    test: (name, run) => it(name, { timeout: 60_000 }, run),
  })

  it('has that on file in docs/conformance (ROAMKIT_WRITE=1 writes it)', () => {
    const tried = 'a real systemd-networkd on a private bus, with virtual cables, as root'
    const what = { backend: 'networkd', title: 'systemd-networkd', tried }
    const { found, onFile } = compareWithRecord(what, verdicts)
    expect(onFile).toEqual(found)
  })

  afterAll(() => keepVerdicts(REPORTS, 'networkd', { verdicts, table: table(verdicts) }))
})
