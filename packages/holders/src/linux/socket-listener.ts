import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@roamkit/core/contract'

/** What a name is listened to for. */
export interface ListenerUse {
  /** Connections are counted by kind, so that those of one leave room for those of the other. */
  readonly kind: 'lock' | 'subscription' | 'name'
  /** Told of each connection, which is destroyed with the listener. */
  connected(socket: Socket): void
}

/**
 * How many connections all listeners of a kind keep together. Each is a descriptor of this process, a stranger may make any number of
 * them, and a process has a listener for each link: a bound on each listener alone would let him take all descriptors.
 */
const MOST_CONNECTIONS = 64

/** What is kept now. */
const kept = { lock: 0, subscription: 0, name: 0 }

/**
 * How many connections a second are a flood: more than all holders of a link make together. Node accepts every one, which costs this
 * process about as much as it costs the other one. A lock is never given up for it.
 */
const FLOOD = 1000
const SECOND = 1000

/** How long a flooded name rests: twice as long each time, until a second passes without a flood. */
const LONGEST_REST = 30_000

/** An abstract unix socket that listens: a name that nobody else can have until it is closed or its process is dead. */
export class SocketListener {
  readonly #name: string
  readonly #use: ListenerUse
  readonly #clock: Clock
  readonly #sockets = new Set<Socket>()
  #server: Server
  #isClosed = false
  /** When the present second began, and how many have connected in it. */
  #second = { since: 0, connections: 0 }
  #rest = SECOND
  #undoRest = () => {}

  private constructor(name: string, use: ListenerUse, clock: Clock, server: Server) {
    this.#name = name
    this.#use = use
    this.#clock = clock
    this.#server = server
    this.#serve(server)
  }

  /**
   * Listens under a name, from this call on. Keeps no process alive. A name other than a lock's is given up for some seconds while
   * connections flood it, and taken again as soon as it is free.
   * @throws (rejects) with `EADDRINUSE` where somebody has the name, and as the system refuses it
   */
  static async open(
    name: string,
    clock: Clock,
    use: ListenerUse = { kind: 'name', connected: (socket) => socket.destroy() },
  ): Promise<SocketListener> {
    return new SocketListener(name, use, clock, await listen(name))
  }

  /** How many are connected. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Gives the name back at once, then sends everybody away. Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#undoRest()
    this.#stop()
  }

  #serve(server: Server): void {
    this.#server = server
    server.on('connection', (socket) => this.#accept(socket))
  }

  #stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined)
    const { kind } = this.#use
    if (!this.#server.listening || kept[kind] >= MOST_CONNECTIONS) socket.destroy()
    else this.#keep(socket)
    if (kind !== 'lock' && this.#server.listening && this.#isFlooded()) this.#takeRest()
  }

  #keep(socket: Socket): void {
    const { kind, connected } = this.#use
    this.#sockets.add(socket)
    kept[kind] += 1
    socket.on('close', () => {
      this.#sockets.delete(socket)
      kept[kind] -= 1
    })
    socket.unref()
    connected(socket)
  }

  #isFlooded(): boolean {
    const now = this.#clock.now()
    if (now - this.#second.since >= SECOND) {
      if (this.#second.connections < FLOOD) this.#rest = SECOND
      this.#second = { since: now, connections: 0 }
    }
    this.#second.connections += 1
    return this.#second.connections === FLOOD
  }

  #takeRest(): void {
    this.#stop()
    const again = () => {
      listen(this.#name).then(
        (server) => {
          if (this.#isClosed) server.close()
          else this.#serve(server)
        },
        () => {
          // It has been taken meanwhile: whoever reads it finds what it says anywhere, or nothing.
          if (!this.#isClosed) this.#undoRest = this.#clock.after(this.#rest, again)
        },
      )
    }
    this.#undoRest = this.#clock.after(this.#rest, again)
    this.#rest = Math.min(this.#rest * 2, LONGEST_REST)
  }
}

function listen(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: false })
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      // A failure to accept somebody is nothing to end for.
      server.on('error', () => undefined)
      resolve(server)
    })
    // Exclusive, or a worker of node:cluster would share it with the others.
    server.listen({ path: `\0${name}`, exclusive: true })
    server.unref()
  })
}
