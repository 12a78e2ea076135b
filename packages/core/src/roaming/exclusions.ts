import { doubled } from '../primitives/time/times.js'
import { isReadmitted } from './roaming-candidates.js'
import type { Exclusion } from './roaming-state.js'
import type { OpenStep } from './roaming-step.js'

/**
 * No candidate for `retryAfter`, which doubles (rule R19); after a `stop()` until it is seen up again (rule S10); if another
 * session holds the link on its device, until that device carries something else (rule H5).
 */
export function exclude(step: OpenStep, id: string, reason: Exclusion['reason']): void {
  const { session } = step
  const rivals = step.child(id)?.rivals ?? ''
  let servedAt: number | null = null
  if (reason === 'failed' || reason === 'rejected') {
    const strikes = session.strikes.get(id) ?? 0
    session.strikes = new Map(session.strikes).set(id, strikes + 1)
    const { now, times } = step.clock
    servedAt = now + Math.min(doubled(times.retryAfter, strikes), times.retryAfterLimit)
  }
  session.excluded = new Map(session.excluded).set(id, { reason, servedAt, isServed: false, rivals })
}

export function forgive({ session }: OpenStep, id: string): void {
  if (!session.excluded.has(id)) return
  session.excluded = new Map([...session.excluded].filter(([other]) => other !== id))
}

/** Those whose time is over, or that were seen up (rules R19, S10). */
export function readmit(step: OpenStep): void {
  const { session, view } = step
  for (const [id, exclusion] of session.excluded) if (isReadmitted(id, exclusion, view)) forgive(step, id)
}
