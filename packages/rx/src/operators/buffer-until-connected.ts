import { checkArgument, checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import { type MonoTypeOperatorFunction, Observable, of } from 'rxjs'
import { check } from '../arguments.js'
import { type Gate, gateOf } from './gate.js'

/** Options of {@link bufferUntilConnected}. */
export interface BufferOptions<Value> {
  /** The largest number of values to keep: a whole number of 1 or more. */
  readonly limit: number
  /**
   * What to do with one value too many: drop the oldest, drop the newest, or fail with a {@link BufferFullError}.
   * @defaultValue 'dropOldest'
   */
  readonly overflow?: 'dropOldest' | 'dropNewest' | 'error'
  /**
   * Called with each value that is dropped, except after an unsubscribe. An error that it throws becomes an uncaught exception and does not
   * affect the stream.
   * @defaultValue does nothing
   */
  readonly onDrop?: (value: Value) => void
}

/** The buffer is full and its `overflow` is `error`. */
export class BufferFullError extends Error {
  override readonly name = 'BufferFullError'
  /** Stable, for programs. */
  readonly code = 'ERR_BUFFER_FULL'
  /** The limit that was reached. */
  readonly limit: number

  private constructor(limit: number) {
    super(`the buffer is full: ${limit} values arrived while there was no connection`)
    this.limit = limit
  }

  /** @internal Called by `bufferUntilConnected`. */
  static create(limit: number): BufferFullError {
    return new BufferFullError(limit)
  }

  /** The error with its message, which `JSON.stringify` would otherwise lose. */
  toJSON(): Pick<BufferFullError, 'name' | 'code' | 'message' | 'limit'> {
    const { name, code, message, limit } = this
    return { name, code, message, limit }
  }
}

const LIMIT: Expected = {
  wants: 'a whole number from 1 up',
  isRange: true,
  holds: (value) => Number.isInteger(value) && Number(value) > 0,
}

const OPTIONS = {
  limit: LIMIT,
  overflow: expected.oneOf('dropOldest', 'dropNewest', 'error'),
  onDrop: expected.callback,
} as const

/**
 * Passes values on while connected. While not connected it keeps them, up to a limit, and emits them in order once connected again. When
 * the source completes, the stream completes after the last kept value. If the source or the gate fails, or the gate completes while not
 * connected, the kept values are dropped. Unsubscribing unsubscribes from the source and the gate and forgets the kept values, without a
 * call of `onDrop`.
 * @throws RangeError if `limit` is not a whole number of 1 or more; TypeError or RangeError for other invalid arguments
 */
export function bufferUntilConnected<Value>(
  gate: Gate,
  options: BufferOptions<Value>,
): MonoTypeOperatorFunction<Value> {
  check('bufferUntilConnected', 'gate', gate)
  checkOptions('bufferUntilConnected()', options, OPTIONS)
  const { limit, overflow = 'dropOldest', onDrop = () => {} } = options
  checkArgument('limit of bufferUntilConnected()', limit, LIMIT)
  // Called as a subscriber, so that RxJS reports an error that it throws and carries on.
  const drop = (value: Value) => of(value).subscribe((dropped) => onDrop(dropped))
  return (source) =>
    new Observable((subscriber) => {
      const kept = new Queue<Value>()
      let isConnected = false
      let isDraining = false
      let isComplete = false
      let isOver = false
      const drain = () => {
        // What arrives while connected only waits for its turn, so it is not too much.
        while (!isConnected && kept.size > limit && !isOver && !subscriber.closed) {
          if (overflow === 'error') return fail(BufferFullError.create(limit))
          drop(overflow === 'dropNewest' ? kept.pop() : kept.shift())
        }
        // A value that arrives while another one is emitted waits for its turn.
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
        // Whatever onDrop does, accept and emit no more values.
        isOver = true
        while (kept.size > 0 && !subscriber.closed) drop(kept.shift())
      }
      subscriber.add(
        gateOf(gate).subscribe({
          next(state) {
            isConnected = state.isConnected
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
            // Push first, so that values sent by onDrop come after it.
            kept.push(value)
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

/** A queue whose operations take constant time. */
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
    this.#first += 1
    return this.#take(this.#first - 1)
  }

  pop(): Value {
    this.#next -= 1
    return this.#take(this.#next)
  }

  #take(at: number): Value {
    const value = this.#values.get(at) as Value
    this.#values.delete(at)
    return value
  }
}
