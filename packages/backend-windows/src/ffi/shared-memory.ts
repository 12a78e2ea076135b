import { koffi } from './declarations.js'
import type { Libraries } from './libraries.js'

/** Named memory that the processes of this logon session share. It exists as long as one of them has it open. */
export interface SharedMemory {
  /**
   * Runs a function while no other process uses the memory. Waits for at most 100 ms: after that, because the process that has the
   * memory is suspended, the function gets `null`.
   */
  runExclusive<Value>(run: (memory: Uint8Array | null) => Value): Value
  /** Closes this process's view. Idempotent. */
  close(): void
}

/** PAGE_READWRITE, FILE_MAP_WRITE, INVALID_HANDLE_VALUE. */
const READ_WRITE = 4
const MAP_WRITE = 2
const NO_FILE = -1
/** WAIT_OBJECT_0, and WAIT_ABANDONED: the process that had it died. */
const ACQUIRED = [0, 0x80]
/** Milliseconds. Reading and writing takes less: only a suspended process has the memory for longer. */
const LOCK_TIMEOUT = 100

/**
 * Opens the memory, or creates it filled with zeros. Returns `null` if Windows refuses it, for example because an elevated process
 * created it. Windows releases the mutex and the memory when a process ends, in whatever way.
 */
export function openSharedMemory(libraries: Libraries, name: string, size: number): SharedMemory | null {
  const kernel = libraries.get('kernel32')
  if (kernel === null) return null
  const mutex = kernel.CreateMutexW.sync(null, 0, `Local\\${name}.Mutex`)
  const mapping = kernel.CreateFileMappingW.sync(NO_FILE, null, READ_WRITE, 0, size, `Local\\${name}.Memory`)
  const view = mapping ? kernel.MapViewOfFile.sync(mapping, MAP_WRITE, 0, 0, size) : 0
  let isClosed = false
  const close = () => {
    if (isClosed) return
    isClosed = true
    if (view) kernel.UnmapViewOfFile.sync(view)
    for (const handle of [mapping, mutex]) if (handle) kernel.CloseHandle.sync(handle)
  }
  if (!mutex || !view) {
    close()
    return null
  }
  const memory = new Uint8Array(koffi.view(view, size))
  return {
    close,
    runExclusive(run) {
      if (isClosed || !ACQUIRED.includes(kernel.WaitForSingleObject.sync(mutex, LOCK_TIMEOUT)))
        return run(null)
      try {
        return run(memory)
      } finally {
        kernel.ReleaseMutex.sync(mutex)
      }
    },
  }
}

/** The scope of activation names: all links of the machine, as this logon session names them. */
export function scopeOf(session: number): string {
  return `windows session ${session}`
}

/** The number of this logon session; `null` if unknown. */
export function logonSession(libraries: Libraries): number | null {
  const kernel = libraries.get('kernel32')
  const session: [number] = [0]
  if (!kernel?.ProcessIdToSessionId.sync(kernel.GetCurrentProcessId.sync(), session)) return null
  return session[0]
}
