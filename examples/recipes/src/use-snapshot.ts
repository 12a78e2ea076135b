import { onScopeDispose, type ShallowRef, shallowReadonly, shallowRef } from 'vue'

/** A manager or a session. */
interface Source<Snapshot> {
  getSnapshot(): Snapshot
  subscribe(listener: () => void): () => void
}

/** The current snapshot, until the component is unmounted or the effect scope is stopped. */
export function useSnapshot<Snapshot>(source: Source<Snapshot>): Readonly<ShallowRef<Snapshot>> {
  const snapshot = shallowRef(source.getSnapshot())
  onScopeDispose(
    source.subscribe(() => {
      snapshot.value = source.getSnapshot()
    }),
  )
  return shallowReadonly(snapshot)
}
