import { decodeEntries, encodeEntries } from './activation-entries.js'
import type { ActivationEntries, ActivationShelf } from './activations.js'
import { koffi } from './declarations.js'
import type { Functions, Libraries } from './libraries.js'

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

const NAME = 'Local\\Roamkit.Activations.1'
const SIZE = 64 * 1024
/** PAGE_READWRITE, FILE_MAP_WRITE, INVALID_HANDLE_VALUE. */
const READ_WRITE = 4
const MAP_WRITE = 2
const NO_FILE = -1
/** WAIT_OBJECT_0, and WAIT_ABANDONED: whoever had it died with it. */
const HAD = [0, 0x80]
/** Nobody has it for longer than it takes to read and write the entries: this long, in milliseconds, only who is stopped. */
const PATIENCE = 100

/**
 * Entries in memory that the processes of a logon session share, behind a mutex: Windows gives both back when a process dies,
 * however it dies. `null` where they cannot be had, for example because an elevated process has made them.
 *
 * @param libraries for the kernel's functions
 * @param remembered what this process knows from before, for a memory that is new
 */
export function openSharedShelf(libraries: Libraries, remembered: Remembered): SharedShelf | null {
  const kernel = libraries.get('kernel32')
  if (kernel === null) return null
  const session: [number] = [0]
  if (!kernel.ProcessIdToSessionId.now(kernel.GetCurrentProcessId.now(), session)) return null
  const mutex = kernel.CreateMutexW.now(null, 0, `${NAME}.Mutex`)
  const mapping = kernel.CreateFileMappingW.now(NO_FILE, null, READ_WRITE, 0, SIZE, `${NAME}.Memory`)
  const view = mapping ? kernel.MapViewOfFile.now(mapping, MAP_WRITE, 0, 0, SIZE) : 0
  const close = () => {
    if (view) kernel.UnmapViewOfFile.now(view)
    for (const handle of [mapping, mutex]) if (handle) kernel.CloseHandle.now(handle)
  }
  if (!mutex || !view) {
    close()
    return null
  }
  const memory = new Uint8Array(koffi.view(view, SIZE))
  return {
    scope: `windows session ${session[0]}`,
    close,
    change: (run) => locked(kernel, mutex, (isAlone) => changed(isAlone ? memory : null, remembered, run)),
  }
}

function locked<Value>(
  kernel: Functions<'kernel32'>,
  mutex: unknown,
  run: (isAlone: boolean) => Value,
): Value {
  const isAlone = HAD.includes(kernel.WaitForSingleObject.now(mutex, PATIENCE))
  try {
    return run(isAlone)
  } finally {
    if (isAlone) kernel.ReleaseMutex.now(mutex)
  }
}

/** Without the lock, on what is remembered alone: names may then differ between processes, and nothing waits. */
function changed<Value>(
  memory: Uint8Array | null,
  remembered: Remembered,
  run: (entries: ActivationEntries) => Value,
): Value {
  const entries = (memory && decodeEntries(memory)) ?? { ...remembered.entries }
  const value = run(entries)
  remembered.entries = entries
  if (memory) encodeEntries(memory, entries)
  return value
}
