import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import {
  asyncDispose,
  BackendError,
  type Call,
  type Clock,
  type Held,
  type Holder,
  type Holders,
} from '@roamkit/core/contract'
import type { Ground, GroundLock } from './ground.js'
import { LinkMembership } from './link-membership.js'
import { read } from './record.js'
import { orAborted, Turns } from './turns.js'

/** How holders are counted. Times are in milliseconds. */
export interface SharedHoldersOptions {
  readonly clock: Clock
  /**
   * How long somebody else may have a link's lock before one goes on without it, as if others held the link; default 35000:
   * longer than core has it while it waits for the system (30 s unless its options say more).
   */
  readonly patience?: number
  /** How long one that leaves waits at most until those who stay remember whose the link is; default 100. */
  readonly handOver?: number
  /** What others are told of this process; default the base name of its program. */
  readonly name?: string
  /** For diagnosis. */
  readonly log?: (event: string, detail?: object) => void
  /** Where those of one process queue; for tests that play several processes in one. */
  readonly turns?: Turns
}

/** One per process, so that all its managers queue together. */
const PROCESS = new Turns()

/** What is rung, and what it means. */
const REMEMBER = 'remember'
const STOPPING = 'stopping '

/** Who lets go of a lock for which others wait lets one of them have it first: that long. */
const COURTESY = 2

/** The longest pause between two attempts on a lock that is freed and taken again all the time. */
const LONGEST_PAUSE = 16

/**
 * Counts holders over a ground that the processes of the machine share (rules H2, H3). Reach `machine`. Disposing leaves every
 * link, rejects who waits with `ERR_CLOSED`, and disposes the ground.
 */
export function sharedHolders(ground: Ground, options: SharedHoldersOptions): Holders {
  return new SharedHolders(ground, options)
}

class SharedHolders implements Holders {
  readonly reach = 'machine'
  readonly #ground: Ground
  readonly #clock: Clock
  readonly #patience: number
  readonly #handOver: number
  readonly #log: (event: string, detail?: object) => void
  readonly #turns: Turns
  readonly #identity
  readonly #links = new Map<string, LinkMembership>()
  readonly #watchers = new Map<string, Set<(activation: string) => void>>()
  readonly #bells = new Map<string, () => void>()
  /** Locks that were not to be had in all patience, with who has them. */
  readonly #overstayed = new Map<string, string>()
  readonly #closing = new AbortController()
  readonly #courtesies = new Set<() => void>()

  constructor(ground: Ground, options: SharedHoldersOptions) {
    this.#ground = ground
    this.#clock = options.clock
    this.#patience = options.patience ?? 35_000
    this.#handOver = options.handOver ?? 100
    this.#log = options.log ?? (() => undefined)
    this.#turns = options.turns ?? PROCESS
    this.#identity = {
      member: randomBytes(8).toString('base64url'),
      pid: process.pid,
      name: options.name ?? basename(process.argv[1] ?? process.title),
    }
  }

  async locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, { signal }: Call): Promise<T> {
    const key = keyOf(scope, id)
    const wait = this.#either(signal)
    let endTurn = () => {}
    let lock: GroundLock | null = null
    try {
      endTurn = await this.#turns.take(key, wait.signal)
      lock = await this.#lock(key, wait.signal)
      wait.signal.throwIfAborted()
      wait.release()
      return await run(this.#held(key, lock === null ? 'without lock' : 'locked'))
    } finally {
      wait.release()
      const isAwaited = lock?.isAwaited === true
      lock?.release()
      if (isAwaited) this.#afterCourtesy(endTurn)
      else endTurn()
    }
  }

  watch(scope: string, id: string, stopped: (activation: string) => void): () => void {
    const key = keyOf(scope, id)
    const listener = (activation: string) => stopped(activation)
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(listener))
    this.#hangOrUnhang(key)
    return () => {
      watchers.delete(listener)
      this.#hangOrUnhang(key)
    }
  }

  list(scope: string, id: string): readonly Holder[] {
    const key = keyOf(scope, id)
    const { member: own } = this.#identity
    const found = new Map<string, Holder & { readonly version: number }>()
    for (const { member, text } of this.#ground.posted(key) ?? []) {
      const record = read(text)
      const version = record?.version ?? -1
      if ((found.get(member)?.version ?? -2) >= version) continue
      const { pid, name, since } = record ?? { pid: null, name: null, since: null }
      found.set(member, { pid, name, since, isSelf: member === own, version })
    }
    return [...found.values()]
      .map(({ version, ...holder }) => Object.freeze(holder))
      .sort((one, other) => (one.since ?? 0) - (other.since ?? 0))
  }

  async [asyncDispose](): Promise<void> {
    this.#closing.abort(new BackendError('ERR_CLOSED', 'the holders are disposed'))
    for (const end of [...this.#courtesies]) end()
    for (const link of this.#links.values()) link.end()
    this.#links.clear()
    this.#watchers.clear()
    for (const unhang of this.#bells.values()) unhang()
    this.#bells.clear()
    await this.#ground[asyncDispose]()
  }

  /** The lock, or `null` where it is not to be had: never a hang, and then nothing is taken down. */
  async #lock(key: string, signal: AbortSignal): Promise<GroundLock | null> {
    const end = this.#clock.now() + this.#patience
    let pause = 1
    for (;;) {
      const lock = await this.#take(key)
      if (lock !== null) {
        this.#overstayed.delete(key)
        return lock.lock
      }
      const holder = this.#ground.holder(key)
      if (holder !== null && this.#overstayed.get(key) === holder) return null
      const before = this.#clock.now()
      if (before >= end) {
        this.#overstayed.set(key, holder ?? '')
        this.#log('holders: somebody does not give the lock back', { key, holder })
        return null
      }
      await this.#waitAtMost(end - before, signal, (call) => this.#ground.freed(key, call))
      // Freed and taken again in no time, again and again: somebody plays with us, or there is a crowd.
      if (this.#clock.now() - before < pause) {
        await this.#waitAtMost(pause, signal, ({ signal: over }) => aborted(over))
        pause = Math.min(pause * 2, LONGEST_PAUSE)
      }
    }
  }

  /** `null` where somebody has it; a lock that is none where there are none to be had. */
  async #take(key: string): Promise<{ readonly lock: GroundLock | null } | null> {
    try {
      const lock = await this.#ground.take(key)
      return lock === null ? null : { lock }
    } catch (error) {
      this.#log('holders: no lock to be had', { key, error })
      return { lock: null }
    }
  }

  #held(key: string, mode: 'locked' | 'without lock'): Held {
    const link = this.#links.get(key) ?? new LinkMembership(this.#ground, key, this.#identity, Date.now)
    const view = link.view()
    const isSure = mode === 'locked' && view !== null
    const others = view?.others.size ?? 0
    let memory = view?.memory ?? link.memory
    const owned = isSure ? memory.owned : null
    let stored = owned
    return {
      others: isSure ? others : Math.max(others, 1),
      owned,
      join: async (next) => {
        this.#closing.signal.throwIfAborted()
        // What was only read is not news; so one that could not read it does not make the others forget it.
        if (next !== stored) memory = { version: memory.version + 1, owned: next }
        const isNews = next !== stored
        stored = next
        await link.join(memory)
        if (this.#closing.signal.aborted) return link.end()
        this.#links.set(key, link)
        this.#hangOrUnhang(key)
        if (isNews && others > 0) this.#ground.ring(key, this.#identity.member, REMEMBER)
      },
      leave: async () => {
        if (view?.isBehind) await this.#handMemoryOver(link)
        await link.leave()
        this.#links.delete(key)
        this.#hangOrUnhang(key)
      },
      stopping: (activation) => this.#ground.ring(key, this.#identity.member, STOPPING + activation),
    }
  }

  /** Whoever brought a link up and goes sees to it that those who stay know. */
  async #handMemoryOver(link: LinkMembership): Promise<void> {
    this.#ground.ring(link.key, this.#identity.member, REMEMBER)
    const end = this.#clock.now() + this.#handOver
    for (let pause = 1; link.view()?.isBehind && this.#clock.now() < end; pause *= 2)
      await this.#waitAtMost(pause, this.#closing.signal, ({ signal }) => aborted(signal)).catch(
        () => undefined,
      )
  }

  #rung(key: string, text: string): void {
    if (text === REMEMBER) {
      const link = this.#links.get(key)
      link?.refresh().catch((error: unknown) => this.#log('holders: cannot remember', { error }))
    } else if (text.startsWith(STOPPING)) {
      const activation = text.slice(STOPPING.length)
      for (const listener of [...(this.#watchers.get(key) ?? [])]) listener(activation)
    }
  }

  /** A bell hangs where somebody listens or a memory has to be kept. */
  #hangOrUnhang(key: string): void {
    const watchers = this.#watchers.get(key)
    if (watchers?.size === 0) this.#watchers.delete(key)
    const isWanted = !this.#closing.signal.aborted && (this.#watchers.has(key) || this.#links.has(key))
    const unhang = this.#bells.get(key)
    if (isWanted && unhang === undefined)
      this.#bells.set(
        key,
        this.#ground.hang(key, this.#identity.member, (text) => this.#rung(key, text)),
      )
    if (isWanted || unhang === undefined) return
    this.#bells.delete(key)
    unhang()
  }

  /** Aborted with the caller's reason, or when this is disposed. */
  #either(signal: AbortSignal) {
    const either = new AbortController()
    const abort = () => either.abort(signal.reason)
    const close = () => either.abort(this.#closing.signal.reason)
    signal.addEventListener('abort', abort)
    this.#closing.signal.addEventListener('abort', close)
    if (this.#closing.signal.aborted) close()
    if (signal.aborted) abort()
    const release = () => {
      signal.removeEventListener('abort', abort)
      this.#closing.signal.removeEventListener('abort', close)
    }
    return { signal: either.signal, release }
  }

  /** Runs until it is done or the time is over; rejects with the signal's reason only. */
  async #waitAtMost(ms: number, signal: AbortSignal, run: (call: Call) => Promise<void>): Promise<void> {
    const over = new AbortController()
    const undo = this.#clock.after(ms, () => over.abort())
    const running = run({ signal: over.signal }).catch(() => undefined)
    try {
      await orAborted(running, signal)
    } finally {
      undo()
      over.abort()
    }
  }

  #afterCourtesy(endTurn: () => void): void {
    const end = () => {
      undo()
      this.#courtesies.delete(end)
      endTurn()
    }
    const undo = this.#clock.after(COURTESY, end)
    this.#courtesies.add(end)
  }
}

function keyOf(scope: string, id: string): string {
  return JSON.stringify([scope, id])
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
