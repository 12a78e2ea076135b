// A guest in a thread of its own: opens a session, and tells what it sees.
import { parentPort, workerData } from 'node:worker_threads'
import { connectToHost } from '@roamkit/bridge'

const port = workerData?.port ?? parentPort
const mirror = await connectToHost(port)
const session = mirror.createSession('b')
/** @type {string[]} */
const seen = []
session.on('stateChanged', (state) => seen.push(state))
await session.open()
workerData.tell.postMessage({ seen, isConnected: session.isConnected, interface: session.interface?.name })
