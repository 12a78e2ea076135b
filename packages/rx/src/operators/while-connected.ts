import { dematerialize, EMPTY, type MonoTypeOperatorFunction, materialize, switchMap } from 'rxjs'
import { type Gate, gateOf } from './gate.js'

/**
 * Subscribes to the source while connected, and unsubscribes while not: each connection has a subscription of its own.
 * Ends when the source does, and when it can never be connected again.
 */
export function whileConnected<Value>(gate: Gate): MonoTypeOperatorFunction<Value> {
  return (source) =>
    gateOf(gate).pipe(
      // As a value the source's end gets through switchMap, which would wait for the gate's.
      switchMap((isConnected) => (isConnected ? source.pipe(materialize()) : EMPTY)),
      dematerialize(),
    )
}
