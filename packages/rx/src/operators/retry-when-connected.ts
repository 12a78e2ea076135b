import { checkOptions, type Expected } from '@roamkit/core/backend-kit'
import { EMPTY, type MonoTypeOperatorFunction, of, retry, switchMap, take, throwIfEmpty } from 'rxjs'
import { check } from '../arguments.js'
import { pause, TIME, type TimeOptions } from '../delay.js'
import { type Gate, gateOf } from './gate.js'

/** Options of {@link retryWhenConnected}. */
export interface RetryOptions extends TimeOptions {
  /**
   * The largest number of retries in a row without a value in between.
   * @defaultValue no limit
   */
  readonly count?: number
  /**
   * The first pause, in milliseconds, after a failure while connected. Doubles with each failure in a row.
   * @defaultValue 1000
   */
  readonly delay?: number
  /**
   * The longest pause, in milliseconds.
   * @defaultValue 60000
   */
  readonly delayLimit?: number
}

const COUNT: Expected = {
  wants: 'a whole number from 0 up, or Infinity',
  isRange: true,
  holds: (value) => (Number.isInteger(value) && Number(value) >= 0) || value === Number.POSITIVE_INFINITY,
}

const OPTIONS = { ...TIME.options, count: COUNT, delay: TIME.milliseconds, delayLimit: TIME.milliseconds }

/**
 * Subscribes again to a source that failed: as soon as the connection is back if it was lost, otherwise after a pause that doubles each
 * time. Fails with the error of the source after `count` retries, or when the gate completes while not connected.
 * @throws RangeError for an invalid `count`, `delay` or `delayLimit`; TypeError for other invalid arguments
 */
export function retryWhenConnected<Value>(
  gate: Gate,
  options: RetryOptions = {},
): MonoTypeOperatorFunction<Value> {
  check('retryWhenConnected', 'gate', gate)
  checkOptions('retryWhenConnected()', options, OPTIONS)
  const { count = Number.POSITIVE_INFINITY, delay = 1000, delayLimit = 60_000 } = options
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
