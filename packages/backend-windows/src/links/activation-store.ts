import type { Libraries } from '../ffi/libraries.js'
import { logonSession, openSharedMemory, scopeOf } from '../ffi/shared-memory.js'
import { decodeEntries, encodeEntries } from './activation-entries.js'
import type { ActivationEntries, ActivationStore } from './activations.js'

/** A store that every process of this logon session sees. */
export interface SharedActivationStore extends ActivationStore {
  /** The same text in all processes that see the store. */
  readonly scope: string
  /** Closes this process's view. Windows frees the memory when the last process has closed it. */
  close(): void
}

/** The entries that this process has seen last. They outlive the shared memory. */
export interface KnownActivations {
  entries: ActivationEntries
}

const NAME = 'Roamkit.Activations.1'
const SIZE = 64 * 1024

/**
 * Opens the store in memory that the processes of a logon session share. Returns `null` if Windows refuses the memory.
 *
 * @param libraries for the kernel's functions
 * @param known what this process has seen before; used if the memory is empty
 */
export function openSharedStore(libraries: Libraries, known: KnownActivations): SharedActivationStore | null {
  const session = logonSession(libraries)
  const shared = session === null ? null : openSharedMemory(libraries, `${NAME}.${session}`, SIZE)
  if (session === null || shared === null) return null
  return {
    scope: scopeOf(session),
    close: () => shared.close(),
    change: (run) => shared.runExclusive((memory) => changeEntries(memory, known, run)),
  }
}

/**
 * Without the lock (`null`), only what this process knows is changed: processes may then name an activation differently, but
 * none of them waits.
 */
function changeEntries<Value>(
  memory: Uint8Array | null,
  known: KnownActivations,
  run: (entries: ActivationEntries) => Value,
): Value {
  const entries = (memory && decodeEntries(memory)) ?? new Map(known.entries)
  const value = run(entries)
  known.entries = entries
  if (memory) encodeEntries(memory, entries)
  return value
}
