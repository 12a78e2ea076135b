import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of what is alive. */
export function heapUsed(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** V8 makes more optimised code for minutes, which is no leak: from here on it makes none. */
export function withoutOptimisedCode(): void {
  setFlagsFromString('--no-opt')
  setFlagsFromString('--no-sparkplug')
}

/**
 * What each step of something leaves behind, in bytes: the median of what the steps added. A leak adds with every step. What happens once does not
 * count, such as a source map that is read for the first stack trace.
 */
export class HeapGrowth {
  readonly #sizes: number[] = []

  /** To be called where the first step begins, and after each step. */
  measure(): void {
    this.#sizes.push(heapUsed())
  }

  /** `NaN` before the first step is over: a test that measured nothing fails. */
  get perStep(): number {
    const added = this.#sizes.slice(1).map((size, index) => size - (this.#sizes[index] ?? 0))
    return added.sort((one, other) => one - other)[added.length >> 1] ?? Number.NaN
  }

  /** For people, in KiB. */
  toString(): string {
    return this.#sizes.map((size) => (size / 1024).toFixed(0)).join(' ')
  }
}
