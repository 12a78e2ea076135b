// A process that does with the ground of Windows what each line of a connection says, until it is killed.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Libraries } from '../../packages/backend-windows/dist/ffi/libraries.js'
import { windowsRendezvous } from '../../packages/backend-windows/dist/holders/windows-rendezvous.js'
import { clock } from '../elsewhere/clock.mjs'
import { serveGround } from '../elsewhere/serve-ground.mjs'

/** @param {unknown} error */
const failed = (error) => console.error(error)
const ground = await windowsRendezvous(new Libraries({}), clock, failed)
if (ground === null) throw new Error('there is no ground')
const socket = connect(Number(process.argv.at(-1)), '127.0.0.1')
await serveGround(ground, createInterface({ input: socket }), (line) => socket.write(line))
