import { type Readable, readable } from 'svelte/store'

/** A manager or a session. */
interface Source<Snapshot> {
  getSnapshot(): Snapshot
  subscribe(listener: () => void): () => void
}

/** The current snapshot as a store. It listens while the store has a subscriber. */
export function snapshotStore<Snapshot>(source: Source<Snapshot>): Readable<Snapshot> {
  return readable(source.getSnapshot(), (set) => {
    const update = () => set(source.getSnapshot())
    update() // the value may be old: nothing listened until now
    return source.subscribe(update)
  })
}
