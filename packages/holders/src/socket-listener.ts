import { createServer, type Server, type Socket } from 'node:net'

/** What a name is listened to for. */
export interface ListenerUse {
  /** Connections are counted by kind, so that those of one leave room for those of the other. */
  readonly kind: 'lock' | 'bell' | 'name'
  /** Told of each connection, which is destroyed with the listener. */
  connected(socket: Socket): void
}

/**
 * How many connections all listeners of a kind keep together. Each is a descriptor of this process, a stranger may make any number of
 * them, and a process has a listener for each link: a bound on each listener alone would let him take all descriptors.
 */
const MOST_CONNECTIONS = 64

/** What is kept now. */
const kept = { lock: 0, bell: 0, name: 0 }

/** An abstract unix socket that listens: a name that nobody else can have until it is closed or its process is dead. */
export class SocketListener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /**
   * Listens under a name, from this call on. Keeps no process alive.
   * @throws (rejects) with `EADDRINUSE` where somebody has the name, and as the system refuses it
   */
  static open(
    name: string,
    use: ListenerUse = { kind: 'name', connected: (socket) => socket.destroy() },
  ): Promise<SocketListener> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: false })
      const listener = new SocketListener(server)
      server.on('connection', (socket) => listener.#keep(socket, use))
      server.once('error', reject)
      server.once('listening', () => {
        server.off('error', reject)
        // A failure to accept somebody is nothing to end for.
        server.on('error', () => undefined)
        resolve(listener)
      })
      // Exclusive, or a worker of node:cluster would share it with the others.
      server.listen({ path: `\0${name}`, exclusive: true })
      server.unref()
    })
  }

  /** How many are connected. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Gives the name back at once, then sends everybody away. Idempotent. */
  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep(socket: Socket, use: ListenerUse): void {
    socket.on('error', () => undefined)
    if (!this.#server.listening || kept[use.kind] >= MOST_CONNECTIONS) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    kept[use.kind] += 1
    socket.on('close', () => {
      this.#sockets.delete(socket)
      kept[use.kind] -= 1
    })
    socket.unref()
    use.connected(socket)
  }
}
