import { createHash } from 'node:crypto'
import { koffi, structs } from '../ffi/declarations.js'
import type { Functions, Libraries } from '../ffi/libraries.js'

/** Lets everyone wait for a mutex, release it and open it (SYNCHRONIZE, MUTEX_MODIFY_STATE), and nothing else. */
const ACCESS = 0x10_0001
const EVERYONE = 'D:(A;;0x100001;;;WD)'
const SDDL_REVISION = 1
const SYNCHRONIZE = 0x10_0000
/** WAIT_OBJECT_0, and WAIT_ABANDONED: the process that had it died. */
const ACQUIRED = [0, 0x80]
/** Milliseconds after which a lock of another logon session is ignored. Less than the holders' `lockTimeout`. */
const OVERSTAYED_AFTER = 8000
/** Milliseconds. Attempts that are further apart do not belong to the same wait. */
const SAME_WAIT_WITHIN = 1000

/** A lock between logon sessions. `blind`: it was not available, so another session may hold the link. */
export interface CrossSessionLock {
  readonly kind: 'sure' | 'blind'
  /** Gives the lock back at once. Idempotent. */
  release(): void
}

/**
 * What the logon sessions of a machine know of each other. For each key there is a mutex, and a mark that exists as long as a process
 * of any session has set it. Any user can create these names, and Windows removes them when a process dies. A user who makes
 * them unusable for others only achieves that links stay up.
 */
export class CrossSessionLocks {
  readonly #kernel: Functions<'kernel32'>
  readonly #attributes: object
  readonly #free: () => void
  readonly #now: () => number
  /** Marks of this process by key, each with the number of callers that have set it. */
  readonly #marks = new Map<string, { handle: unknown; count: number }>()
  /** Handles that exclude other sessions from a key. */
  readonly #claims = new Set<unknown>()
  /** Locks of other sessions: when the wait for one began, and when it was last tried. */
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
   * Returns `null` if this process may not create names that the whole machine sees, as in an application container.
   *
   * @param libraries for the system's functions
   * @param now a monotonic clock in milliseconds
   */
  static open(libraries: Libraries, now: () => number = () => performance.now()): CrossSessionLocks | null {
    const kernel = libraries.get('kernel32')
    const security = libraries.get('advapi32')
    if (kernel === null || security === null) return null
    const out: [unknown] = [null]
    const { ConvertStringSecurityDescriptorToSecurityDescriptorW: convert } = security
    if (convert.sync(EVERYONE, SDDL_REVISION, out, null) !== 1 || !out[0]) return null
    const [descriptor] = out
    const attributes = {
      nLength: koffi.sizeof(structs.SECURITY_ATTRIBUTES),
      lpSecurityDescriptor: descriptor,
      bInheritHandle: 0,
    }
    const locks = new CrossSessionLocks(kernel, {
      attributes,
      now,
      free: () => kernel.LocalFree.sync(descriptor),
    })
    const lock = locks.lock(`probe ${process.pid} ${now()}`)
    lock?.release()
    if (lock?.kind === 'sure') return locks
    locks.close()
    return null
  }

  /**
   * Takes the lock of a key if it is free. Returns `null` if another session has it, and a blind lock if that session has had it for
   * more than 8 s.
   */
  lock(key: string): CrossSessionLock | null {
    const { CreateMutexExW, WaitForSingleObject, ReleaseMutex, CloseHandle } = this.#kernel
    const mutex: unknown = CreateMutexExW.sync(this.#attributes, nameOf('Lock', key), 0, ACCESS)
    // Another user created it, and lets no other user use it.
    if (!mutex) return BLIND
    if (!ACQUIRED.includes(WaitForSingleObject.sync(mutex, 0))) {
      CloseHandle.sync(mutex)
      return this.#isOverstayed(key) ? BLIND : null
    }
    this.#busy.delete(key)
    let isReleased = false
    return {
      kind: 'sure',
      release: () => {
        if (isReleased) return
        isReleased = true
        // A mutex belongs to the thread that took it: all JavaScript here runs on that one.
        ReleaseMutex.sync(mutex)
        CloseHandle.sync(mutex)
      },
    }
  }

  /** Whether another session had the lock at the last attempt. */
  isBusy(key: string): boolean {
    return this.#busy.has(key)
  }

  /** Sets the mark of a key. Returns the undo, which is idempotent. */
  mark(key: string): () => void {
    const mark = this.#marks.get(key) ?? { handle: this.#create('Mark', key), count: 0 }
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
   * Whether another session has set the mark of a key. Call it under the key's lock: the own mark is removed for a moment, and
   * another session must not look then. It works without error codes, which FFI delivers too late: a name that can neither be
   * opened nor created exists.
   */
  isMarkedElsewhere(key: string): boolean {
    const own = this.#marks.get(key)
    if (own !== undefined) this.#close(own.handle)
    const found: unknown = this.#kernel.OpenEventW.sync(SYNCHRONIZE, 0, nameOf('Mark', key))
    const created: unknown = found ? null : this.#create('Mark', key)
    if (own !== undefined) own.handle = found || created
    else this.#close(found || created)
    return Boolean(found) || !created
  }

  /**
   * Excludes other sessions from a key from now on. Returns the undo, or `null` if another process excludes already. A session
   * that is there stays: check {@link isMarkedElsewhere} afterwards. A session that arrives sets its mark first and checks
   * {@link isExcluded} then, so that of two sessions at least one sees the other.
   */
  exclude(key: string): (() => void) | null {
    if (this.isExcluded(key)) return null
    const handle: unknown = this.#create('Claim', key)
    if (!handle) return null
    this.#claims.add(handle)
    return () => {
      if (this.#claims.delete(handle)) this.#close(handle)
    }
  }

  /** Whether a process on the machine excludes others from a key. A name that cannot be opened does not exclude others. */
  isExcluded(key: string): boolean {
    const found: unknown = this.#kernel.OpenEventW.sync(SYNCHRONIZE, 0, nameOf('Claim', key))
    this.#close(found)
    return Boolean(found)
  }

  /** Removes every mark and every exclusion of this process. */
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

  /** The name exists as long as this handle is open. Returns no handle if another user has the name for itself. */
  #create(what: 'Mark' | 'Claim', key: string): unknown {
    return this.#kernel.CreateEventExW.sync(this.#attributes, nameOf(what, key), 0, SYNCHRONIZE)
  }

  #close(handle: unknown): void {
    if (handle) this.#kernel.CloseHandle.sync(handle)
  }

  #isOverstayed(key: string): boolean {
    const now = this.#now()
    const before = this.#busy.get(key)
    const isSameWait =
      before !== undefined &&
      (now - before.last < SAME_WAIT_WITHIN || before.last - before.since > OVERSTAYED_AFTER)
    const since = isSameWait ? before.since : now
    this.#busy.set(key, { since, last: now })
    return now - since > OVERSTAYED_AFTER
  }
}

const BLIND: CrossSessionLock = Object.freeze({ kind: 'blind', release() {} })

/** Hashed, because a key is any text, and a name has no backslash and a limited length. */
function nameOf(what: 'Lock' | 'Mark' | 'Claim', key: string): string {
  return `Global\\Roamkit.${what}.1.${createHash('sha256').update(key).digest('base64url')}`
}
