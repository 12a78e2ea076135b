import { systemClock } from '@roamkit/core'
import { type Expected, expected } from '@roamkit/core/backend-kit'
import type { Clock } from '@roamkit/core/contract'
import { Observable, type SchedulerLike } from 'rxjs'

/** Options of streams that measure time. */
export interface TimeOptions {
  /**
   * The scheduler for all timers.
   * @defaultValue the clock of the session's manager, or the system's if a plain stream is given instead of a session. Its timers do not
   * keep the process alive, unlike those of `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
}

/** Measures time: a clock, or a scheduler in its place. */
export type Timer = Pick<Clock, 'now' | 'after'>

/** The scheduler if there is one, otherwise the clock of the session, otherwise the system's. */
export function timerOf({ scheduler }: TimeOptions, clock: Clock | null): Timer {
  if (scheduler === undefined) return clock ?? systemClock
  return {
    now: () => scheduler.now(),
    after(ms, run) {
      const subscription = scheduler.schedule(run, ms)
      return () => subscription.unsubscribe()
    },
  }
}

/** Emits once after `ms` milliseconds, then completes. */
export function pause(ms: number, timer: Timer): Observable<void> {
  return new Observable((subscriber) =>
    timer.after(ms, () => {
      subscriber.next()
      subscriber.complete()
    }),
  )
}

/** A time above 0, in milliseconds. */
const milliseconds: Expected = {
  wants: 'a number of milliseconds above 0',
  isRange: true,
  holds: (value) => typeof value === 'number' && value > 0,
}

/** What times and {@link TimeOptions} must be. */
export const TIME = {
  milliseconds,
  options: { scheduler: expected.having('a scheduler', 'schedule', 'now') },
} as const
