import type { Clock, ManagerLike, SessionLike } from '@roamkit/core'
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs'
import { check } from './arguments.js'

/**
 * A scheduler on the clock of a manager or a session (`manager.clock`), for RxJS's own operators:
 * `interval(1000, clockScheduler(manager))`. In a test with a `VirtualClock`, they then run in the same virtual time as the sessions. The
 * operators of this package use that clock without being told.
 *
 * `now()` is in milliseconds and monotonic. It is not the time of day, so do not give a `Date` to an operator on this scheduler. Work runs
 * once its delay is over, never within the call of `schedule`. Its timers do not keep the process alive, unlike those of `asyncScheduler`.
 * Unsubscribing cancels the work. The scheduler goes on when the manager is closed. What the work throws surfaces as the clock lets it:
 * on the system's clock as an uncaught exception.
 * @throws TypeError if the source is neither a session nor a manager
 */
export function clockScheduler(source: SessionLike | ManagerLike): SchedulerLike {
  check('clockScheduler', 'source', source)
  const { clock } = source
  return {
    now: () => clock.now(),
    schedule: (work, delay = 0, state) => new ClockAction(clock, work).schedule(state as never, delay),
  }
}

/** Work that can schedule itself again, as operators such as `interval` do. */
class ClockAction<State> extends Subscription implements SchedulerAction<State> {
  readonly #clock: Clock
  readonly #work: (this: SchedulerAction<State>, state: State) => void
  #cancel = () => {}

  constructor(clock: Clock, work: (this: SchedulerAction<State>, state: State) => void) {
    super()
    this.#clock = clock
    this.#work = work
    this.add(() => this.#cancel())
  }

  schedule(state?: State, delay = 0): Subscription {
    this.#cancel()
    if (!this.closed) this.#cancel = this.#clock.after(delay, () => this.#work(state as State))
    return this
  }
}
