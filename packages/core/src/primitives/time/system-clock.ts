import type { Clock } from '../../contract/index.js'

/** The longest delay that `setTimeout` understands; longer ones would fire at once. */
const LONGEST = 2 ** 31 - 1

/** Real time. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    let handle: ReturnType<typeof setTimeout>
    const start = (left: number) => {
      handle = setTimeout(() => (left > LONGEST ? start(left - LONGEST) : run()), Math.min(left, LONGEST))
      // Node and Bun hand out objects, browsers numbers.
      ;(handle as { unref?: () => void }).unref?.()
    }
    start(ms)
    return () => clearTimeout(handle)
  },
}
