import { randomBytes } from 'node:crypto'
import { registerCallback, unregisterCallback } from '../ffi/callback.js'
import { callbacks } from '../ffi/declarations.js'
import type { Functions } from '../ffi/libraries.js'

/** EVENT_MODIFY_STATE | SYNCHRONIZE; SYNCHRONIZE. */
const EVENT_ACCESS = 0x10_0002
const PROCESS_ACCESS = 0x10_0000
const FOREVER = 0xffff_ffff
/** WT_EXECUTEONLYONCE, and INVALID_HANDLE_VALUE: wait for callbacks in flight. */
const ONCE = 8
const IN_FLIGHT = -1

/**
 * A named event of this instance, through which others wake it. Windows removes the name when the process dies, in whatever way: so
 * the name also shows who is alive.
 */
export class ProcessEvents {
  /** Names this instance. Not a process id, which Windows assigns again. */
  readonly id = randomBytes(12).toString('base64url')
  readonly #kernel: Functions<'kernel32'>
  readonly #onError: (error: unknown) => void
  readonly #event: unknown
  #wait: unknown = null
  #callback: bigint | null = null

  /**
   * @param kernel the functions of kernel32.dll
   * @param onError receives what a callback throws; must not throw
   */
  constructor(kernel: Functions<'kernel32'>, onError: (error: unknown) => void) {
    this.#kernel = kernel
    this.#onError = onError
    this.#event = kernel.CreateEventW.sync(null, 0, 0, eventName(this.id))
  }

  /** Calls back each time that another instance wakes this one. Resolves to `false` if Windows refuses it. */
  async listen(onWake: () => void): Promise<boolean> {
    if (!this.#event) return false
    this.#callback = registerCallback(onWake, callbacks.wait, this.#onError)
    const wait: [unknown] = [null]
    const { RegisterWaitForSingleObject } = this.#kernel
    if (!(await RegisterWaitForSingleObject.async(wait, this.#event, this.#callback, null, FOREVER, 0)))
      return false
    this.#wait = wait[0]
    return true
  }

  /** Wakes an instance. Has no effect if it is gone. */
  wake(id: string): void {
    const event: unknown = this.#kernel.OpenEventW.sync(EVENT_ACCESS, 0, eventName(id))
    if (!event) return
    this.#kernel.SetEvent.sync(event)
    this.#kernel.CloseHandle.sync(event)
  }

  /** Whether an instance is open and its process is alive. */
  isAlive(id: string): boolean {
    if (id === this.id) return true
    const event: unknown = this.#kernel.OpenEventW.sync(EVENT_ACCESS, 0, eventName(id))
    if (event) this.#kernel.CloseHandle.sync(event)
    return Boolean(event)
  }

  /**
   * Calls back once when a process ends, and at once if it cannot be watched: it may have ended already. Resolves to the undo, which
   * waits for a callback in flight.
   */
  async watchExit(process: number, onExit: () => void): Promise<() => Promise<void>> {
    const { OpenProcess, RegisterWaitForSingleObject, UnregisterWaitEx, CloseHandle } = this.#kernel
    const handle: unknown = OpenProcess.sync(PROCESS_ACCESS, 0, process)
    if (!handle) {
      onExit()
      return async () => {}
    }
    const callback = registerCallback(onExit, callbacks.wait, this.#onError)
    const wait: [unknown] = [null]
    const isWatched = await RegisterWaitForSingleObject.async(wait, handle, callback, null, FOREVER, ONCE)
    if (!isWatched) onExit()
    return async () => {
      if (isWatched) await UnregisterWaitEx.async(wait[0], IN_FLIGHT)
      unregisterCallback(callback)
      CloseHandle.sync(handle)
    }
  }

  /** Stops listening and removes the name. Resolves when no callback can come any more. */
  async close(): Promise<void> {
    if (this.#wait) await this.#kernel.UnregisterWaitEx.async(this.#wait, IN_FLIGHT)
    if (this.#callback !== null) unregisterCallback(this.#callback)
    if (this.#event) this.#kernel.CloseHandle.sync(this.#event)
  }
}

function eventName(id: string): string {
  return `Local\\Roamkit.Ground.${id}`
}
