import { conformance, table } from '@roamkit/conformance'
import { afterAll, describe, it } from 'vitest'
import { networkManagerRig } from './network-manager-rig.js'

describe('the contract on real NetworkManager', () => {
  const verdicts = conformance(networkManagerRig, {
    test: (name, run) => it(name, { timeout: 60_000 }, run),
  })

  afterAll(() => console.log(`networkmanager\n${table(verdicts)}`))
})
