import { toStore } from '@roamkit/rx'
import { useMemo, useSyncExternalStore } from 'react'

/**
 * The current value of a state stream: `useStream(state$, session)`. One subscription while the component is mounted.
 *
 * @template Source, Value
 * @param {(source: Source) => import('rxjs').Observable<Value>} stream what makes the stream: the same function each time
 * @param {Source} source
 * @returns {Value}
 */
export function useStream(stream, source) {
  const store = useMemo(() => toStore(stream(source)), [stream, source])
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot)
}
