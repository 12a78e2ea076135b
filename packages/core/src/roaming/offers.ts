import { handleLoss, reconnect, roamAfterLoss, stayLost } from './loss.js'
import { candidateAfterLoss, isLost, preferredChild } from './roaming-candidates.js'
import type { ChildView, Roam } from './roaming-state.js'
import type { RoamingStep } from './roaming-step.js'

export function lookAtOffer(
  step: RoamingStep,
  offer: Roam & { kind: 'offer' },
  current: ChildView | null,
): void {
  const { session, view } = step
  if (!offer.loss && isLost(current)) return handleLoss(step)
  if (offer.loss && current?.carrying) {
    step.withdrawOffer()
    return reconnect(step)
  }
  if (!view.consulted) {
    step.withdrawOffer()
    step.setRoam(null)
    if (offer.loss) return roamAfterLoss(step)
    return consider(step)
  }
  if (offer.loss) {
    if (candidateAfterLoss(session, view)?.id === offer.candidate) return
    step.withdrawOffer()
    return roamAfterLoss(step)
  }
  if (preferredChild(session, view)?.identifier === offer.candidate) return
  step.withdrawOffer()
  step.setRoam(null)
  consider(step)
}

/** A better child: offered, or roamed to (rules R3, R4). */
export function consider(step: RoamingStep): void {
  const { session, view } = step
  session.ignored = session.ignored.filter((id) => view.better.some(({ identifier }) => identifier === id))
  const best = preferredChild(session, view)
  // On its way down by a `stop()`: what becomes of that comes first (rules S10, S11).
  const isLeaving = !step.child(session.current)?.carrying
  if (best === null || isLeaving || (!view.consulted && !view.forced)) return step.dwellOn(null)
  const child = step.child(best.identifier)
  if (child === null) return
  if (best.dwell > 0) {
    if (session.dwelling?.id !== child.id) step.dwellOn(child.id)
    if (!session.dwelling?.isOver) return
  }
  step.dwellOn(null)
  step.startRoaming(child, 'better')
  if (view.consulted) step.offer(child, 'better')
  else step.migrate(child, { forced: true, loss: false })
}

export function ignoreOffer(step: RoamingStep): boolean {
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
