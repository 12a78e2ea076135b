import { systemClock } from '@roamkit/core'
import { type Expected, expected } from '@roamkit/core/contract'
import { Observable, type SchedulerLike } from 'rxjs'

/** How a stream measures time. */
export interface TimeOptions {
  /** By default the system's time, with timers that keep no process alive, unlike those of `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined
}

/** Runs once, after that many milliseconds; returns the undo. */
export function after(ms: number, { scheduler }: TimeOptions, run: () => void): () => void {
  if (scheduler === undefined) return systemClock.after(ms, run)
  const subscription = scheduler.schedule(run, ms)
  return () => subscription.unsubscribe()
}

/** Emits once, after that many milliseconds, and completes. */
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
