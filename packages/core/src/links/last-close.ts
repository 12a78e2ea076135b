import { expected } from '../primitives/arguments.js'

/**
 * What the last of our sessions on a link does with it when it closes (rule H1). `restore`: takes down what our sessions
 * brought up, and leaves up what was up before. `down`: takes it down in any case. `leave`: leaves it up; it is the system's then.
 */
export type LastClose = 'down' | 'leave' | 'restore'

/** What `lastClose` may be. */
export const LAST_CLOSE = expected.oneOf('down', 'leave', 'restore')
