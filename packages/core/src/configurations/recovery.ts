/** A child of a service network that was lost while in use (rule L3). Times are in milliseconds. */
export interface Recovery {
  /** How long it has to be good before it is preferred again. */
  readonly wait: number
  /** How long that will be after another relapse; halves for each such time without one. */
  readonly next: number
  /** Since when it is good without a break; `null`: it is not. */
  readonly goodSince: number | null
  /** Whether it has been good at all since the last relapse. */
  readonly wasGood: boolean
}

/** The shortest such time, and the longest. */
export interface RecoveryTimes {
  readonly recovery: number
  readonly recoveryLimit: number
}

/**
 * It was lost while in use: each relapse doubles the time. `null`: that is not to count. What several sessions lose at once is lost
 * once: it has not been good in between.
 */
export function relapse(before: Recovery | null, now: number, times: RecoveryTimes): Recovery | null {
  if (times.recovery === 0) return null
  if (before !== null && !before.wasGood) return before
  const wait = (before === null ? null : decayed(before, now, times)) ?? times.recovery
  return { wait, next: Math.min(wait * 2, times.recoveryLimit), goodSince: null, wasGood: false }
}

/** What is left of it, now that the child is seen to be good or not; `null`: nothing. */
export function observe(
  recovery: Recovery,
  as: 'good' | 'notGood',
  now: number,
  times: RecoveryTimes,
): Recovery | null {
  const next = decayed(recovery, now, times)
  if (next === null) return null
  if (as === 'good')
    return recovery.goodSince === null ? { ...recovery, goodSince: now, wasGood: true } : recovery
  return recovery.goodSince === null ? recovery : { ...recovery, next, goodSince: null }
}

/** Whether it has not been good for long enough to be preferred to what is in use. */
export function isRecovering({ wait, goodSince }: Recovery, now: number): boolean {
  return goodSince === null || now < goodSince + wait
}

/** When it will have recovered if it stays good; `null`: it has, or it is not good. */
export function recoversAt({ wait, goodSince }: Recovery, now: number): number | null {
  if (goodSince === null || now >= goodSince + wait) return null
  return goodSince + wait
}

/** What the next relapse would cost as of now; `null`: this one is forgotten. */
function decayed(
  { wait, next, goodSince }: Recovery,
  now: number,
  { recovery }: RecoveryTimes,
): number | null {
  if (goodSince === null) return next
  let left = next
  for (let since = goodSince + wait; now - since >= left; left /= 2) {
    if (left / 2 < recovery) return null
    since += left
  }
  return left
}

/** The children that were lost while in use, by their identifiers. */
export class Recoveries {
  readonly #recoveries = new Map<string, Recovery>()

  get children(): Iterable<string> {
    return this.#recoveries.keys()
  }

  /** A child was lost while in use, or left because it was bad. */
  note(child: string, now: number, times: RecoveryTimes): void {
    this.#keep(child, relapse(this.#recoveries.get(child) ?? null, now, times))
  }

  /** Whether a child is recovering, now that it is seen to be good or not. */
  look(child: string, as: 'good' | 'notGood', now: number, times: RecoveryTimes): boolean {
    const before = this.#recoveries.get(child)
    if (before === undefined) return false
    const recovery = observe(before, as, now, times)
    this.#keep(child, recovery)
    return recovery !== null && isRecovering(recovery, now)
  }

  /** When the next child has recovered; `null`: none is about to. */
  recoversAt(now: number): number | null {
    let first: number | null = null
    for (const recovery of this.#recoveries.values()) {
      const at = recoversAt(recovery, now)
      if (at !== null && (first === null || at < first)) first = at
    }
    return first
  }

  delete(child: string): void {
    this.#recoveries.delete(child)
  }

  /** Forgets the others, for example those that are no children any more. */
  keepOnly(isKept: (child: string) => boolean): void {
    for (const child of this.#recoveries.keys()) if (!isKept(child)) this.#recoveries.delete(child)
  }

  #keep(child: string, recovery: Recovery | null): void {
    if (recovery === null) this.#recoveries.delete(child)
    else this.#recoveries.set(child, recovery)
  }
}
