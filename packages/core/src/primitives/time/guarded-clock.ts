import type { Clock } from '../../contract/index.js'
import { protect, reportUncaught } from '../report-error.js'
import { systemClock } from './system-clock.js'

/**
 * A clock that never throws. If the given clock throws, the error becomes an uncaught exception. `now()` then returns the last known time,
 * and the system's clock replaces a timer that cannot be set, so that no promise waits forever.
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
