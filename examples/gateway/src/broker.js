import { createServer } from 'node:net'
import { Aedes } from 'aedes'

/**
 * A broker of its own, for demonstrations and tests.
 *
 * @typedef {object} Broker
 * @property {string} url
 * @property {string[]} received what was published, in order; what came twice is there twice
 * @property {string[]} from the address that each connection came from, in order
 * @property {number} connections how many there are now
 * @property {() => void} hangUp ends all connections
 * @property {(isDeaf: boolean) => void} setDeaf a deaf broker acknowledges nothing
 * @property {() => Promise<void>} close
 */

/**
 * Listens on loopback, on any free port, unless you name them.
 *
 * @param {{ readonly host?: string, readonly port?: number }} [options]
 * @returns {Promise<Broker>}
 */
export async function startBroker({ host = '127.0.0.1', port = 0 } = {}) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  /** @type {string[]} */
  const received = []
  /** @type {string[]} */
  const from = []
  let deaf = false

  const broker = await Aedes.createBroker({
    authorizePublish(_client, { payload }, done) {
      received.push(String(payload))
      if (!deaf) done(null)
    },
  })
  const server = createServer((socket) => {
    sockets.add(socket)
    from.push(socket.remoteAddress ?? '')
    socket.on('close', () => sockets.delete(socket))
    broker.handle(socket)
  })
  await new Promise((resolve) => server.listen(port, host, () => resolve(undefined)))
  const { port: found } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `mqtt://${host}:${found}`,
    received,
    from,
    get connections() {
      return sockets.size
    },
    hangUp,
    setDeaf: (isDeaf) => {
      deaf = isDeaf
    },
    async close() {
      hangUp()
      await new Promise((resolve) => server.close(resolve))
      await new Promise((resolve) => broker.close(() => resolve(undefined)))
    },
  }
}
