import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * The other end, for demonstrations and tests: acknowledges each `PUB <sequence> <payload>` with `ACK <sequence>`.
 *
 * @typedef {object} LineServer
 * @property {number} port
 * @property {number[]} received the sequence numbers, in the order in which they came; one that came twice is there twice
 * @property {string[]} from the address that each connection came from, in order
 * @property {() => void} hangUp ends the connections there are
 * @property {(isDeaf: boolean) => void} setDeaf a deaf server acknowledges nothing
 * @property {() => Promise<void>} close
 */

/**
 * Listens on loopback, on a port of the system's choice unless one is named.
 *
 * @param {number} [port]
 * @returns {Promise<LineServer>}
 */
export async function startLineServer(port = 0) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  /** @type {number[]} */
  const received = []
  /** @type {string[]} */
  const from = []
  let deaf = false

  const server = createServer((socket) => {
    sockets.add(socket)
    from.push(socket.remoteAddress ?? '')
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    createInterface({ input: socket })
      .on('line', (line) => {
        const [, sequence] = /^PUB (\d{1,15}) /.exec(line) ?? []
        if (sequence === undefined) return
        received.push(Number(sequence))
        if (!deaf) socket.write(`ACK ${sequence}\n`)
      })
      // What goes wrong on a socket is told twice otherwise.
      .on('error', () => {})
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)))
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    received,
    from,
    hangUp,
    setDeaf: (isDeaf) => {
      deaf = isDeaf
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        hangUp()
      }),
  }
}
