// A stream of bytes to a server that counts them. Its connection moves with the session: a new one continues where the old one was.
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@roamkit/sockets'
import { until } from './programs.mjs'

const PORT = 9000
const BLOCK = 4096
/** Milliseconds between two blocks. */
const PAUSE = 20

/** @typedef {import('node:net').Socket} Socket */
/** @typedef {import('@roamkit/core').NetworkSession} NetworkSession */
/** @typedef {import('@roamkit/core').RoamingTrial} RoamingTrial */

export class ByteStream {
  #session
  #host
  #name = `stream-${performance.now()}`
  /** @type {Socket | null} */
  #socket = null
  /** How many bytes have been produced, and how many of them the server has confirmed. */
  #sent = 0
  #arrived = 0
  /** @type {unknown} */
  #failure = null
  #isOver = false
  moves = 0

  /** @param {NetworkSession} session @param {string} host */
  constructor(session, host) {
    this.#session = session
    this.#host = host
  }

  async begin() {
    await this.#connect(this.#session)
    void this.#produce()
  }

  /** Continues on the link in trial. What the old connection has not delivered is sent again from there. @param {RoamingTrial} trial */
  async moveTo(trial) {
    await this.#connect(trial)
    this.moves += 1
  }

  /** Resolves when the server has confirmed some more. */
  async advance() {
    const goal = this.#sent + 10 * BLOCK
    await until(`${goal} bytes have arrived`, () => {
      if (this.#failure !== null) throw this.#failure
      return this.#arrived >= goal
    })
  }

  /** Resolves when everything has arrived. */
  async end() {
    this.#isOver = true
    await until('everything has arrived', () => this.#arrived === this.#sent)
    this.#socket?.destroy()
    return { sent: this.#sent, arrived: this.#arrived }
  }

  /** @param {NetworkSession | RoamingTrial} over */
  async #connect(over) {
    this.#socket?.destroy()
    this.#socket = null
    const socket = connect(over, { host: this.#host, port: PORT })
    // It ends with its link; the next one continues.
    socket.on('error', () => {})
    socket.write(`${this.#name}\n`)
    const [answer] = await once(socket, 'data')
    this.#arrived = Number(String(answer).trim().split('\n').at(-1))
    socket.on('data', (data) => this.#confirm(String(data)))
    socket.write(bytes(this.#arrived, this.#sent))
    this.#socket = socket
  }

  /** @param {string} said */
  #confirm(said) {
    const last = said.trim().split('\n').at(-1) ?? ''
    if (/^\d+$/.test(last)) this.#arrived = Number(last)
    else this.#failure = new Error(`the server says: ${last}`)
  }

  async #produce() {
    while (!this.#isOver) {
      this.#socket?.write(bytes(this.#sent, this.#sent + BLOCK))
      this.#sent += BLOCK
      await delay(PAUSE)
    }
  }
}

/** The bytes of the stream between two places: each has its place as its value. @param {number} from @param {number} to */
function bytes(from, to) {
  return Buffer.from(Uint8Array.from({ length: to - from }, (_, index) => (from + index) % 251))
}
