// Opens a backend and has nothing else to do: the process must stay alive. An unreferenced timer reports that it did.
import { generic } from '@roamkit/backend-generic'
import { mock } from '@roamkit/backend-mock'
import { systemClock } from '@roamkit/core/backend-kit'

const host = { clock: systemClock, log() {}, changed() {} }
const driver = process.argv[2] === 'generic' ? generic({ read: () => ({}) }) : mock()
await driver.open(host, { signal: new AbortController().signal })
setTimeout(() => {
  console.log('still here')
  process.exit()
}, 300).unref()
