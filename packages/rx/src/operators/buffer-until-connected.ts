import { type MonoTypeOperatorFunction, Observable, of } from 'rxjs'
import { type Gate, gateOf } from './gate.js'

/** Options of {@link bufferUntilConnected}. */
export interface BufferOptions<Value> {
  /** How many values it keeps at most, from 1 up. */
  readonly limit: number
  /** What gives way when there is one more: the oldest, which is the default, the newest, or the stream (`ERR_BUFFER_FULL`). */
  readonly overflow?: 'dropOldest' | 'dropNewest' | 'error'
  /**
   * Called with each value that will not be emitted, unless it is because of an unsubscribe. What it throws surfaces as an
   * uncaught exception, and changes nothing about the stream.
   */
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
 * connected again. A source that completes is waited for until its last value is through. What is kept when the source or
 * the gate fails, or when it can never be connected again, is dropped.
 * @throws RangeError for a limit that is not a whole number from 1 up
 */
export function bufferUntilConnected<Value>(
  gate: Gate,
  { limit, overflow = 'dropOldest', onDrop = () => {} }: BufferOptions<Value>,
): MonoTypeOperatorFunction<Value> {
  if (!Number.isInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a whole number from 1 up, not ${String(limit)}`)
  // As a subscriber: RxJS reports what it throws, and goes on.
  const drop = (value: Value) => of(value).subscribe((dropped) => onDrop(dropped))
  return (source) =>
    new Observable((subscriber) => {
      const kept = new Queue<Value>()
      let isConnected = false
      let isDraining = false
      let isComplete = false
      let isOver = false
      const drain = () => {
        // A value that comes while one is emitted waits for its turn.
        if (isDraining || isOver) return
        isDraining = true
        while (isConnected && kept.size > 0 && !subscriber.closed) subscriber.next(kept.shift())
        isDraining = false
        if (isComplete && kept.size === 0) subscriber.complete()
      }
      const fail = (error: unknown) => {
        dropAll()
        subscriber.error(error)
      }
      const dropAll = () => {
        // Whatever onDrop does, nothing comes in any more, and nothing gets through.
        isOver = true
        while (kept.size > 0 && !subscriber.closed) drop(kept.shift())
      }
      const keep = (value: Value) => {
        if (overflow === 'dropNewest' && kept.size === limit) return drop(value)
        // First of all, so that what onDrop may send comes after it.
        kept.push(value)
        if (kept.size <= limit) return
        if (overflow === 'error') return fail(new BufferFullError(limit))
        drop(kept.shift())
      }
      subscriber.add(
        gateOf(gate).subscribe({
          next(value) {
            isConnected = value
            drain()
          },
          error: fail,
          complete() {
            if (isConnected) return
            dropAll()
            subscriber.complete()
          },
        }),
      )
      if (subscriber.closed) return
      subscriber.add(
        source.subscribe({
          next(value) {
            if (isOver) return
            keep(value)
            drain()
          },
          error: fail,
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
