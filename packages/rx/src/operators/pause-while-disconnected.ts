import { filter, type MonoTypeOperatorFunction, map, withLatestFrom } from 'rxjs'
import { check } from '../arguments.js'
import { type Gate, gateOf } from './gate.js'

/**
 * Stays subscribed to the source and drops its values while not connected. Use `bufferUntilConnected` to keep them. Ends when the
 * source does. Unsubscribing unsubscribes from the source and the gate.
 * @throws TypeError for invalid arguments
 */
export function pauseWhileDisconnected<Value>(gate: Gate): MonoTypeOperatorFunction<Value> {
  check('pauseWhileDisconnected', 'gate', gate)
  return (source) =>
    source.pipe(
      withLatestFrom(gateOf(gate)),
      filter(([, { isConnected }]) => isConnected),
      map(([value]) => value),
    )
}
