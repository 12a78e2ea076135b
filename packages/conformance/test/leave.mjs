// Opens a backend, disposes it and comes to its end: the process has to end by itself.
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { asyncDispose } from '@roamkit/core/contract'

const call = { signal: new AbortController().signal, secret: null }
const driver = mock({ configurations: [{ id: 'a' }] })
const backend = await driver.open({ clock: new VirtualClock(), log() {}, changed() {} }, call)
await backend.activate('a', call)
await backend[asyncDispose]()
