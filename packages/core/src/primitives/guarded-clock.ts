import type { Clock } from '../contract/index.js'
import { protect, reportUncaught } from './report-error.js'
import { systemClock } from './system-clock.js'

/**
 * A clock that never throws. What it throws surfaces; the time is then the last that it told, and what cannot be timed by it
 * is timed by the system's own clock, so that no promise waits for ever.
 */
export function guardedClock(clock: Clock): Clock {
  if (clock === systemClock) return clock
  let last = 0
  let lastWall = 0
  const wall = () => {
    try {
      lastWall = clock.wall?.() ?? lastWall
    } catch (error) {
      reportUncaught(error)
    }
    return lastWall
  }
  return {
    ...(clock.wall === undefined ? {} : { wall }),
    isVirtual: clock.isVirtual ?? false,
    now() {
      try {
        last = clock.now()
      } catch (error) {
        reportUncaught(error)
      }
      return last
    },
    after(ms, run) {
      try {
        const undo = clock.after(ms, run)
        return () => protect(undo)
      } catch (error) {
        reportUncaught(error)
        return systemClock.after(ms, run)
      }
    },
  }
}
