// A thread that holds a link until it is ended.
import { parentPort, workerData } from 'node:worker_threads'
import { linuxHolders } from '@roamkit/holders'
import { clock } from '../elsewhere/clock.mjs'

const holders = await linuxHolders({ clock })
const call = { signal: new AbortController().signal }
await holders?.locked(workerData.scope, workerData.id, (held) => held.join('a thread’s'), call)
parentPort?.on('message', () => undefined)
parentPort?.postMessage('in')
