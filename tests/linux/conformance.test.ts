import { fileURLToPath } from 'node:url'
import { generic } from '@roamkit/backend-generic'
import { type Adapter, conformance, judge, laws, table } from '@roamkit/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { compareWithRecord, keepVerdicts } from '../../scripts/conformance-record.mjs'
import { exchangeThrough, leaveLab, networkManagerAdapter } from './network-manager-adapter.js'

/** Where `npm test` finds what is to be printed at its end. */
const REPORTS = fileURLToPath(new URL('../reports/linux/', import.meta.url))

/** The generic backend, on the links that NetworkManager has brought up. */
const genericAdapter: Adapter = {
  ...networkManagerAdapter,
  name: 'generic',
  waivers: [],
  async setup() {
    const { controls, teardown } = await networkManagerAdapter.setup()
    // Node lists no interface that is down, so what is down is not there to be brought up by the law.
    await controls.linkUp?.('00000001-aaaa-4bbb-8ccc-000000000001')
    const through = (id: string, bytes: number) => exchangeThrough(id.replace('generic:', ''), bytes)
    return {
      driver: generic({ interval: 50 }),
      controls: { exchangeThrough: through },
      ...(teardown && { teardown }),
    }
  },
}

afterAll(leaveLab)

it("M4: the generic backend tells the truth about direct routing on Linux's own interfaces", async () => {
  const law = laws.find(({ id }) => id === 'direct-routing')
  if (!law) throw new Error('no such law')
  expect(await judge(genericAdapter, law)).toEqual({
    law: law.id,
    outcome: 'kept',
    reason: null,
    untried: [],
  })
})

describe('the contract on real NetworkManager', () => {
  const verdicts = conformance(networkManagerAdapter, {
    test: (name, run) => it(name, { timeout: 60_000 }, run),
  })

  it('has that on file in docs/conformance (ROAMKIT_WRITE=1 writes it)', () => {
    const tried = 'a real NetworkManager on a private bus, with virtual cables, as root'
    const what = { backend: 'networkmanager', title: 'NetworkManager', tried }
    const { found, onFile } = compareWithRecord(what, verdicts)
    expect(onFile).toEqual(found)
  })

  afterAll(() => keepVerdicts(REPORTS, 'networkmanager', { verdicts, table: table(verdicts) }))
})
