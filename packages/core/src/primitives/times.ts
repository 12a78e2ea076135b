import type { Clock } from '../contract/index.js'
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
  readonly offerDeadline: number
  readonly trialDeadline: number
  readonly retryAfter: number
  readonly retryAfterLimit: number
  readonly reopenDelay: number
  readonly reopenDelayLimit: number
}

const DEFAULTS = {
  lossGrace: 5000,
  carrierGrace: 3000,
  serviceGrace: 10_000,
  windDownTimeout: 30_000,
  closeTimeout: 10_000,
  offerDeadline: 10_000,
  trialDeadline: 30_000,
  retryAfter: 60_000,
  retryAfterLimit: 900_000,
  reopenDelay: 1000,
  reopenDelayLimit: 60_000,
} as const

/** Completes the times and refuses what is none. */
export function timesOf(options: { readonly [Name in keyof Times]?: Times[Name] | undefined }): Times {
  const times = { ...DEFAULTS, clock: guardedClock(options.clock ?? systemClock) }
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name]
    if (value === undefined) continue
    Object.assign(times, { [name]: duration(name, value) })
  }
  return times
}

/** A duration in milliseconds, or a `RangeError` that names it. */
export function duration(name: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0)
    throw new RangeError(`${name} must be a number of milliseconds from 0 up, not ${String(value)}`)
  return value
}
