import type { Libraries } from '../ffi/libraries.js'
import { logonSession, openSharedMemory, scopeOf } from '../ffi/shared-memory.js'
import { decodeEntries, encodeEntries } from './activation-entries.js'
import type { ActivationEntries, ActivationShelf } from './activations.js'

/** A shelf that every process of this logon session sees. */
export interface SharedShelf extends ActivationShelf {
  /** Equal for all who see it. */
  readonly scope: string
  /** Gives it back; Windows forgets it with the last one who has it. */
  close(): void
}

/** What is kept where there is nobody else to keep it. */
export interface Remembered {
  entries: ActivationEntries
}

const NAME = 'Roamkit.Activations.1'
const SIZE = 64 * 1024

/**
 * Entries in memory that the processes of a logon session share; `null` where it cannot be had.
 *
 * @param libraries for the kernel's functions
 * @param remembered what this process knows from before, for a memory that is new
 */
export function openSharedShelf(libraries: Libraries, remembered: Remembered): SharedShelf | null {
  const session = logonSession(libraries)
  const shared = session === null ? null : openSharedMemory(libraries, `${NAME}.${session}`, SIZE)
  if (session === null || shared === null) return null
  return {
    scope: scopeOf(session),
    close: () => shared.close(),
    change: (run) => shared.alone((memory) => changed(memory, remembered, run)),
  }
}

/** Without the lock, on what is remembered alone: names may then differ between processes, and nothing waits. */
function changed<Value>(
  memory: Uint8Array | null,
  remembered: Remembered,
  run: (entries: ActivationEntries) => Value,
): Value {
  const entries = (memory && decodeEntries(memory)) ?? new Map(remembered.entries)
  const value = run(entries)
  remembered.entries = entries
  if (memory) encodeEntries(memory, entries)
  return value
}
