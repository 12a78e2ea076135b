import type { Memory } from './record.js'

/** What a member of this process remembers now. */
export interface LocalMember {
  readonly memory: Memory
}

/**
 * Who of this process is a member of which key, exactly: nobody outside can hide them, and what they remember need not be read
 * from a table.
 */
export class LocalMembers {
  readonly #members = new Map<string, Map<string, LocalMember>>()

  /** Adds a member under its name; again: no effect. */
  join(key: string, name: string, member: LocalMember): void {
    const members = this.#members.get(key) ?? new Map<string, LocalMember>()
    this.#members.set(key, members.set(name, member))
  }

  /** Takes a member away; nothing happens where it was none. */
  leave(key: string, name: string): void {
    const members = this.#members.get(key)
    if (members?.delete(name) && members.size === 0) this.#members.delete(key)
  }

  /** The members of a key, by name. */
  of(key: string): ReadonlyMap<string, LocalMember> {
    return this.#members.get(key) ?? NOBODY
  }
}

const NOBODY: ReadonlyMap<string, LocalMember> = new Map()
