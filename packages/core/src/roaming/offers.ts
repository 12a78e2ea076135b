import { handleFlap, reconnect, roamAfterLoss, stayLost } from './loss.js'
import { candidateAfterLoss, isLost, preferredChild } from './roaming-candidates.js'
import type { ChildView, Roam } from './roaming-state.js'
import type { OpenStep } from './roaming-step.js'

export function lookAtOffer(
  step: OpenStep,
  offer: Roam & { kind: 'offer' },
  current: ChildView | null,
): void {
  const { session, view } = step
  if (!offer.loss && isLost(current)) return handleFlap(step)
  if (offer.loss && current?.carrying) {
    step.cancelRoam()
    return reconnect(step)
  }
  if (!view.consulted) {
    step.cancelRoam()
    step.setRoam(null)
    if (offer.loss) return roamAfterLoss(step)
    return consider(step)
  }
  if (offer.loss) {
    if (candidateAfterLoss(session, view)?.id === offer.candidate) return
    step.cancelRoam()
    return roamAfterLoss(step)
  }
  if (preferredChild(session, view)?.identifier === offer.candidate) return
  step.cancelRoam()
  step.setRoam(null)
  consider(step)
}

/** A better child: offered, or roamed to (rules R3, R4). */
export function consider(step: OpenStep): void {
  const { session, view } = step
  session.ignored = session.ignored.filter((id) => view.better.some(({ identifier }) => identifier === id))
  const best = preferredChild(session, view)
  // On its way down by a `stop()`: what becomes of that comes first (rules S10, S11).
  const isLeaving = !step.child(session.current)?.carrying
  const isHeld = isLeaving || session.deadlines.has('holdOff')
  if (best === null || isHeld || (!view.consulted && !view.forced)) return step.dwellOn(null)
  const child = step.child(best.identifier)
  if (child === null) return
  if (best.dwell > 0) {
    if (session.dwelling !== child.id) step.dwellOn(child.id)
    if (session.deadlines.has('dwell')) return
  }
  step.dwellOn(null)
  step.startRoaming(child, 'better')
  if (view.consulted) step.offer(child, 'better')
  else step.migrate(child, { forced: true, loss: false, calls: [] })
}

export function ignoreOffer(step: OpenStep): boolean {
  const { session } = step
  const { roam } = session
  if (roam?.kind !== 'offer') return false
  if (roam.loss) {
    stayLost(step, { hadCandidate: true, ignored: true })
  } else {
    session.ignored = [...session.ignored, roam.candidate]
    step.setRoam(null)
  }
  return true
}
