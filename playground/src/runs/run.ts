import type { VirtualClock } from '@roamkit/backend-mock'
import type { NetworkConfigurationManager, NetworkSession } from '@roamkit/core'
import type { Course } from './course.js'

/** A manager in virtual time, with a session to look at. */
export interface Run {
  readonly clock: VirtualClock
  readonly manager: NetworkConfigurationManager
  /** The session to show; `null`: there is none yet. */
  readonly session: NetworkSession | null
  readonly course: Course
  /** When something happens by itself next, in milliseconds of virtual time; `null`: nothing does. */
  readonly nextStep: number | null
  /** Lets that many milliseconds pass, or fewer if the run ends or if `until` returns true before. */
  pass(ms: number, until?: () => boolean): Promise<void>
  /** Closes the manager. Nothing is written into the course any more. */
  close(): Promise<void>
}

/** The longest time that a manager takes to close, with what its sessions take. */
const CLOSING = 60_000

/** Closes a manager whose clock does not go by itself. */
export async function closeInVirtualTime({ manager, clock }: Pick<Run, 'manager' | 'clock'>): Promise<void> {
  const closing = manager.close()
  await clock.advance(CLOSING)
  await closing
}

/** Runs one job after the other. A virtual clock takes one call at a time. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  add<Result>(job: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(job)
    this.#last = done.catch(() => undefined)
    return done
  }
}
