import { systemClock } from '@roamkit/core/backend-kit'
import type { Time } from './adapter.js'

/** Real time, for adapters without virtual time. Its timers do not keep the process alive, but waiting with `pass` does. */
export const realTime: Time = {
  clock: systemClock,
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}
