import { createServer, type Server, type Socket } from 'node:net'
import { MessageFramer } from '../src/bus/message-framer.js'
import { readBody } from '../src/bus/wire-reader.js'
import { type WireMessage, writeMessage } from './wire-writer.js'

const DAEMON = 'org.freedesktop.DBus'
const ANSWERS: Readonly<Record<string, Pick<WireMessage, 'signature' | 'body'>>> = {
  Hello: { signature: 's', body: [':1.9'] },
  GetId: { signature: 's', body: ['0123456789abcdef0123456789abcdef'] },
  AddMatch: {},
  GetNameOwner: { signature: 's', body: [':1.5'] },
}

/** A call that the client made, or what else it sent. */
export interface Sent {
  readonly type: number
  readonly serial: number
  readonly replySerial: number
  readonly member: string
  readonly errorName: string
  readonly body: readonly unknown[]
}

/** A FAKE bus for one client: plays the daemon well, and sends whatever a test wants to see survived. */
export class ScriptedServer {
  readonly address: string
  /** What came from the client, in order. */
  readonly sent: Sent[] = []
  readonly #server: Server
  readonly #path: string
  readonly #sockets: Socket[] = []
  readonly #answers: Record<string, WireMessage>

  /** @param answers instead of the daemon's, by the member that is called; `null`: none */
  constructor(path: string, answers: Readonly<Record<string, WireMessage>> = {}) {
    this.#path = path
    this.address = `unix:path=${path}`
    this.#answers = { ...ANSWERS, ...answers }
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#path, resolve))
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The connection of the last client. */
  get socket(): Socket {
    const socket = this.#sockets.at(-1)
    if (socket === undefined) throw new Error('nobody is connected')
    return socket
  }

  send(message: WireMessage): void {
    this.socket.write(writeMessage(message))
  }

  /** Sends a signal of the service's after which everything before has been read. */
  mark(member: string): void {
    this.send({ path: '/org/roamkit/a', interface: 'org.roamkit.test', member, sender: ':1.5' })
  }

  #serve(socket: Socket): void {
    this.#sockets.push(socket)
    socket.on('error', () => undefined)
    const framer = new MessageFramer({
      wants: () => true,
      take: (header, body) => {
        const { type, serial, replySerial, member, errorName } = header
        this.sent.push({
          type,
          serial,
          replySerial,
          member,
          errorName,
          body: readBody(body, header.signature),
        })
        const answer = this.#answers[member]
        if (type === 1 && answer)
          socket.write(writeMessage({ type: 2, replySerial: serial, sender: DAEMON, ...answer }))
      },
      refuse: () => undefined,
    })
    let isAuthenticated = false
    socket.on('data', (bytes) => {
      if (isAuthenticated) return framer.push(bytes)
      if (bytes.includes('AUTH')) socket.write('DATA\r\n')
      else if (!bytes.includes('BEGIN')) socket.write('OK 0123456789abcdef0123456789abcdef\r\n')
      if (!bytes.includes('BEGIN\r\n')) return
      isAuthenticated = true
      framer.push(bytes.subarray(bytes.indexOf('BEGIN\r\n') + 7))
    })
  }
}
