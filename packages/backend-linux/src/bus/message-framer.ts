import { MessageHeader, PROLOGUE, readFrame } from './message-header.js'
import { WireError } from './wire-error.js'
import type { ByteOrder, WireSlice } from './wire-reader.js'

/**
 * Header fields beyond this are no message that anybody waits for: names and signatures are 255 bytes at most, and no path of
 * NetworkManager's comes near. Dropped by length.
 */
const LONGEST_HEADER = 64 * 1024

/**
 * Bodies beyond this are not collected. A hundred times what a NetworkManager with 300 objects answers (165 kB); decoded, the worst
 * that fits in takes some hundred megabytes. dbus-daemon passes on 32 MiB at most.
 */
export const LONGEST_BODY = 16 * 2 ** 20

/** What a {@link MessageFramer} hands its messages to. The header is good until the call returns. */
export interface MessageSink {
  /** Whether the body is wanted. Asked once the header is there, and once more when a body that came in pieces is. */
  wants(header: MessageHeader): boolean
  /** A message that is wanted, as a whole. */
  take(header: MessageHeader, body: WireSlice): void
  /** A message that is wanted, and too long to be taken. */
  refuse(header: MessageHeader, reason: WireError): void
}

/** A message that has not come as a whole yet. */
interface Piece {
  bytes: Buffer
  /** How many bytes of it are there. */
  filled: number
}

/**
 * Cuts a stream of bytes into messages. The header alone is looked at first; what is not wanted is passed over by its length as it
 * streams in, so that nobody but a wanted sender makes this keep or decode anything. No I/O.
 */
export class MessageFramer {
  readonly #sink: MessageSink
  readonly #header = new MessageHeader()
  #piece: Piece | null = null
  /** Bytes of an unwanted message that are still to come. */
  #skip = 0
  #isStopped = false

  /** @param sink called from within {@link push}; what it throws ends the pushing in the middle of a message */
  constructor(sink: MessageSink) {
    this.#sink = sink
  }

  /** No message is handed out any more, those of the present {@link push} included. */
  stop(): void {
    this.#isStopped = true
    this.#piece = null
  }

  /**
   * Takes the next bytes, which may be the caller's again afterwards. Throws {@link WireError} where they are no messages: nothing can
   * follow then.
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

  /** A message that begins in the chunk: taken from there if it is all there. Returns where the next bytes are. */
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

  /** Goes on with a message that began in an earlier chunk. */
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
   * Looks at a message of which `there` bytes are there. Positive: the message is done with, and so long. Negative: so many
   * bytes of it, counted from its beginning, are needed.
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
    return this.#sink.wants(this.#header)
  }
}
