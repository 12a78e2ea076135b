// Opens a backend and disposes it: the process must then exit by itself.
import { generic } from '@roamkit/backend-generic'
import { mock } from '@roamkit/backend-mock'
import { systemClock } from '@roamkit/core/backend-kit'
import { asyncDispose } from '@roamkit/core/contract'

const host = { clock: systemClock, log() {}, changed() {} }
const call = { signal: new AbortController().signal, secret: null }
const isGeneric = process.argv[2] === 'generic'
const driver = isGeneric ? generic({ read: () => ({}) }) : mock({ configurations: [{ id: 'a' }] })
const backend = await driver.open(host, call)
if (!isGeneric) await backend.activate('a', call)
await backend[asyncDispose]()
