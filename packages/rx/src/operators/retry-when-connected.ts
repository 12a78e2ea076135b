import { checkArgument, checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import {
  EMPTY,
  type MonoTypeOperatorFunction,
  Observable,
  of,
  ReplaySubject,
  retry,
  switchMap,
  take,
  throwIfEmpty,
} from 'rxjs'
import { check } from '../arguments.js'
import { pause, TIME, type TimeOptions, timerOf } from '../delay.js'
import { type Gate, type GateState, gateOf } from './gate.js'

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
  /**
   * How much of each pause is random, from 0 to 1, so that many machines that fail together do not all retry at the same moment. With 0.5 a
   * pause of 8 seconds takes 4 to 8. When the connection is back, the retry waits for a random part of `jitter * delay`. With 0 all pauses
   * are exact, and a connection that is back is used at once.
   * @defaultValue 0.5
   */
  readonly jitter?: number
  /**
   * The source of random numbers from 0 to 1, called once for each retry. If it throws or returns anything else, the stream fails.
   * @defaultValue Math.random
   */
  readonly random?: () => number
}

const COUNT: Expected = {
  wants: 'a whole number from 0 up, or Infinity',
  isRange: true,
  holds: (value) => (Number.isInteger(value) && Number(value) >= 0) || value === Number.POSITIVE_INFINITY,
}

const OPTIONS = {
  ...TIME.options,
  count: COUNT,
  delay: TIME.milliseconds,
  delayLimit: TIME.milliseconds,
  jitter: expected.fraction,
  random: expected.callback,
}

/**
 * Subscribes again to a source that failed: as soon as the connection is back if it was lost, otherwise after a pause that doubles each
 * time. Part of each wait is random (`jitter`). Fails with the error of the source after `count` retries, or when the gate completes while
 * not connected; with the error of the gate as soon as the gate fails. Unsubscribing unsubscribes from the source and the gate, and cancels
 * a pause.
 * @throws RangeError for an invalid `count`, `delay`, `delayLimit` or `jitter`; TypeError for other invalid arguments
 */
export function retryWhenConnected<Value>(
  gate: Gate,
  options: RetryOptions = {},
): MonoTypeOperatorFunction<Value> {
  check('retryWhenConnected', 'gate', gate)
  checkOptions('retryWhenConnected()', options, OPTIONS)
  const { count = Number.POSITIVE_INFINITY, delay = 1000, delayLimit = 60_000 } = options
  const { jitter = 0.5, random = Math.random } = options
  const draw = () => {
    const drawn = jitter === 0 ? 0 : random()
    checkArgument('a number from random of retryWhenConnected()', drawn, expected.fraction)
    return jitter * drawn
  }
  return (source) =>
    new Observable((subscriber) => {
      // Followed all the time, so that a `session$` stays open, and a gate that does not replay is known when the source fails.
      const state$ = new ReplaySubject<GateState>(1)
      const following = gateOf(gate).subscribe(state$)
      subscriber.add(state$.subscribe({ error: (error) => subscriber.error(error) }))
      const retried = retry<Value>({
        count,
        resetOnSuccess: true,
        delay: (error, attempt) =>
          state$.pipe(
            switchMap(({ isConnected, clock }, index) => {
              if (!isConnected) return EMPTY
              const isBack = index > 0
              const longest = Math.min(isBack ? delay : delay * 2 ** (attempt - 1), delayLimit)
              const part = isBack ? draw() : 1 - draw()
              // No part of a pause without an end is no pause, and not NaN.
              return part === 0 ? of(undefined) : pause(longest * part, timerOf(options, clock))
            }),
            take(1),
            throwIfEmpty(() => error),
          ),
      })
      if (!subscriber.closed) subscriber.add(source.pipe(retried).subscribe(subscriber))
      // After the source, which may still need the session of a `session$`.
      subscriber.add(following)
    })
}
