import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { conformance, table } from '@roamkit/conformance'
import { afterAll, describe, it } from 'vitest'
import { networkManagerRig } from './network-manager-rig.js'

/** Where `npm test` finds what is to be printed at its end. */
const REPORTS = fileURLToPath(new URL('../reports/', import.meta.url))

describe('the contract on real NetworkManager', () => {
  const verdicts = conformance(networkManagerRig, {
    test: (name, run) => it(name, { timeout: 60_000 }, run),
  })

  afterAll(() => {
    mkdirSync(REPORTS, { recursive: true })
    writeFileSync(
      `${REPORTS}conformance-networkmanager.txt`,
      `conformance of networkmanager\n${table(verdicts)}\n`,
    )
  })
})
