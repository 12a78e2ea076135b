import { deferred, onAbort, pause } from '@roamkit/core/backend-kit'
import { asyncDispose, type Call, type Clock } from '@roamkit/core/contract'
import type { Entry, Rendezvous, RendezvousLock } from '@roamkit/holders'
import type { Functions, Libraries } from '../ffi/libraries.js'
import { logonSession, openSharedMemory, type SharedMemory, scopeOf } from '../ffi/shared-memory.js'
import { type CrossSessionLock, CrossSessionLocks } from './cross-session-locks.js'
import { ProcessEvents } from './process-events.js'
import { decodeState, encodeState, removeDead, type SharedState } from './shared-state.js'

const NAME = 'Roamkit.Holders.1'
const SIZE = 512 * 1024
const LONGEST_TEXT = 1500
/** The most texts that wait for an instance that does not read them. */
const MOST_RINGS = 64
/** Milliseconds between attempts to take a lock that another logon session has, which cannot be watched. */
const RETRY_AFTER = 50
/** Stands for all members in other logon sessions. */
const ELSEWHERE = 'elsewhere--'

/**
 * Where the processes of Windows meet: state in memory that the processes of a logon session share, and a named event for each
 * instance. Of other logon sessions only two things are known: whether a process there holds a link, and that a lock excludes
 * them, too. Resolves to `null` if Windows refuses any of it.
 *
 * @param clock of the host
 * @param onError receives what is thrown while Windows calls back, for example by a bell; must not throw
 */
export async function windowsRendezvous(
  libraries: Libraries,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<Rendezvous | null> {
  const kernel = libraries.get('kernel32')
  const session = logonSession(libraries)
  if (kernel === null || session === null) return null
  const memory = openSharedMemory(libraries, `${NAME}.${session}`, SIZE)
  const crossSession = memory && CrossSessionLocks.open(libraries)
  if (memory === null || crossSession === null) {
    memory?.close()
    return null
  }
  const rendezvous = new WindowsRendezvous({
    kernel,
    memory,
    crossSession,
    scope: scopeOf(session),
    clock,
    onError,
  })
  if (await rendezvous.listen()) return rendezvous
  await rendezvous[asyncDispose]()
  return null
}

interface RendezvousContext {
  readonly kernel: Functions<'kernel32'>
  readonly memory: SharedMemory
  readonly crossSession: CrossSessionLocks
  readonly scope: string
  readonly clock: Clock
  onError(error: unknown): void
}

class WindowsRendezvous implements Rendezvous {
  readonly name = 'windows'
  readonly #context: RendezvousContext
  readonly #memory: SharedMemory
  readonly #crossSession: CrossSessionLocks
  readonly #events: ProcessEvents
  readonly #self: string
  #count = 0
  readonly #bells = new Map<number, (text: string) => void>()
  readonly #waiters = new Map<string, Set<() => void>>()
  readonly #locks = new Map<string, CrossSessionLock>()
  #closing: Promise<void> | null = null

  constructor(context: RendezvousContext) {
    this.#context = context
    this.#memory = context.memory
    this.#crossSession = context.crossSession
    this.#events = new ProcessEvents(context.kernel, context.onError)
    this.#self = this.#events.id
  }

  /** Reacts to others from now on. Resolves to `false` if Windows refuses it. */
  listen(): Promise<boolean> {
    return this.#events.listen(() => this.#wakeUp())
  }

  async take(key: string): Promise<RendezvousLock | null> {
    const word = `${this.#self} ${this.#next()}`
    const process = this.#context.kernel.GetCurrentProcessId.sync()
    const isTaken = this.#change((state) => {
      if (state.locks[key] !== undefined) return false
      state.locks[key] = { ground: this.#self, process, word }
      return true
    })
    if (isTaken === null) throw memoryUnavailable()
    if (!isTaken) return null
    const lock = this.#crossSession.lock(this.#crossSessionKey(key))
    if (lock === null) {
      this.#release(key, word)
      return null
    }
    this.#locks.set(key, lock)
    const isAwaited = () => this.#read((state) => state.waits.some((wait) => wait.key === key)) === true
    return {
      release: () => {
        if (this.#locks.get(key) !== lock) return
        this.#locks.delete(key)
        lock.release()
        this.#release(key, word)
      },
      get isAwaited() {
        return isAwaited()
      },
    }
  }

  holder(key: string): string | null {
    return this.#read((state) => state.locks[key]?.word ?? null)
  }

  async untilFree(key: string, { signal }: Call): Promise<void> {
    signal.throwIfAborted()
    const owner = this.#change((state) => {
      const lock = state.locks[key]
      if (lock !== undefined) state.waits.push({ ground: this.#self, key })
      return lock ?? null
    })
    if (owner === null) {
      const isBusy = this.#crossSession.isBusy(this.#crossSessionKey(key))
      if (isBusy) await pause(this.#context.clock, RETRY_AFTER, signal)
      return signal.throwIfAborted()
    }
    const { promise: over, resolve: done } = deferred()
    const waiters = this.#waiters.get(key) ?? new Set()
    this.#waiters.set(key, waiters.add(done))
    const undoAbort = onAbort(signal, done)
    const undoExit = await this.#events.watchExit(owner.process, done)
    await over
    undoAbort()
    waiters.delete(done)
    if (waiters.size === 0) this.#waiters.delete(key)
    this.#change((state) => {
      const index = state.waits.findIndex((wait) => wait.ground === this.#self && wait.key === key)
      if (index >= 0) state.waits.splice(index, 1)
    })
    await undoExit()
    signal.throwIfAborted()
  }

  /** Sets the mark first and checks then. {@link exclude} works in the opposite order (see {@link CrossSessionLocks.exclude}). */
  async attend(key: string): Promise<(() => void) | null> {
    const number = this.#next()
    const unmark = this.#crossSession.mark(this.#crossSessionKey(key))
    const leave = () => {
      // In this order: a process that no longer sees this record would take the mark for another session's.
      unmark()
      this.#change((state) => this.#remove(state.attendances, number))
    }
    const isIn = this.#change((state) => {
      if (state.exclusions.some((one) => one.key === key)) return false
      state.attendances.push({ ground: this.#self, number, key })
      return true
    })
    if (isIn === true && !this.#crossSession.isExcluded(this.#crossSessionKey(key))) return leave
    leave()
    if (isIn === null) throw memoryUnavailable()
    return null
  }

  async exclude(key: string): Promise<(() => void) | null> {
    // Another logon session, or a process that does not give it back, has the lock: it may be taking the link down as well.
    if (this.#locks.get(key)?.kind === 'blind') return null
    const number = this.#next()
    const isOut = this.#change((state) => {
      if ([...state.attendances, ...state.exclusions].some((one) => one.key === key)) return false
      state.exclusions.push({ ground: this.#self, number, key })
      return true
    })
    if (isOut === null) throw memoryUnavailable()
    if (!isOut) return null
    const crossSessionKey = this.#crossSessionKey(key)
    const admitOtherSessions = this.#crossSession.exclude(crossSessionKey)
    const admit = () => {
      admitOtherSessions?.()
      this.#change((state) => this.#remove(state.exclusions, number))
    }
    if (admitOtherSessions !== null && !this.#crossSession.isMarkedElsewhere(crossSessionKey)) return admit
    admit()
    return null
  }

  async post(
    key: string,
    member: string,
    text: string,
    { attest }: { readonly attest: 'yes' | 'no' },
  ): Promise<() => void> {
    if (Buffer.byteLength(text) > LONGEST_TEXT)
      throw new RangeError(`windows: the text is longer than ${LONGEST_TEXT} bytes`)
    const number = this.#next()
    const posting = { ground: this.#self, number, key, member, text, isVouched: attest === 'yes' }
    if (this.#change((state) => state.postings.push(posting)) === null) throw memoryUnavailable()
    return () => void this.#change((state) => this.#remove(state.postings, number))
  }

  /** Checks other logon sessions only under the lock, and only if no other process here has posted: then alone it matters. */
  entries(key: string): readonly Entry[] | null {
    const found = this.#read((state) => state.postings.filter((one) => one.key === key))
    if (found === null) return null
    const postings = found.map(({ member, text }) => ({ member, text }))
    const isAlone = found.every(({ ground }) => ground === this.#self)
    return isAlone && this.#isElsewhere(key) ? [...postings, { member: ELSEWHERE, text: null }] : postings
  }

  /** Only processes of this user can write to the memory. */
  selectAttested(key: string, postings: readonly Entry[]): ReadonlySet<Entry> {
    const texts = this.#read(
      (state) =>
        new Set(
          state.postings.flatMap((one) =>
            one.key === key && one.isVouched ? [JSON.stringify([one.member, one.text])] : [],
          ),
        ),
    )
    return new Set(postings.filter(({ member, text }) => texts?.has(JSON.stringify([member, text]))))
  }

  async subscribe(key: string, member: string, rung: (text: string) => void): Promise<() => void> {
    const number = this.#next()
    const isHung = this.#change((state) => state.bells.push({ ground: this.#self, number, key, member }))
    if (isHung === null) throw memoryUnavailable()
    this.#bells.set(number, rung)
    return () => {
      this.#bells.delete(number)
      this.#change((state) => this.#remove(state.bells, number))
    }
  }

  notify(key: string, member: string, text: string): void {
    const recipients = this.#change((state) => {
      const bells = state.bells.filter((bell) => bell.key === key && bell.member !== member)
      for (const { ground, number } of bells)
        state.rings[ground] = [...(state.rings[ground] ?? []), [number, text] as const].slice(-MOST_RINGS)
      return new Set(bells.map(({ ground }) => ground))
    })
    for (const ground of recipients ?? []) this.#events.wake(ground)
  }

  [asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#bells.clear()
    for (const lock of this.#locks.values()) lock.release()
    this.#locks.clear()
    this.#crossSession.close()
    const awaited = this.#change((state) => {
      const own = Object.entries(state.locks).filter(([, { ground }]) => ground === this.#self)
      for (const [key] of own) delete state.locks[key]
      for (const list of [state.postings, state.attendances, state.exclusions, state.bells, state.waits])
        for (let index = list.length - 1; index >= 0; index -= 1)
          if (list[index]?.ground === this.#self) list.splice(index, 1)
      delete state.rings[this.#self]
      return state.waits.filter(({ key }) => own.some(([name]) => name === key))
    })
    for (const { ground } of awaited ?? []) this.#events.wake(ground)
    for (const waiters of this.#waiters.values()) for (const done of [...waiters]) done()
    await this.#events.close()
    this.#memory.close()
  }

  #isElsewhere(key: string): boolean {
    const lock = this.#locks.get(key)
    if (lock === undefined) return false
    return lock.kind === 'blind' || this.#crossSession.isMarkedElsewhere(this.#crossSessionKey(key))
  }

  /** The same in all logon sessions: each names activations in its own way, but the links are the same. */
  #crossSessionKey(key: string): string {
    return key.replace(this.#context.scope, 'windows')
  }

  #release(key: string, word: string): void {
    const waits = this.#change((state) => {
      if (state.locks[key]?.word !== word) return []
      delete state.locks[key]
      return state.waits.filter((wait) => wait.key === key)
    })
    for (const { ground } of waits ?? []) this.#events.wake(ground)
  }

  /** Another instance has set our event: it sent texts, or released a lock. */
  #wakeUp(): void {
    const rings = this.#change((state) => {
      const own = state.rings[this.#self] ?? []
      delete state.rings[this.#self]
      return own
    })
    // An error in one listener must not keep the others from their texts, or waiters from the lock.
    for (const [number, text] of rings ?? [])
      try {
        this.#bells.get(number)?.(text)
      } catch (error) {
        this.#context.onError(error)
      }
    const locks = this.#read((state) => Object.keys(state.locks)) ?? []
    for (const [key, waiters] of this.#waiters)
      if (!locks.includes(key)) for (const done of [...waiters]) done()
  }

  /** Returns `null` if the memory is not available. */
  #read<Value>(run: (state: SharedState) => Value): Value | null {
    return this.#memory.runExclusive((memory) => (memory === null ? null : run(this.#living(memory))))
  }

  /** Returns `null`, and changes nothing, if the memory is not available or full. */
  #change<Value>(run: (state: SharedState) => Value): Value | null {
    return this.#memory.runExclusive((memory) => {
      if (memory === null) return null
      const state = this.#living(memory)
      const value = run(state)
      return encodeState(memory, state) ? value : null
    })
  }

  #living(memory: Uint8Array): SharedState {
    return removeDead(decodeState(memory), (ground) => this.#events.isAlive(ground))
  }

  #remove(list: { readonly ground: string; readonly number: number }[], number: number): void {
    const index = list.findIndex((one) => one.ground === this.#self && one.number === number)
    if (index >= 0) list.splice(index, 1)
  }

  #next(): number {
    this.#count += 1
    return this.#count
  }
}

function memoryUnavailable(): Error {
  return new Error('windows: the shared memory for holders is not available')
}
