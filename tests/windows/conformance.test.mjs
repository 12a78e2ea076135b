import { after, before, test } from 'node:test'
import { conformance, table } from '@roamkit/conformance'
import { prove, windowsRig } from './windows-rig.mjs'

before(prove)

const verdicts = conformance(windowsRig, {
  test: (name, run) => test(name, { timeout: 60_000 }, (context) => run(context)),
})

after(() => console.log(`conformance of windows\n${table(verdicts)}`))
