import { randomBytes } from 'node:crypto'
import { asyncDispose, type Call } from '@roamkit/core/contract'
import type { Entry, Rendezvous, RendezvousLock } from '@roamkit/holders'
import { AbortRelay } from './abort-relay.js'
import { registered, unregistered } from './callback.js'
import { callbacks } from './declarations.js'
import { type GroundBoard, readBoard, withoutTheDead, writeBoard } from './ground-board.js'
import type { Functions, Libraries } from './libraries.js'
import { type MachineLock, MachineMarks } from './machine-marks.js'
import { logonSession, openSharedMemory, type SharedMemory, scopeOf } from './shared-memory.js'

const NAME = 'Roamkit.Holders.1'
const SIZE = 512 * 1024
const LONGEST_TEXT = 1500
/** So many rings wait at most for one that does not listen. */
const MOST_RINGS = 64
/** EVENT_MODIFY_STATE | SYNCHRONIZE; SYNCHRONIZE. */
const EVENT = 0x10_0002
const PROCESS = 0x10_0000
const FOREVER = 0xffff_ffff
/** How long somebody waits for a lock of another logon session, which cannot be watched, before it is tried again, in milliseconds. */
const AGAIN = 50
/** The name of all members in other logon sessions together. */
const ELSEWHERE = 'elsewhere--'
/** WT_EXECUTEONLYONCE, and INVALID_HANDLE_VALUE: wait for callbacks in flight. */
const ONCE = 8
const IN_FLIGHT = -1

/**
 * The ground of Windows: a board in memory that the processes of a logon session share. Each ground has a named event: Windows
 * closes it with the process, however that dies, and so it says who is alive; setting it is how it is rung. Of other logon
 * sessions it is known whether anybody holds a link there, and a lock excludes them, too. `null` where that cannot be had.
 *
 * @param failed is told what is thrown while Windows calls back, by bells for example; it must not throw itself
 */
export async function windowsGround(
  libraries: Libraries,
  failed: (error: unknown) => void,
): Promise<Rendezvous | null> {
  const kernel = libraries.get('kernel32')
  const session = logonSession(libraries)
  if (kernel === null || session === null) return null
  const memory = openSharedMemory(libraries, `${NAME}.${session}`, SIZE)
  const machine = memory && MachineMarks.open(libraries)
  if (memory === null || machine === null) {
    memory?.close()
    return null
  }
  const ground = new WindowsGround(kernel, { memory, machine, scope: scopeOf(session), failed })
  if (await ground.listen()) return ground
  await ground[asyncDispose]()
  return null
}

/** What a ground shares with others, and who is told of its failures. */
interface WhereItStands {
  failed(error: unknown): void
  readonly memory: SharedMemory
  readonly machine: MachineMarks
  readonly scope: string
}

class WindowsGround implements Rendezvous {
  readonly name = 'windows'
  readonly #kernel: Functions<'kernel32'>
  readonly #memory: SharedMemory
  readonly #machine: MachineMarks
  readonly #scope: string
  readonly #self = randomBytes(12).toString('base64url')
  readonly #event: unknown
  readonly #failed: WhereItStands['failed']
  readonly #aborts = new AbortRelay()
  #wait: unknown = null
  #callback: bigint | null = null
  #count = 0
  readonly #bells = new Map<number, (text: string) => void>()
  readonly #waiters = new Map<string, Set<() => void>>()
  readonly #locks = new Map<string, MachineLock>()
  #closing: Promise<void> | null = null

  constructor(kernel: Functions<'kernel32'>, { memory, machine, scope, failed }: WhereItStands) {
    this.#kernel = kernel
    this.#memory = memory
    this.#machine = machine
    this.#scope = scope
    this.#failed = failed
    this.#event = kernel.CreateEventW.now(null, 0, 0, eventName(this.#self))
  }

  /** Hears its own event from now on; whether it can. */
  async listen(): Promise<boolean> {
    if (!this.#event) return false
    this.#callback = registered(() => this.#hear(), callbacks.wait, this.#failed)
    const wait: [unknown] = [null]
    const { RegisterWaitForSingleObject } = this.#kernel
    if (!(await RegisterWaitForSingleObject.soon(wait, this.#event, this.#callback, null, FOREVER, 0)))
      return false
    this.#wait = wait[0]
    return true
  }

  async take(key: string): Promise<RendezvousLock | null> {
    const word = `${this.#self} ${this.#next()}`
    const process = this.#kernel.GetCurrentProcessId.now()
    const isTaken = this.#change((board) => {
      if (board.locks[key] !== undefined) return false
      board.locks[key] = { ground: this.#self, process, word }
      return true
    })
    if (isTaken === null) throw new Error('windows: the memory of holders is not to be had')
    if (!isTaken) return null
    const lock = this.#machine.lock(this.#machineKey(key))
    if (lock === null) {
      this.#release(key, word)
      return null
    }
    this.#locks.set(key, lock)
    const isAwaited = () => this.#look((board) => board.waits.some((wait) => wait.key === key)) === true
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
    return this.#look((board) => board.locks[key]?.word ?? null)
  }

  async untilFree(key: string, { signal }: Call): Promise<void> {
    signal.throwIfAborted()
    const owner = this.#change((board) => {
      const lock = board.locks[key]
      if (lock !== undefined) board.waits.push({ ground: this.#self, key })
      return lock ?? null
    })
    if (owner === null) {
      if (this.#machine.isBusy(this.#machineKey(key))) await this.#pause(signal)
      return signal.throwIfAborted()
    }
    let done = () => {}
    const over = new Promise<void>((resolve) => {
      done = resolve
    })
    const waiters = this.#waiters.get(key) ?? new Set()
    this.#waiters.set(key, waiters.add(done))
    const unheard = this.#aborts.on(signal, done)
    const death = await this.#watchDeath(owner.process, done)
    await over
    unheard()
    waiters.delete(done)
    if (waiters.size === 0) this.#waiters.delete(key)
    this.#change((board) => {
      const index = board.waits.findIndex((wait) => wait.ground === this.#self && wait.key === key)
      if (index >= 0) board.waits.splice(index, 1)
    })
    await death()
    signal.throwIfAborted()
  }

  /** The mark first, then the look: whoever excludes does it the other way round (see {@link MachineMarks.exclude}). */
  async attend(key: string): Promise<(() => void) | null> {
    const number = this.#next()
    const unmark = this.#machine.mark(this.#machineKey(key))
    const leave = () => {
      // In this order: who sees it gone here would take the mark for another logon session's.
      unmark()
      this.#change((board) => this.#remove(board.attendances, number))
    }
    const isIn = this.#change((board) => {
      if (board.exclusions.some((one) => one.key === key)) return false
      board.attendances.push({ ground: this.#self, number, key })
      return true
    })
    if (isIn === true && !this.#machine.isExcluded(this.#machineKey(key))) return leave
    leave()
    if (isIn === null) throw new Error('windows: the memory of holders is not to be had')
    return null
  }

  async exclude(key: string): Promise<(() => void) | null> {
    // Another logon session has the lock, or somebody who does not give it back: it may be taking the link down, too.
    if (this.#locks.get(key)?.kind === 'blind') return null
    const number = this.#next()
    const isOut = this.#change((board) => {
      if ([...board.attendances, ...board.exclusions].some((one) => one.key === key)) return false
      board.exclusions.push({ ground: this.#self, number, key })
      return true
    })
    if (isOut === null) throw new Error('windows: the memory of holders is not to be had')
    if (!isOut) return null
    const machineKey = this.#machineKey(key)
    const letOthersIn = this.#machine.exclude(machineKey)
    const letIn = () => {
      letOthersIn?.()
      this.#change((board) => this.#remove(board.exclusions, number))
    }
    if (letOthersIn !== null && !this.#machine.isMarkedElsewhere(machineKey)) return letIn
    letIn()
    return null
  }

  async post(
    key: string,
    member: string,
    text: string,
    { attest }: { readonly attest: 'yes' | 'no' },
  ): Promise<() => void> {
    if (Buffer.byteLength(text) > LONGEST_TEXT) throw new RangeError('windows: too long to be posted')
    const number = this.#next()
    const posting = { ground: this.#self, number, key, member, text, isVouched: attest === 'yes' }
    if (this.#change((board) => board.postings.push(posting)) === null)
      throw new Error('windows: the memory of holders is not to be had')
    return () => void this.#change((board) => this.#remove(board.postings, number))
  }

  /** Who is there in other logon sessions shows under the lock only, and where it matters: nobody else is here. */
  entries(key: string): readonly Entry[] | null {
    const found = this.#look((board) => board.postings.filter((one) => one.key === key))
    if (found === null) return null
    const postings = found.map(({ member, text }) => ({ member, text }))
    const isAlone = found.every(({ ground }) => ground === this.#self)
    return isAlone && this.#isElsewhere(key) ? [...postings, { member: ELSEWHERE, text: null }] : postings
  }

  /** Only processes of this user can write to the board. */
  selectAttested(key: string, postings: readonly Entry[]): ReadonlySet<Entry> {
    const words = this.#look(
      (board) =>
        new Set(
          board.postings.flatMap((one) =>
            one.key === key && one.isVouched ? [JSON.stringify([one.member, one.text])] : [],
          ),
        ),
    )
    return new Set(postings.filter(({ member, text }) => words?.has(JSON.stringify([member, text]))))
  }

  async subscribe(key: string, member: string, rung: (text: string) => void): Promise<() => void> {
    const number = this.#next()
    const isHung = this.#change((board) => board.bells.push({ ground: this.#self, number, key, member }))
    if (isHung === null) throw new Error('windows: the memory of holders is not to be had')
    this.#bells.set(number, rung)
    return () => {
      this.#bells.delete(number)
      this.#change((board) => this.#remove(board.bells, number))
    }
  }

  notify(key: string, member: string, text: string): void {
    const rung = this.#change((board) => {
      const bells = board.bells.filter((bell) => bell.key === key && bell.member !== member)
      for (const { ground, number } of bells) {
        board.rings[ground] = [...(board.rings[ground] ?? []), [number, text] as const].slice(-MOST_RINGS)
      }
      return new Set(bells.map(({ ground }) => ground))
    })
    for (const ground of rung ?? []) this.#wake(ground)
  }

  [asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#bells.clear()
    for (const lock of this.#locks.values()) lock.release()
    this.#locks.clear()
    this.#machine.close()
    const awaited = this.#change((board) => {
      const own = Object.entries(board.locks).filter(([, { ground }]) => ground === this.#self)
      for (const [key] of own) delete board.locks[key]
      for (const list of [board.postings, board.attendances, board.exclusions, board.bells, board.waits])
        for (let index = list.length - 1; index >= 0; index -= 1)
          if (list[index]?.ground === this.#self) list.splice(index, 1)
      delete board.rings[this.#self]
      return board.waits.filter(({ key }) => own.some(([name]) => name === key))
    })
    for (const { ground } of awaited ?? []) this.#wake(ground)
    for (const waiters of this.#waiters.values()) for (const done of [...waiters]) done()
    if (this.#wait) await this.#kernel.UnregisterWaitEx.soon(this.#wait, IN_FLIGHT)
    if (this.#callback !== null) unregistered(this.#callback)
    if (this.#event) this.#kernel.CloseHandle.now(this.#event)
    this.#memory.close()
  }

  #isElsewhere(key: string): boolean {
    const lock = this.#locks.get(key)
    if (lock === undefined) return false
    return lock.kind === 'blind' || this.#machine.isMarkedElsewhere(this.#machineKey(key))
  }

  /** The same for all logon sessions: activations have other names there, and links are the same. */
  #machineKey(key: string): string {
    return key.replace(this.#scope, 'windows')
  }

  #release(key: string, word: string): void {
    const waits = this.#change((board) => {
      if (board.locks[key]?.word !== word) return []
      delete board.locks[key]
      return board.waits.filter((wait) => wait.key === key)
    })
    for (const { ground } of waits ?? []) this.#wake(ground)
  }

  /** Somebody has set our event: bells were rung, or a lock has been given back. */
  #hear(): void {
    const rings = this.#change((board) => {
      const own = board.rings[this.#self] ?? []
      delete board.rings[this.#self]
      return own
    })
    // What one bell throws keeps no other from ringing, and nobody from the lock that was given back.
    for (const [number, text] of rings ?? [])
      try {
        this.#bells.get(number)?.(text)
      } catch (error) {
        this.#failed(error)
      }
    const locks = this.#look((board) => Object.keys(board.locks)) ?? []
    for (const [key, waiters] of this.#waiters)
      if (!locks.includes(key)) for (const done of [...waiters]) done()
  }

  /** Waits a little, or until the signal is aborted; keeps no process alive. */
  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer)
        unheard()
        resolve()
      }
      const timer = setTimeout(over, AGAIN).unref()
      const unheard = this.#aborts.on(signal, over)
    })
  }

  /** Calls back when a process ends; resolves to the undo. One that cannot be watched may be gone already. */
  async #watchDeath(process: number, died: () => void): Promise<() => Promise<void>> {
    const { OpenProcess, RegisterWaitForSingleObject, UnregisterWaitEx, CloseHandle } = this.#kernel
    const handle: unknown = OpenProcess.now(PROCESS, 0, process)
    if (!handle) {
      died()
      return async () => {}
    }
    const callback = registered(died, callbacks.wait, this.#failed)
    const wait: [unknown] = [null]
    const isWatched = await RegisterWaitForSingleObject.soon(wait, handle, callback, null, FOREVER, ONCE)
    if (!isWatched) died()
    return async () => {
      if (isWatched) await UnregisterWaitEx.soon(wait[0], IN_FLIGHT)
      unregistered(callback)
      CloseHandle.now(handle)
    }
  }

  #wake(ground: string): void {
    const event: unknown = this.#kernel.OpenEventW.now(EVENT, 0, eventName(ground))
    if (!event) return
    this.#kernel.SetEvent.now(event)
    this.#kernel.CloseHandle.now(event)
  }

  #isAlive(ground: string): boolean {
    if (ground === this.#self) return true
    const event: unknown = this.#kernel.OpenEventW.now(EVENT, 0, eventName(ground))
    if (event) this.#kernel.CloseHandle.now(event)
    return Boolean(event)
  }

  #look<Value>(run: (board: GroundBoard) => Value): Value | null {
    return this.#memory.alone((memory) =>
      memory === null ? null : run(withoutTheDead(readBoard(memory), (ground) => this.#isAlive(ground))),
    )
  }

  /** `null` where the memory is not to be had, or full; nothing is changed then. */
  #change<Value>(run: (board: GroundBoard) => Value): Value | null {
    return this.#memory.alone((memory) => {
      if (memory === null) return null
      const board = withoutTheDead(readBoard(memory), (ground) => this.#isAlive(ground))
      const value = run(board)
      return writeBoard(memory, board) ? value : null
    })
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

/** A number of the process would be given out again; this is not. */
function eventName(ground: string): string {
  return `Local\\Roamkit.Ground.${ground}`
}
