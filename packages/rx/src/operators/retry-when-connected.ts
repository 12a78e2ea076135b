import { EMPTY, type MonoTypeOperatorFunction, of, retry, switchMap, take, throwIfEmpty } from 'rxjs'
import { milliseconds, pause, type TimeOptions } from '../delay.js'
import { type Gate, gateOf } from './gate.js'

/** Options of {@link retryWhenConnected}. Times are in milliseconds. */
export interface RetryOptions extends TimeOptions {
  /** How many failures in a row, without a value in between, are one too many; default: none is. */
  readonly count?: number
  /** The first pause after a failure that was not the network's; doubles with each in a row; default 1000. */
  readonly delay?: number
  /** The longest such pause; default 60000. */
  readonly delayLimit?: number
}

/**
 * Subscribes again to a source that failed: at once when the connection comes back, and after a pause that doubles where
 * it had never gone. Fails with the source's error after `count` retries, and when it can never be connected again.
 * @throws RangeError for a time that is none
 */
export function retryWhenConnected<Value>(
  gate: Gate,
  options: RetryOptions = {},
): MonoTypeOperatorFunction<Value> {
  const { count = Number.POSITIVE_INFINITY } = options
  const delay = milliseconds('delay', options.delay ?? 1000)
  const delayLimit = milliseconds('delayLimit', options.delayLimit ?? 60_000)
  return retry({
    count,
    resetOnSuccess: true,
    delay: (error, attempt) =>
      gateOf(gate).pipe(
        switchMap((isConnected, index) => {
          if (!isConnected) return EMPTY
          return index > 0 ? of(undefined) : pause(Math.min(delay * 2 ** (attempt - 1), delayLimit), options)
        }),
        take(1),
        throwIfEmpty(() => error),
      ),
  })
}
