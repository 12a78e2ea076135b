// A program of another user that does one kind of harm to those who count holders, for as long as it lives. It says `ready` when it
// has begun. Usage: holders-stranger.mjs HARM [PARAMETER ...]
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

const [harm = '', ...parameters] = process.argv.slice(2)
const say = (/** @type {string} */ word) => process.send?.(word)

/** @param {string} name */
async function listen(name) {
  const server = createServer((socket) => socket.destroy())
  server.listen({ path: `\0${name}`, exclusive: true })
  await once(server, 'listening')
  return server
}

/**
 * Other names in the same bucket of the kernel's table: its hash is a sum of pairs of bytes, whatever their order.
 *
 * @param {string} name
 * @param {number} count
 */
function neighbours(name, count) {
  const pairs = name.slice(1).match(/../g) ?? []
  return Array.from({ length: count }, (_, index) => {
    const [one = 0, other = 0] = [2 + (index % 23), 25 + Math.floor(index / 23)]
    const moved = [...pairs]
    // None of them is a name of ours.
    moved.unshift(...moved.splice(1, 1))
    ;[moved[one], moved[other]] = [pairs[other] ?? '', pairs[one] ?? '']
    return name.charAt(0) + moved.join('')
  })
}

/** @type {Record<string, () => Promise<void>>} */
const harms = {
  /** Has so many sockets come and go in the bucket of a name, so that a reader passes over what stays. */
  async shift() {
    const [name = '', count = '500'] = parameters
    const names = [...new Set(neighbours(name, Number(count)))]
    const servers = await Promise.all(names.map(listen))
    say('ready')
    for (;;) {
      const at = Math.floor(Math.random() * (servers.length - 40))
      for (const server of servers.slice(at, at + 40)) server.close()
      servers.splice(at, 40, ...(await Promise.all(names.slice(at, at + 40).map(listen))))
      await turn()
    }
  },
  /** Binds a name, and never listens: there is nobody to wait at. */
  async squat() {
    // The only way to have Node bind without listening.
    const { Pipe, constants } = /** @type {any} */ (process).binding('pipe_wrap')
    const pipe = new Pipe(constants.SOCKET)
    const failure = pipe.bind(`\0${parameters[0]}`)
    say(failure === 0 ? 'ready' : `failed ${failure}`)
    await new Promise((resolve) => setInterval(resolve, 1e6))
  },
  /** Takes these UDP endpoints for itself alone. */
  async endpoints() {
    for (const endpoint of parameters) {
      const [address = '', port = ''] = endpoint.split(':')
      const socket = createSocket({ type: 'udp4' })
      socket.bind({ address, port: Number(port), exclusive: true })
      await once(socket, 'listening')
    }
    say('ready')
  },
  /** Listens under all the names that come by message. */
  async names() {
    process.on('message', async (/** @type {string[]} */ names) => {
      for (let at = 0; at < names.length; at += 100) await Promise.all(names.slice(at, at + 100).map(listen))
      say('done')
    })
    say('ready')
  },
  /** Connects to a name as fast as it can. */
  async connect() {
    let open = 0
    say('ready')
    for (;;) {
      await turn()
      while (open < 200) {
        open += 1
        const socket = connect({ path: `\0${parameters[0]}` })
        socket.on('error', () => undefined)
        socket.on('close', () => {
          open -= 1
        })
        socket.on('connect', () => socket.destroy())
      }
    }
  },
}

process.on('disconnect', () => process.exit())
await harms[harm]?.()
