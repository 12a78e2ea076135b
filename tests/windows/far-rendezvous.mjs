// A process that uses the rendezvous of Windows as each line of a connection says, until it is killed.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Libraries, windowsRendezvous } from '../../packages/backend-windows/dist/internals.js'
import { clock } from '../elsewhere/clock.mjs'
import { serveRendezvous } from '../elsewhere/serve-rendezvous.mjs'

/** @param {unknown} error */
const failed = (error) => console.error(error)
const rendezvous = await windowsRendezvous(new Libraries({}), clock, failed)
if (rendezvous === null) throw new Error('there is no rendezvous')
const socket = connect(Number(process.argv.at(-1)), '127.0.0.1')
await serveRendezvous(rendezvous, createInterface({ input: socket }), (line) => socket.write(line))
