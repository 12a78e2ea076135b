import { checkOptions, expected } from '@roamkit/core/backend-kit'
import { dematerialize, EMPTY, type MonoTypeOperatorFunction, materialize, switchMap } from 'rxjs'
import { check } from '../arguments.js'
import { pause, TIME, type TimeOptions, timerOf } from '../delay.js'
import { type Gate, gateOf } from './gate.js'

/** Options of {@link whileConnected}. */
export interface SettleOptions extends TimeOptions {
  /**
   * How long the gate must have been connected without a break before the source is subscribed to, in milliseconds. Counts from when this
   * operator sees the connection. A loose plug then causes no subscriptions that last a second. Unsubscribes without a delay.
   * @defaultValue 0: subscribes at once
   */
  readonly settle?: number
}

const OPTIONS = { ...TIME.options, settle: expected.milliseconds }

/**
 * Subscribes to the source when connected and unsubscribes when not, so that each connection has its own subscription. Ends when the source
 * does, or when the gate completes while not connected. Unsubscribing unsubscribes from the source and the gate, and cancels a settling
 * time.
 * @throws RangeError for a negative `settle`; TypeError for other invalid arguments
 */
export function whileConnected<Value>(
  gate: Gate,
  options: SettleOptions = {},
): MonoTypeOperatorFunction<Value> {
  check('whileConnected', 'gate', gate)
  checkOptions('whileConnected()', options, OPTIONS)
  const { settle = 0 } = options
  return (source) =>
    gateOf(gate).pipe(
      // Materialized, the end of the source passes through switchMap, which would otherwise wait for the end of the gate.
      switchMap(({ isConnected, clock }) => {
        if (!isConnected) return EMPTY
        const connected = source.pipe(materialize())
        if (settle === 0) return connected
        return pause(settle, timerOf(options, clock)).pipe(switchMap(() => connected))
      }),
      dematerialize(),
    )
}
