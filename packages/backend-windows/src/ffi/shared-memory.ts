import { koffi } from './declarations.js'
import type { Libraries } from './libraries.js'

/** Memory that every process of this logon session sees under a name, as long as one of them has it. */
export interface SharedMemory {
  /**
   * Runs alone with the memory; with `null` where it is not to be had in time, because whoever has it is stopped. It waits for
   * nobody longer than that.
   */
  alone<Value>(run: (memory: Uint8Array | null) => Value): Value
  /** Gives it back. */
  close(): void
}

/** PAGE_READWRITE, FILE_MAP_WRITE, INVALID_HANDLE_VALUE. */
const READ_WRITE = 4
const MAP_WRITE = 2
const NO_FILE = -1
/** WAIT_OBJECT_0, and WAIT_ABANDONED: whoever had it died with it. */
const HAD = [0, 0x80]
/** Nobody has it for longer than it takes to read and write it: this long, in milliseconds, only who is stopped. */
const PATIENCE = 100

/**
 * Opens it, or makes it, full of zeros. `null` where it cannot be had, for example because an elevated process has made it.
 * Windows gives mutex and memory back when a process dies, however it dies.
 */
export function openSharedMemory(libraries: Libraries, name: string, size: number): SharedMemory | null {
  const kernel = libraries.get('kernel32')
  if (kernel === null) return null
  const mutex = kernel.CreateMutexW.now(null, 0, `Local\\${name}.Mutex`)
  const mapping = kernel.CreateFileMappingW.now(NO_FILE, null, READ_WRITE, 0, size, `Local\\${name}.Memory`)
  const view = mapping ? kernel.MapViewOfFile.now(mapping, MAP_WRITE, 0, 0, size) : 0
  let isClosed = false
  const close = () => {
    if (isClosed) return
    isClosed = true
    if (view) kernel.UnmapViewOfFile.now(view)
    for (const handle of [mapping, mutex]) if (handle) kernel.CloseHandle.now(handle)
  }
  if (!mutex || !view) {
    close()
    return null
  }
  const memory = new Uint8Array(koffi.view(view, size))
  return {
    close,
    alone(run) {
      if (isClosed || !HAD.includes(kernel.WaitForSingleObject.now(mutex, PATIENCE))) return run(null)
      try {
        return run(memory)
      } finally {
        kernel.ReleaseMutex.now(mutex)
      }
    },
  }
}

/** The scope of all links whose activations are named in that logon session. */
export function scopeOf(session: number): string {
  return `windows session ${session}`
}

/** The number of this logon session; `null` where Windows does not tell. */
export function logonSession(libraries: Libraries): number | null {
  const kernel = libraries.get('kernel32')
  const session: [number] = [0]
  if (!kernel?.ProcessIdToSessionId.now(kernel.GetCurrentProcessId.now(), session)) return null
  return session[0]
}
