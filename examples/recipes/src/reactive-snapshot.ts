import { createSubscriber } from 'svelte/reactivity'

/** A manager or a session. */
interface Source<Snapshot> {
  getSnapshot(): Snapshot
  subscribe(listener: () => void): () => void
}

/** The current snapshot as a reactive property. It listens while an effect, such as a component, reads it. */
export function reactiveSnapshot<Snapshot>(source: Source<Snapshot>): { readonly current: Snapshot } {
  const track = createSubscriber((update) => source.subscribe(update))
  return {
    get current() {
      track()
      return source.getSnapshot()
    },
  }
}
