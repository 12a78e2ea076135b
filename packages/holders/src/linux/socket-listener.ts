import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@roamkit/core/contract'

/** What the listener is for. */
export interface ListenerUse {
  /** Connections are counted by kind, so that one kind leaves room for the others. */
  readonly kind: 'lock' | 'subscription' | 'name'
  /** Called for each connection. The connection is destroyed with the listener. */
  connected(socket: Socket): void
}

/**
 * How many connections all listeners of a kind keep together. Each one takes a descriptor of this process, a stranger may open any
 * number, and a process has a listener for each link: a limit for each listener alone would let a stranger take all descriptors.
 */
const MOST_CONNECTIONS = 64

/** How many connections are kept now. */
const kept = { lock: 0, subscription: 0, name: 0 }

/**
 * How many connections a second are a flood: more than all holders of a link make together. Node accepts every one, which costs this
 * process about as much as the sender. A lock is never given up because of a flood.
 */
const FLOOD = 1000
const SECOND = 1000

/** How long a flooded name rests at most. Each rest is twice as long as the one before, until a second passes without a flood. */
const LONGEST_REST = 30_000

/** An abstract unix socket that listens. No other socket can have its name until the listener is closed or its process dies. */
export class SocketListener {
  readonly #name: string
  readonly #use: ListenerUse
  readonly #clock: Clock
  readonly #sockets = new Set<Socket>()
  #server: Server
  #isClosed = false
  /** When the current second began, and how many connections came in it. */
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
   * Listens under a name. Keeps no process alive. If connections flood the name and it is not a lock's, the listener gives the name up
   * for some seconds, and takes it again as soon as it is free.
   * @throws (rejects) with `EADDRINUSE` if the name is taken, and otherwise as the system refuses it
   */
  static async open(
    name: string,
    clock: Clock,
    use: ListenerUse = { kind: 'name', connected: (socket) => socket.destroy() },
  ): Promise<SocketListener> {
    return new SocketListener(name, use, clock, await listen(name))
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Gives the name back at once, then drops all connections. Idempotent. */
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
          // Another socket took the name in the meantime. Readers find that socket's text, or nothing.
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
      // A connection that cannot be accepted is no reason to end.
      server.on('error', () => undefined)
      resolve(server)
    })
    // Exclusive, or a worker of node:cluster would share it with the others.
    server.listen({ path: `\0${name}`, exclusive: true })
    server.unref()
  })
}
