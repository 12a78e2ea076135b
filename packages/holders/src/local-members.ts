import type { Memory } from './record.js'

/** What a member of this process remembers now. */
export interface LocalMember {
  readonly memory: Memory
}

/** The exact members of this process for each key: other processes cannot hide them, and their memory need not be read from a table. */
export class LocalMembers {
  readonly #members = new Map<string, Map<string, LocalMember>>()

  /** Adds a member under its name. Idempotent. */
  join(key: string, name: string, member: LocalMember): void {
    const members = this.#members.get(key) ?? new Map<string, LocalMember>()
    this.#members.set(key, members.set(name, member))
  }

  /** Removes a member. No effect if it was not one. */
  leave(key: string, name: string): void {
    const members = this.#members.get(key)
    if (members?.delete(name) && members.size === 0) this.#members.delete(key)
  }

  /** The members of a key, by name. */
  of(key: string): ReadonlyMap<string, LocalMember> {
    return this.#members.get(key) ?? NO_MEMBERS
  }
}

const NO_MEMBERS: ReadonlyMap<string, LocalMember> = new Map()
