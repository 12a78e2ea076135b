import type { World } from '@roamkit/core/contract'

/** Who tells that the machine sleeps. */
export interface SleepReports {
  /** What logind says; `null` if it does not tell. */
  readonly isPreparingForSleep: boolean | null
  /** What NetworkManager says; left out where it does not run. */
  readonly networkManager?: {
    readonly isAsleep: boolean
    /** It has slept before, so something tells it. */
    readonly hasSlept: boolean
  }
}

/**
 * Whether the machine sleeps (rule L4): if either says so. Without logind, NetworkManager knows of a sleep only if some program tells it. Until
 * that happens once, the next sleep may come unannounced: unknown.
 */
export function powerOf({ isPreparingForSleep, networkManager }: SleepReports): World['power'] {
  if (isPreparingForSleep === true || networkManager?.isAsleep) return 'asleep'
  return isPreparingForSleep === false || networkManager?.hasSlept ? 'awake' : 'unknown'
}
