import type { ActivationEntries, ActivationEntry, ActivationShelf } from './activations.js'
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

/** The length as 32 bits, then JSON. `null` while nobody has written; whatever makes no sense is left out: others write here. */
export function decodeEntries(memory: Uint8Array): ActivationEntries | null {
  const length = new DataView(memory.buffer, memory.byteOffset).getUint32(0, true)
  if (length === 0 || length > memory.length - 4) return null
  try {
    const found: unknown = JSON.parse(Buffer.from(memory.slice(4, 4 + length)).toString('utf8'))
    if (typeof found !== 'object' || found === null) return null
    return Object.fromEntries(Object.entries(found).filter(isEntry))
  } catch {
    // Torn by somebody who died while writing: begin anew.
    return null
  }
}

/** The reverse; entries that are over go first where all do not fit. */
export function encodeEntries(memory: Uint8Array, entries: ActivationEntries): void {
  for (const kept of [entries, living(entries), {}]) {
    const text = Buffer.from(JSON.stringify(kept), 'utf8')
    if (text.length > memory.length - 4) continue
    memory.set(text, 4)
    new DataView(memory.buffer, memory.byteOffset).setUint32(0, text.length, true)
    return
  }
}

function living(entries: ActivationEntries): ActivationEntries {
  return Object.fromEntries(Object.entries(entries).filter(([, { is }]) => is !== 'over'))
}

function isEntry(entry: [string, unknown]): entry is [string, ActivationEntry] {
  const { number, is } = (entry[1] ?? {}) as Record<string, unknown>
  return Number.isSafeInteger(number) && (is === 'asked' || is === 'live' || is === 'over')
}
