import type { World } from '@roamkit/core/contract'

/** What the services that announce sleep have said. */
export interface SleepReports {
  /** What logind says; `null` if it says nothing. */
  readonly isPreparingForSleep: boolean | null
  /** What NetworkManager says; left out where it does not run. */
  readonly networkManager?: {
    readonly isAsleep: boolean
    /** It has slept before, so some program announces sleep to it. */
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
