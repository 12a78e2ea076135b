/**
 * What the last of our sessions on a link does with it when it closes (rule H1). `restore`: takes down what our sessions
 * brought up, and leaves up what was up before. `down`: takes it down in any case. `leave`: leaves it up; it is the system's then.
 */
export type LastClose = 'down' | 'leave' | 'restore'

/** One of the three, or a `RangeError` that names them. */
export function lastCloseOf(value: LastClose = 'restore'): LastClose {
  if (value !== 'down' && value !== 'leave' && value !== 'restore')
    throw new RangeError(`lastClose is 'down', 'leave' or 'restore', not '${String(value)}'`)
  return value
}
