import { systemClock } from '@roamkit/core'
import { type Expected, expected } from '@roamkit/core/backend-kit'
import { Observable, type SchedulerLike } from 'rxjs'

/** Options of streams that measure time. */
export interface TimeOptions {
  /**
   * The scheduler for all timers.
   * @defaultValue the system's time, with timers that do not keep the process alive, unlike those of `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
}

/** Runs a function once, after `ms` milliseconds. Returns a function that cancels it. */
export function after(ms: number, { scheduler }: TimeOptions, run: () => void): () => void {
  if (scheduler === undefined) return systemClock.after(ms, run)
  const subscription = scheduler.schedule(run, ms)
  return () => subscription.unsubscribe()
}

/** Emits once after `ms` milliseconds, then completes. */
export function pause(ms: number, options: TimeOptions): Observable<void> {
  return new Observable((subscriber) =>
    after(ms, options, () => {
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
  options: { scheduler: expected.having('a scheduler', 'schedule') },
} as const
