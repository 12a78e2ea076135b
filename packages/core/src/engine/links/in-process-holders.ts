import { asyncDispose, type Call, type Held, type Holder, type Holders } from '../../contract/index.js'
import { deferred } from '../../primitives/deferred.js'
import { orAborted } from '../../primitives/time/waits.js'

/** The holders of all links, by link: what the managers of one process share. */
export type HolderRegistry = Map<string, HolderEntry>

/** The holders of one link. */
export interface HolderEntry {
  /** Its holders: one identity for each `Holders`. */
  readonly members: Set<object>
  /** What to call when another holder stops the link, and for which holder. */
  readonly watchers: Map<(activation: string) => void, object>
  /** The activation that holders brought up. */
  owned: string | null
  /** Settles when the last one in the queue for the lock is done. */
  last: Promise<void>
  /** How many have the lock or wait for it. */
  queued: number
}

/** One per process, so that all its managers count together (rule H2). */
const PROCESS: HolderRegistry = new Map()

/**
 * Counts holders among the managers of this process (rule H2's in-process half).
 * @param registry for tests, and for a manager whose links no other manager can have
 */
export function inProcessHolders(registry: HolderRegistry = PROCESS): Holders {
  return new InProcessHolders(registry)
}

class InProcessHolders implements Holders {
  readonly span = 'process'
  readonly certainty = 'certain'
  readonly #member: object = {}
  readonly #registry: HolderRegistry

  constructor(registry: HolderRegistry) {
    this.#registry = registry
  }

  async locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, { signal }: Call): Promise<T> {
    signal.throwIfAborted()
    const key = keyOf(scope, id)
    const entry = this.#entry(key)
    const before = entry.last
    const turn = deferred()
    entry.last = turn.promise
    entry.queued += 1
    try {
      await orAborted(before, signal)
      return await run(this.#held(entry))
    } finally {
      // A caller that gave up waiting must not let the next one in before its predecessor is done.
      void before.then(() => {
        turn.resolve()
        entry.queued -= 1
        this.#forget(key, entry)
      })
    }
  }

  watch(scope: string, id: string, stopped: (activation: string) => void): () => void {
    const key = keyOf(scope, id)
    const entry = this.#entry(key)
    const listener = (activation: string) => stopped(activation)
    entry.watchers.set(listener, this.#member)
    return () => {
      entry.watchers.delete(listener)
      this.#forget(key, entry)
    }
  }

  list(scope: string, id: string): readonly Holder[] {
    const members = this.#registry.get(keyOf(scope, id))?.members ?? []
    return [...members].map((member) =>
      Object.freeze({ pid: null, name: null, since: null, isSelf: member === this.#member }),
    )
  }

  async [asyncDispose](): Promise<void> {
    for (const [key, entry] of this.#registry) {
      this.#leave(entry)
      for (const [listener, member] of entry.watchers)
        if (member === this.#member) entry.watchers.delete(listener)
      this.#forget(key, entry)
    }
  }

  #held(entry: HolderEntry): Held {
    const others = () => entry.members.size - (entry.members.has(this.#member) ? 1 : 0)
    return {
      certainty: 'certain',
      others: others(),
      // All members are known, and a member can join only under the lock.
      exclude: async () => others() === 0,
      owned: entry.owned,
      join: async (owned) => {
        entry.members.add(this.#member)
        entry.owned = owned
      },
      leave: async () => this.#leave(entry),
      stopping: (activation) => {
        for (const [listener, member] of [...entry.watchers])
          if (member !== this.#member) listener(activation)
      },
    }
  }

  #leave(entry: HolderEntry): void {
    entry.members.delete(this.#member)
    // No member is left that remembers whose activation it was (rule H3).
    if (entry.members.size === 0) entry.owned = null
  }

  #entry(key: string): HolderEntry {
    let entry = this.#registry.get(key)
    if (entry === undefined) {
      entry = {
        members: new Set(),
        watchers: new Map(),
        owned: null,
        last: Promise.resolve(),
        queued: 0,
      }
      this.#registry.set(key, entry)
    }
    return entry
  }

  #forget(key: string, entry: HolderEntry): void {
    if (entry.members.size > 0 || entry.watchers.size > 0 || entry.queued > 0) return
    if (this.#registry.get(key) === entry) this.#registry.delete(key)
  }
}

function keyOf(scope: string, id: string): string {
  return JSON.stringify([scope, id])
}
