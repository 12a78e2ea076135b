import type { Held, Holder, Holders, LockCall } from '@roamkit/core/contract'
import type { Continuation } from './continuation.js'

/** A backend that counts, and what leads from the configurations that are shown to its own. */
export interface Counted {
  readonly holders: Holders
  readonly scope: string
  readonly names: Continuation
}

/** What one backend counts: the configurations that hold each of its links. */
interface Count {
  readonly scope: string
  readonly members: Map<string, Set<string>>
}

interface Watch {
  readonly id: string
  stopped(activation: string): void
  undo: () => void
}

/**
 * Counts holders with whatever backend is in use. A link that goes on under another backend stays counted: it is joined there, too. Two
 * configurations may be one link: as long as one of them holds it, the other may not take it down.
 */
export class FollowingHolders implements Holders {
  readonly #scope: string
  #now: Counted
  readonly #counts = new Map<Holders, Count>()
  readonly #watches = new Set<Watch>()

  /**
   * @param scope the scope that core knows
   * @param first the first backend
   */
  constructor(scope: string, first: Counted) {
    this.#scope = scope
    this.#now = first
  }

  get span(): Holders['span'] {
    return this.#now.holders.span
  }

  get certainty(): Holders['certainty'] {
    return this.#now.holders.certainty
  }

  /** Counts with another backend from now on. Resolves when everything that is held is counted there, too, or cannot be. */
  async follow(now: Counted, call: LockCall): Promise<void> {
    const before = this.#count(this.#now)
    this.#now = now
    for (const watch of this.#watches) {
      watch.undo()
      watch.undo = this.#watchNow(watch.id, watch.stopped)
    }
    const held = [...before.members.values()].flatMap((ids) => [...ids])
    await Promise.all(held.map((id) => this.#joinHere(id, before, call)))
  }

  /** A backend is disposed, and with it what it counted. */
  drop(holders: Holders): void {
    this.#counts.delete(holders)
  }

  async locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, call: LockCall): Promise<T> {
    const now = this.#now
    const count = this.#count(now)
    // The lock of a device has a scope of its own, which contains that of the links.
    if (scope !== this.#scope)
      return now.holders.locked(
        scope.replace(this.#scope, () => now.scope),
        id,
        run,
        call,
      )
    try {
      return await now.holders.locked(
        now.scope,
        now.names.idOf(id),
        (held) => run(this.#named(id, held, now, count, call)),
        call,
      )
    } finally {
      // Another backend has taken over meanwhile, after those that it was told of.
      if (now !== this.#now) await this.#joinHere(id, count, call)
    }
  }

  watch(_scope: string, id: string, stopped: (activation: string) => void): () => void {
    const watch: Watch = { id, stopped, undo: this.#watchNow(id, stopped) }
    this.#watches.add(watch)
    return () => {
      this.#watches.delete(watch)
      watch.undo()
    }
  }

  list(_scope: string, id: string): readonly Holder[] {
    const { holders, scope, names } = this.#now
    return holders.list(scope, names.idOf(id))
  }

  /** The backends dispose what is theirs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { undo } of this.#watches) undo()
    this.#watches.clear()
  }

  #watchNow(id: string, stopped: (activation: string) => void): () => void {
    const { holders, scope, names } = this.#now
    return holders.watch(scope, names.idOf(id), (activation) => stopped(names.ours(id, activation)))
  }

  /** Counts a configuration here if it still holds its link there. If it cannot be counted now, the next command does so. */
  async #joinHere(id: string, { members }: Count, call: LockCall): Promise<void> {
    const isHeld = () => [...members.values()].some((ids) => ids.has(id))
    if (!isHeld()) return
    const join = async (here: Held) => {
      if (isHeld()) await here.join(here.owned)
    }
    await this.locked(this.#scope, id, join, call).catch(() => undefined)
  }

  /** What holds a link, as one of its configurations sees it. */
  #named(id: string, held: Held, { holders, names }: Counted, { members }: Count, call: LockCall): Held {
    const link = names.idOf(id)
    const isHeldBesides = () => [...(members.get(link) ?? [])].some((member) => member !== id)
    return {
      certainty: held.certainty,
      others: held.others + (isHeldBesides() ? 1 : 0),
      owned: held.owned === null ? null : names.ours(id, held.owned),
      exclude: async () => !isHeldBesides() && (await held.exclude()),
      join: async (owned) => {
        members.set(link, (members.get(link) ?? new Set()).add(id))
        await held.join(owned === null ? null : names.theirs(id, owned))
      },
      leave: async () => {
        if (forget(members, link, id)) await held.leave()
        await this.#leaveElsewhere(id, holders, call)
      },
      stopping: (activation) => held.stopping(names.theirs(id, activation)),
    }
  }

  #count({ holders, scope }: Counted): Count {
    const count = this.#counts.get(holders) ?? { scope, members: new Map() }
    this.#counts.set(holders, count)
    return count
  }

  /** A backend that is away still counts what was held before. */
  async #leaveElsewhere(id: string, here: Holders, call: LockCall): Promise<void> {
    for (const [holders, { scope, members }] of this.#counts) {
      if (holders === here) continue
      for (const [link, ids] of members)
        if (ids.has(id) && forget(members, link, id))
          await holders.locked(scope, link, (held) => held.leave(), call)
    }
  }
}

/** Takes a configuration from those that hold a link. Returns whether none is left. */
function forget(members: Map<string, Set<string>>, link: string, id: string): boolean {
  const ids = members.get(link)
  ids?.delete(id)
  if (ids !== undefined && ids.size > 0) return false
  members.delete(link)
  return true
}
