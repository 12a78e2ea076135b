// A process that counts holders as the lines of a connection say, until it is killed.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { sharedHolders } from '@roamkit/holders'
import { Libraries, windowsRendezvous } from '../../packages/backend-windows/dist/internals.js'
import { clock } from '../elsewhere/clock.mjs'
import { serveHolders } from '../elsewhere/serve-holders.mjs'

/** @param {unknown} error */
const failed = (error) => console.error(error)
const ground = await windowsRendezvous(new Libraries({}), clock, failed)
if (ground === null) throw new Error('holders cannot be counted here')
const socket = connect(Number(process.argv.at(-1)), '127.0.0.1')
const hear = serveHolders(sharedHolders(ground, { clock, name: 'elsewhere' }), (message) =>
  socket.write(`${JSON.stringify(message)}\n`),
)
for await (const line of createInterface({ input: socket })) hear(JSON.parse(line))
