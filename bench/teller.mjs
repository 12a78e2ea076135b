// Programs that are watched: each prints what it sees, as lines of JSON, with times in ns of CLOCK_MONOTONIC, which all of them share.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PYTHON } from './set-up-lab.mjs'

/** Now, in ns of CLOCK_MONOTONIC: small enough for a number. */
export const now = () => Number(process.hrtime.bigint())

/** A program of the benchmarks. @param {string} file @param {...string} args */
export const nodeProgram = (file, ...args) => [process.execPath, here(file), ...args]

/** @param {string} file @param {...string} args */
export const pythonProgram = (file, ...args) => [PYTHON, here(file), ...args]

/** @param {string} file */
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

/** @typedef {{ at: number, says: string, who?: unknown } & Record<string, unknown>} Line */

export class Teller {
  /** @type {Line[]} */
  lines = []
  /** @type {Set<() => void>} */
  #listeners = new Set()
  #child
  #isOver = false

  /** @param {readonly string[]} command @param {NodeJS.ProcessEnv} [env] */
  constructor([file = '', ...args], env = {}) {
    this.#child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    })
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(JSON.parse(line))
      this.#notify()
    })
    this.#child.once('close', () => {
      this.#isOver = true
      this.#notify()
    })
    this.#child.once('error', () => {}) // `close` follows
  }

  get pid() {
    return this.#child.pid ?? 0
  }

  #notify() {
    for (const listener of [...this.#listeners]) listener()
  }

  /**
   * The first line that holds, of those that came or come; null if none comes within that time.
   *
   * @param {(line: Line) => boolean} holds
   * @param {number} [limit] milliseconds
   * @returns {Promise<Line | null>}
   */
  async first(holds, limit = 20_000) {
    const end = AbortSignal.timeout(limit)
    for (;;) {
      const line = this.lines.find(holds)
      if (line !== undefined) return line
      if (end.aborted || this.#isOver) return null
      await this.#next(end)
    }
  }

  /**
   * For the first line that holds, of those that come from now on: waits for it, but no longer than so many milliseconds, which gives null.
   *
   * @param {(line: Line) => boolean} holds
   */
  after(holds) {
    const count = this.lines.length
    return (/** @type {number} */ limit) =>
      this.first((line) => this.lines.indexOf(line) >= count && holds(line), limit)
  }

  /** The first line, which says `ready`, or why it is not. */
  async started() {
    const line = await this.first(() => true)
    if (line === null) throw new Error(`${this.#child.spawnargs.join(' ')}: did not start`)
    return line
  }

  /** @param {AbortSignal} end @returns {Promise<void>} */
  #next(end) {
    return new Promise((resolve) => {
      const wake = () => {
        this.#listeners.delete(wake)
        end.removeEventListener('abort', wake)
        resolve()
      }
      this.#listeners.add(wake)
      end.addEventListener('abort', wake)
    })
  }

  /** Gives it a line. @param {string} line */
  ask(line) {
    this.#child.stdin.write(`${line}\n`)
  }

  async end() {
    if (this.#isOver) return
    const over = once(this.#child, 'close')
    this.#child.kill()
    await over
  }
}
