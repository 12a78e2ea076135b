import type { Clock } from '../../contract/index.js'
import { checkArgument, expected } from '../arguments.js'
import { guardedClock } from './guarded-clock.js'
import { systemClock } from './system-clock.js'

/** How long everything may take, in milliseconds, and by which clock. */
export interface Times {
  readonly clock: Clock
  readonly lossGrace: number
  readonly carrierGrace: number
  readonly serviceGrace: number
  readonly windDownTimeout: number
  readonly closeTimeout: number
  readonly offerTimeout: number
  readonly trialTimeout: number
  readonly retryAfter: number
  readonly retryAfterLimit: number
  readonly reopenDelay: number
  readonly reopenDelayLimit: number
  /** What part of each delay before a session is opened again is random, or a function that returns the part to leave out. */
  readonly reopenJitter: number | (() => number)
  readonly recovery: number
  readonly recoveryLimit: number
  readonly limitedDwell: number
  readonly wakeGrace: number
}

/** The defaults of the options. */
export const DEFAULT_TIMES = {
  lossGrace: 5000,
  carrierGrace: 3000,
  serviceGrace: 10_000,
  windDownTimeout: 30_000,
  closeTimeout: 10_000,
  offerTimeout: 10_000,
  trialTimeout: 30_000,
  retryAfter: 60_000,
  retryAfterLimit: 900_000,
  reopenDelay: 1000,
  reopenDelayLimit: 60_000,
  recovery: 3000,
  recoveryLimit: 300_000,
  limitedDwell: 30_000,
  wakeGrace: 30_000,
} as const

const DEFAULT_JITTER = 0.5

/** Completes the options with the defaults. */
export function timesOf(options: { readonly [Name in keyof Times]?: Times[Name] | undefined }): Times {
  const { clock = systemClock, reopenJitter = DEFAULT_JITTER } = options
  const times = { ...DEFAULT_TIMES, reopenJitter, clock: guardedClock(clock) }
  for (const name of Object.keys(DEFAULT_TIMES) as (keyof typeof DEFAULT_TIMES)[]) {
    const value = options[name]
    if (value !== undefined) Object.assign(times, { [name]: value })
  }
  return times
}

/** A duration in milliseconds, or a `RangeError` that names it. */
export function duration(name: string, value: number): number {
  checkArgument(name, value, expected.milliseconds)
  return value
}

/** A time that has been doubled so often; more than sixty times makes no difference, and 0 stays 0. */
export function doubled(ms: number, times: number): number {
  return ms * 2 ** Math.min(times, 60)
}
