import type { NetlinkListener, OpenNetlink } from '../../src/kernel/netlink-port.js'
import type { Listing } from '../../src/kernel/rtnetlink.js'
import { hostBytes, messagesOf, type NetlinkMessage, requestOf } from '../../src/kernel/wire.js'
import { recorded } from './recorded.js'

const LISTINGS: ReadonlyMap<number, Listing> = new Map([
  [18, 'links'],
  [22, 'addresses'],
  [26, 'routes4'],
])

/** A FAKE kernel: it answers requests for lists with what a real one has sent, and fails on demand. */
export class FakeNetlink {
  /** What was asked for, in order. */
  readonly asked: string[] = []
  /** The requests that are no lists. */
  readonly commands: NetlinkMessage[] = []
  /** Called for each request for a list, before its answer. */
  beforeList: (what: Listing) => void = () => {}
  /** Changes the datagrams of an answer. */
  change: (what: Listing, datagrams: readonly Buffer[]) => readonly Buffer[] = (_, datagrams) => datagrams
  /** Thrown at the next attempts to open. */
  obstacle: Error | null = null
  /** Whether this process may change interfaces. */
  isPermitted = true
  opened = 0
  closed = 0
  #listener: NetlinkListener | null = null

  /** What {@link kernelOver} needs. */
  readonly machine = { connect: (): OpenNetlink => this.#open, mayControl: () => this.isPermitted }

  readonly #open: OpenNetlink = (listener) => {
    if (this.obstacle) throw this.obstacle
    this.opened += 1
    this.#listener = listener
    return {
      send: (request) => queueMicrotask(() => this.#answer(request, listener)),
      close: () => {
        this.closed += 1
        if (this.#listener === listener) this.#listener = null
      },
    }
  }

  /** Sends what a real kernel has sent in that step. */
  play(step: string): void {
    for (const datagram of recorded(step)) this.#listener?.received(datagram)
  }

  /** Sends any bytes. */
  send(datagram: Uint8Array): void {
    this.#listener?.received(datagram)
  }

  /** Breaks the connection. */
  fail(code: string): void {
    const listener = this.#listener
    this.#listener = null
    listener?.failed(Object.assign(new Error(`read ${code}`), { code }))
  }

  /** Acknowledges the last command. */
  acknowledge(failure: number): void {
    const sequence = this.commands.at(-1)?.sequence ?? 0
    this.send(requestOf(2, 0, sequence, hostBytes([-failure >>> 0, 4]), new Uint8Array(16)))
  }

  #answer(request: Uint8Array, listener: NetlinkListener): void {
    if (this.#listener !== listener) return
    for (const message of messagesOf(request)) {
      const kind = LISTINGS.get(message.type)
      const what = kind === 'routes4' && message.payload[0] === 10 ? 'routes6' : kind
      if (what === undefined) {
        this.commands.push(message)
        continue
      }
      this.asked.push(what)
      this.beforeList(what)
      for (const datagram of this.change(what, recorded(`list of ${what}`)))
        if (this.#listener === listener) listener.received(withSequence(datagram, message.sequence))
    }
  }
}

/** The same messages as an answer to another request. */
function withSequence(datagram: Buffer, sequence: number): Buffer {
  const copy = Buffer.from(datagram)
  for (const { payload } of messagesOf(copy))
    copy.set(hostBytes([sequence, 4]), payload.byteOffset - copy.byteOffset - 8)
  return copy
}
