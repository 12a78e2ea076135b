/** A manager or a session. */
interface Source<Snapshot> {
  getSnapshot(): Snapshot
  subscribe(listener: () => void): () => void
}

/** Writes the current snapshot, then each new one. Returns the undo. */
export function follow<Snapshot>(source: Source<Snapshot>, write: (snapshot: Snapshot) => void): () => void {
  const update = () => write(source.getSnapshot())
  update()
  return source.subscribe(update)
}
