import { useCallback, useSyncExternalStore } from 'react'

/**
 * The current snapshot of a manager or a session: `useSnapshot(session).state`. One subscription while the component is mounted.
 *
 * @template Snapshot
 * @param {{ getSnapshot(): Snapshot, subscribe(listener: () => void): () => void }} source
 * @returns {Snapshot}
 */
export function useSnapshot(source) {
  // Not the methods by themselves: without their object they throw.
  const subscribe = useCallback((listener) => source.subscribe(listener), [source])
  const getSnapshot = () => source.getSnapshot()
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot)
}
