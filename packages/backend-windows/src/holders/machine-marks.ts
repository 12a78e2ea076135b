import { createHash } from 'node:crypto'
import { koffi, structs } from '../ffi/declarations.js'
import type { Functions, Libraries } from '../ffi/libraries.js'

/** Everyone may wait for it, release it and see that it is there (SYNCHRONIZE, MUTEX_MODIFY_STATE), and nothing else. */
const ACCESS = 0x10_0001
const EVERYONE = 'D:(A;;0x100001;;;WD)'
const SDDL_REVISION = 1
/** SYNCHRONIZE. */
const SEE = 0x10_0000
/** WAIT_OBJECT_0, and WAIT_ABANDONED: whoever had it died with it. */
const HAD = [0, 0x80]
/** Another logon session has a lock for this long at most, in milliseconds, before one goes on without it: less than `lockTimeout`. */
const PATIENCE = 8000
/** Attempts that are further apart than this are not one wait, in milliseconds. */
const PAUSE = 1000

/** A lock among the logon sessions of the machine. `blind`: it was not to be had, so somebody else may hold the link. */
export interface MachineLock {
  readonly kind: 'sure' | 'blind'
  /** Gives it back, at once; again: no effect. */
  release(): void
}

/**
 * What the logon sessions of a machine know of each other: for each key a mutex, and a mark that is there as long as a process of
 * any of them has it. Both are names that every user may make, and both are given back by Windows when a process dies. Who
 * makes them unusable for others reaches that links stay up.
 */
export class MachineMarks {
  readonly #kernel: Functions<'kernel32'>
  readonly #attributes: object
  readonly #free: () => void
  readonly #now: () => number
  /** Handles of marks by key, and how many have put them up here. */
  readonly #marks = new Map<string, { handle: unknown; count: number }>()
  /** Handles of what keeps others from a key. */
  readonly #claims = new Set<unknown>()
  /** Locks that others have: since when, and when that was seen last. */
  readonly #busy = new Map<string, { readonly since: number; readonly last: number }>()

  private constructor(
    kernel: Functions<'kernel32'>,
    { attributes, free, now }: { readonly attributes: object; free(): void; now(): number },
  ) {
    this.#kernel = kernel
    this.#attributes = attributes
    this.#free = free
    this.#now = now
  }

  /**
   * `null` where a process may not have names that the whole machine sees: in an application container.
   *
   * @param libraries for the system's functions
   * @param now milliseconds that only grow
   */
  static open(libraries: Libraries, now: () => number = () => performance.now()): MachineMarks | null {
    const kernel = libraries.get('kernel32')
    const security = libraries.get('advapi32')
    if (kernel === null || security === null) return null
    const out: [unknown] = [null]
    const { ConvertStringSecurityDescriptorToSecurityDescriptorW: convert } = security
    if (convert.now(EVERYONE, SDDL_REVISION, out, null) !== 1 || !out[0]) return null
    const [descriptor] = out
    const attributes = {
      nLength: koffi.sizeof(structs.SECURITY_ATTRIBUTES),
      lpSecurityDescriptor: descriptor,
      bInheritHandle: 0,
    }
    const it = new MachineMarks(kernel, { attributes, now, free: () => kernel.LocalFree.now(descriptor) })
    const lock = it.lock(`probe ${process.pid} ${now()}`)
    lock?.release()
    if (lock?.kind === 'sure') return it
    it.close()
    return null
  }

  /** Takes the lock of a key where it is free; `null` where another logon session has it, and has not had it for too long. */
  lock(key: string): MachineLock | null {
    const { CreateMutexExW, WaitForSingleObject, ReleaseMutex, CloseHandle } = this.#kernel
    const mutex: unknown = CreateMutexExW.now(this.#attributes, nameOf('Lock', key), 0, ACCESS)
    // Made by somebody who lets nobody else have it.
    if (!mutex) return BLIND
    if (!HAD.includes(WaitForSingleObject.now(mutex, 0))) {
      CloseHandle.now(mutex)
      return this.#isOverstayed(key) ? BLIND : null
    }
    this.#busy.delete(key)
    let isReleased = false
    return {
      kind: 'sure',
      release: () => {
        if (isReleased) return
        isReleased = true
        // On the thread that has taken it: there is no other that runs JS here.
        ReleaseMutex.now(mutex)
        CloseHandle.now(mutex)
      },
    }
  }

  /** Whether another logon session had the lock when it was tried last. */
  isBusy(key: string): boolean {
    return this.#busy.has(key)
  }

  /** Puts the mark of a key up; returns the undo, which works once. */
  mark(key: string): () => void {
    const mark = this.#marks.get(key) ?? { handle: this.#make('Mark', key), count: 0 }
    mark.count += 1
    this.#marks.set(key, mark)
    let isDone = false
    return () => {
      if (isDone) return
      isDone = true
      mark.count -= 1
      if (mark.count > 0) return
      this.#marks.delete(key)
      this.#close(mark.handle)
    }
  }

  /**
   * Whether the mark of a key is up by somebody else. To be asked under its lock, so that nobody else looks in the moment
   * without the own one. Without error codes, which come too late through FFI: a name that can neither be opened nor made is there.
   */
  isMarkedElsewhere(key: string): boolean {
    const own = this.#marks.get(key)
    if (own !== undefined) this.#close(own.handle)
    const seen: unknown = this.#kernel.OpenEventW.now(SEE, 0, nameOf('Mark', key))
    const made: unknown = seen ? null : this.#make('Mark', key)
    if (own !== undefined) own.handle = seen || made
    else this.#close(seen || made)
    return Boolean(seen) || !made
  }

  /**
   * Keeps other logon sessions from a key, from now on; the undo, or `null` where somebody does so already. Who is there may still
   * be: that is to be asked afterwards, as whoever comes marks first and asks then, so that of two at once one at least sees the other.
   */
  exclude(key: string): (() => void) | null {
    if (this.isExcluded(key)) return null
    const handle: unknown = this.#make('Claim', key)
    if (!handle) return null
    this.#claims.add(handle)
    return () => {
      if (this.#claims.delete(handle)) this.#close(handle)
    }
  }

  /** Whether somebody on the machine keeps others from a key. Who has taken that name for himself alone keeps nobody away. */
  isExcluded(key: string): boolean {
    const seen: unknown = this.#kernel.OpenEventW.now(SEE, 0, nameOf('Claim', key))
    this.#close(seen)
    return Boolean(seen)
  }

  /** Takes every mark down. */
  close(): void {
    for (const mark of this.#marks.values()) {
      this.#close(mark.handle)
      mark.handle = null
    }
    this.#marks.clear()
    for (const handle of this.#claims) this.#close(handle)
    this.#claims.clear()
    this.#free()
  }

  /** As long as there is a handle the name is there; without one it is somebody else's, who lets nobody have it. */
  #make(what: 'Mark' | 'Claim', key: string): unknown {
    return this.#kernel.CreateEventExW.now(this.#attributes, nameOf(what, key), 0, SEE)
  }

  #close(handle: unknown): void {
    if (handle) this.#kernel.CloseHandle.now(handle)
  }

  #isOverstayed(key: string): boolean {
    const now = this.#now()
    const before = this.#busy.get(key)
    const isSame =
      before !== undefined && (now - before.last < PAUSE || before.last - before.since > PATIENCE)
    const since = isSame ? before.since : now
    this.#busy.set(key, { since, last: now })
    return now - since > PATIENCE
  }
}

const BLIND: MachineLock = Object.freeze({ kind: 'blind', release() {} })

/** Keys are any text, and names have no backslash and an end. */
function nameOf(what: 'Lock' | 'Mark' | 'Claim', key: string): string {
  return `Global\\Roamkit.${what}.1.${createHash('sha256').update(key).digest('base64url')}`
}
