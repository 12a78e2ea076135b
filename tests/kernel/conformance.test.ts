import { fileURLToPath } from 'node:url'
import { conformance, judge, laws, table } from '@roamkit/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareWithRecord, keepVerdicts } from '../../scripts/conformance-record.mjs'
import { kernelAdapter } from './kernel-adapter.js'
import { type FarSide, startFarSide } from './network.js'

/** Where `npm test` finds what is to be printed at its end. */
const REPORTS = fileURLToPath(new URL('../reports/kernel/', import.meta.url))

let far: FarSide
beforeAll(async () => {
  far = await startFarSide()
})
afterAll(() => far.end())

describe('the contract on the real kernel, with control', () => {
  const adapter = kernelAdapter(() => far, { control: true })
  const verdicts = conformance(adapter, { test: (name, run) => it(name, { timeout: 60_000 }, run) })

  it('has that on file in docs/conformance (ROAMKIT_WRITE=1 writes it)', () => {
    const tried = 'the kernel of this machine, in a network namespace, with virtual cables and with `control`'
    const { found, onFile } = compareWithRecord({ backend: 'kernel', title: 'kernel', tried }, verdicts)
    expect(onFile).toEqual(found)
  })

  afterAll(() => keepVerdicts(REPORTS, 'kernel', { verdicts, table: table(verdicts) }))
})

it.each([
  'activate-not-supported',
  'deactivate-not-supported',
  'link-followed',
  'carrier-followed',
  'activation-flap',
  'activation-shared',
])('without control, the law %s is kept', async (id) => {
  const law = laws.find((one) => one.id === id)
  if (!law) throw new Error('no such law')
  const verdict = await judge({ ...kernelAdapter(() => far, {}), waivers: [] }, law)
  expect(verdict).toMatchObject({ law: id, outcome: 'kept', reason: null })
})
