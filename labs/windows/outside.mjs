// The line to the Linux side: one command a line of TCP, one answer a line.
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { carryOut } from './network.mjs'

/**
 * Requests run one after the other.
 *
 * @param {() => void} changed called when a command is carried out, before it is answered
 * @returns {Promise<string>} where it listens, as `HOST:PORT`
 */
export async function listenOutside(changed) {
  let last = Promise.resolve()
  const server = createServer((socket) => {
    socket.on('error', () => {}) // the one who asked is gone
    createInterface(socket).on('line', (line) => {
      last = last
        .then(() => carryOut(line).finally(changed))
        .then(
          () => void socket.write('ok\n'),
          (error) => void socket.write(`error: ${String(error.message).replaceAll('\n', ' ')}\n`),
        )
    })
  })
  server.unref()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  return `127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`
}
