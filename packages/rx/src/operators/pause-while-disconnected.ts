import { filter, type MonoTypeOperatorFunction, map, withLatestFrom } from 'rxjs'
import { type Gate, gateOf } from './gate.js'

/**
 * Stays subscribed to the source, and drops what it emits while not connected; `bufferUntilConnected` keeps that. Ends
 * with the source.
 */
export function pauseWhileDisconnected<Value>(gate: Gate): MonoTypeOperatorFunction<Value> {
  return (source) =>
    source.pipe(
      withLatestFrom(gateOf(gate)),
      filter(([, isConnected]) => isConnected),
      map(([value]) => value),
    )
}
