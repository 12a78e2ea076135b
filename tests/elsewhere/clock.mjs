/** Time as it goes by, whose timers keep no process alive. @type {import('@roamkit/core/contract').Clock} */
export const clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
}
