import { deepEqual } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { conformance, table } from '@roamkit/conformance'
import { compareWithRecord } from '../../scripts/conformance-record.mjs'
import { prove, windowsAdapter } from './windows-adapter.mjs'

before(prove)

const verdicts = conformance(windowsAdapter, {
  test: (name, run) => test(name, { timeout: 60_000 }, run),
})

test('has that on file in docs/conformance (ROAMKIT_WRITE=1 writes it)', () => {
  const tried = 'real node.exe under Wine, with scripted Windows services'
  const { found, onFile } = compareWithRecord({ backend: 'windows', title: 'Windows', tried }, verdicts)
  deepEqual(onFile, found)
})

after(() => console.log(`conformance of windows\n${table(verdicts)}`))
