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
