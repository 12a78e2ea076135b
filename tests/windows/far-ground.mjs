// A process that does with the ground of Windows what each line of a connection says, until it is killed.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Libraries } from '../../packages/backend-windows/dist/libraries.js'
import { windowsGround } from '../../packages/backend-windows/dist/windows-ground.js'
import { serveRendezvous } from '../elsewhere/serve-rendezvous.mjs'

/** @param {unknown} error */
const failed = (error) => console.error(error)
const ground = await windowsGround(new Libraries({}), failed)
if (ground === null) throw new Error('there is no ground')
const socket = connect(Number(process.argv.at(-1)), '127.0.0.1')
await serveRendezvous(ground, createInterface({ input: socket }), (line) => socket.write(line))
