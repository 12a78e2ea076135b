import { dematerialize, EMPTY, type MonoTypeOperatorFunction, materialize, switchMap } from 'rxjs'
import { check } from '../arguments.js'
import { type Gate, gateOf } from './gate.js'

/**
 * Subscribes to the source when connected and unsubscribes when not, so that each connection has its own subscription. Ends when the source
 * does, or when the gate completes while not connected.
 */
export function whileConnected<Value>(gate: Gate): MonoTypeOperatorFunction<Value> {
  check('whileConnected', 'gate', gate)
  return (source) =>
    gateOf(gate).pipe(
      // Materialized, the end of the source passes through switchMap, which would otherwise wait for the end of the gate.
      switchMap((isConnected) => (isConnected ? source.pipe(materialize()) : EMPTY)),
      dematerialize(),
    )
}
