import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import { type Gate, gateOf } from './gate.js'

/** Options of {@link bufferUntilConnected}. */
export interface BufferOptions<Value> {
  /** How many values it keeps at most, from 1 up. */
  readonly limit: number
  /** What gives way when there is one more: the oldest, which is the default, the newest, or the stream (`ERR_BUFFER_FULL`). */
  readonly overflow?: 'dropOldest' | 'dropNewest' | 'error'
  /** Called with each value that will not be emitted, save where nobody is subscribed any more. */
  readonly onDrop?: (value: Value) => void
}

/** More values came than the buffer may keep, and it was to fail then. */
export class BufferFullError extends Error {
  override readonly name = 'BufferFullError'
  readonly code = 'ERR_BUFFER_FULL'
  readonly limit: number

  constructor(limit: number) {
    super(`the buffer is full: ${limit} values came while there was no connection`)
    this.limit = limit
  }
}

/**
 * Lets values through while connected; keeps those that come while not, up to a limit, and emits them in order when it is
 * connected again. A source that completes is waited for until its last value is through. What is kept when the source
 * fails, or when it can never be connected again, is dropped.
 * @throws RangeError for a limit that is none
 */
export function bufferUntilConnected<Value>(
  gate: Gate,
  { limit, overflow = 'dropOldest', onDrop = () => {} }: BufferOptions<Value>,
): MonoTypeOperatorFunction<Value> {
  if (!Number.isInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a whole number from 1 up, not ${String(limit)}`)
  return (source) =>
    new Observable((subscriber) => {
      const kept = new Queue<Value>()
      let isConnected = false
      let isDraining = false
      let isComplete = false
      const drain = () => {
        // A value that comes while one is emitted waits for its turn.
        if (isDraining) return
        isDraining = true
        while (isConnected && kept.size > 0 && !subscriber.closed) subscriber.next(kept.shift())
        isDraining = false
        if (isComplete && kept.size === 0) subscriber.complete()
      }
      const drop = () => {
        while (kept.size > 0) onDrop(kept.shift())
      }
      const keep = (value: Value) => {
        if (kept.size < limit) return kept.push(value)
        if (overflow === 'dropNewest') return onDrop(value)
        if (overflow === 'error') {
          kept.push(value)
          drop()
          return subscriber.error(new BufferFullError(limit))
        }
        onDrop(kept.shift())
        kept.push(value)
      }
      subscriber.add(
        gateOf(gate).subscribe({
          next(value) {
            isConnected = value
            drain()
          },
          error: (error) => subscriber.error(error),
          complete() {
            if (isConnected) return
            drop()
            subscriber.complete()
          },
        }),
      )
      if (subscriber.closed) return
      subscriber.add(
        source.subscribe({
          next(value) {
            keep(value)
            drain()
          },
          error(error) {
            drop()
            subscriber.error(error)
          },
          complete() {
            isComplete = true
            drain()
          },
        }),
      )
    })
}

/** First in, first out, each at the same cost however many there are. */
class Queue<Value> {
  readonly #values = new Map<number, Value>()
  #first = 0
  #next = 0

  get size(): number {
    return this.#values.size
  }

  push(value: Value): void {
    this.#values.set(this.#next, value)
    this.#next += 1
  }

  shift(): Value {
    const value = this.#values.get(this.#first) as Value
    this.#values.delete(this.#first)
    this.#first += 1
    return value
  }
}
