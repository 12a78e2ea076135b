import { MessageHeader, PROLOGUE, readFrame } from './message-header.js'
import { WireError } from './wire-error.js'
import type { ByteOrder, WireSlice } from './wire-reader.js'

/**
 * No wanted message has longer header fields: names and signatures have at most 255 bytes, and no path of NetworkManager comes near. A
 * message with longer ones is skipped by its length.
 */
const LONGEST_HEADER = 64 * 1024

/**
 * Longer bodies are not collected. This is a hundred times the answer of a NetworkManager with 300 objects (165 kB). Decoded, the worst
 * body of this size takes some hundred megabytes. dbus-daemon forwards at most 32 MiB.
 */
export const LONGEST_BODY = 16 * 2 ** 20

/** What a {@link MessageFramer} passes its messages to. The header is valid until the call returns. */
export interface MessageSink {
  /** Whether the body is wanted. Asked when the header is complete, and again when a body that came in pieces is. */
  wants(header: MessageHeader): boolean
  /** A complete message that is wanted. */
  take(header: MessageHeader, body: WireSlice): void
  /** A message that is wanted, but too long. */
  refuse(header: MessageHeader, reason: WireError): void
}

/** A message that is not complete yet. */
interface Piece {
  bytes: Buffer
  /** How many of its bytes have come. */
  filled: number
}

/**
 * Cuts a stream of bytes into messages. It looks at the header first, and skips an unwanted message by its length as it streams in, so
 * that only wanted senders make it keep or decode anything. No I/O.
 */
export class MessageFramer {
  readonly #sink: MessageSink
  readonly #header = new MessageHeader()
  #piece: Piece | null = null
  /** How many bytes of an unwanted message are still to come. */
  #skip = 0
  #isStopped = false

  /** @param sink called from within {@link push}; what it throws ends that call in the middle of a message */
  constructor(sink: MessageSink) {
    this.#sink = sink
  }

  /** Passes no more messages on, not even those of the current {@link push}. */
  stop(): void {
    this.#isStopped = true
    this.#piece = null
  }

  /**
   * Takes the next bytes. The caller may reuse them afterwards.
   *
   * @throws {@link WireError} if they are not messages: nothing can follow then
   */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#isStopped) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at)
        this.#skip -= skipped
        at += skipped
      } else if (this.#piece !== null) at = this.#collect(this.#piece, chunk, at)
      else at = this.#inPlace(chunk, at)
    }
  }

  /** Handles a message that begins in the chunk, in place if it is complete. Returns where the next bytes are. */
  #inPlace(chunk: Buffer, at: number): number {
    const there = chunk.length - at
    const step = this.#step(chunk, at, there)
    if (step > 0) {
      this.#skip = Math.max(0, step - there)
      return at + Math.min(step, there)
    }
    this.#piece = { bytes: Buffer.allocUnsafeSlow(-step), filled: 0 }
    return at
  }

  /** Continues a message that began in an earlier chunk. */
  #collect(piece: Piece, chunk: Buffer, at: number): number {
    const copied = chunk.copy(piece.bytes, piece.filled, at)
    piece.filled += copied
    if (piece.filled < piece.bytes.length) return at + copied
    this.#piece = null
    const step = this.#step(piece.bytes, 0, piece.filled)
    if (step < 0) {
      const bytes = Buffer.allocUnsafeSlow(-step)
      piece.bytes.copy(bytes)
      this.#piece = { bytes, filled: piece.filled }
    } else this.#skip = step - piece.filled
    return at + copied
  }

  /**
   * Looks at a message of which `there` bytes have come. A positive result is the length of a message that is done with. A negative one
   * is the number of bytes, from its beginning, that are needed.
   */
  #step(bytes: Buffer, at: number, there: number): number {
    if (there < PROLOGUE) return -PROLOGUE
    const { order, headerLength, bodyLength } = readFrame(bytes, at)
    const length = headerLength + bodyLength
    if (headerLength > LONGEST_HEADER) return length
    if (there < headerLength) return -headerLength
    if (!this.#isWanted(bytes, at, order)) return length
    if (bodyLength > LONGEST_BODY) {
      this.#sink.refuse(this.#header, new WireError('a message of more than 16 MiB'))
      return length
    }
    if (there < length) return -length
    const start = at + headerLength
    this.#sink.take(this.#header, { bytes, start, end: start + bodyLength, order })
    return length
  }

  #isWanted(bytes: Buffer, at: number, order: ByteOrder): boolean {
    try {
      this.#header.read(bytes, at, order)
    } catch (error) {
      if (error instanceof WireError) return false
      throw error
    }
    if (!this.#sink.wants(this.#header)) return false
    this.#header.keep()
    return true
  }
}
