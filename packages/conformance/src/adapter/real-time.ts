import type { Time } from './adapter.js'

/** Time as it goes by, for adapters whose world is real. Its timers keep no process alive; waiting by `pass` does. */
export const realTime: Time = {
  clock: {
    now: () => performance.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  },
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}
