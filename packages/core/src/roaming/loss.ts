import { failure } from '../links/failure.js'
import { DONE } from '../sessions/lifecycle.js'
import { endAgainstWill } from './opening.js'
import { candidateAfterLoss } from './roaming-candidates.js'
import type { OpenStep } from './roaming-step.js'

/** The current child is lost, and not by our own doing (rules R11, L3). */
export function handleFlap(step: OpenStep): void {
  step.noteRelapse(step.session.current, 'lost')
  handleLoss(step)
}

/** The current child is lost (rule R11). */
export function handleLoss(step: OpenStep): void {
  const { session } = step
  step.cancelRoam()
  step.dwellOn(null)
  session.ignored = []
  session.isGraceSpent = step.isBack || !step.view.ready
  step.setRoam(null)
  roamAfterLoss(step)
}

/** Stays open for lossGrace (rule R11), or without a grace if the loss was found when the service came back (rule S14). */
export function stayLost(
  step: OpenStep,
  how: { readonly hadCandidate: boolean; readonly ignored: boolean },
): void {
  if (!step.session.isGraceSpent) return step.setRoam({ kind: 'lost', ...how })
  step.setRoam(null)
  endAgainstWill(step, failure('ERR_CLOSED', 'goneMeanwhile'), how.hadCandidate ? 'roam' : 'keep')
}

/** To the next candidate, or nowhere (rule R11). */
export function roamAfterLoss(step: OpenStep): void {
  const { session, view } = step
  const { roam } = session
  const hadCandidate =
    session.tried.length > 0 || roam?.kind === 'offer' || (roam?.kind === 'paused' && roam.hadCandidate)
  if (!view.ready || view.isResting) return step.setRoam({ kind: 'paused', hadCandidate })
  const child = candidateAfterLoss(session, view)
  if (child === null) {
    if (roam?.kind === 'lost') return
    return stayLost(step, { hadCandidate, ignored: false })
  }
  step.startRoaming(child, 'loss')
  if (view.consulted) step.offer(child, 'loss')
  else step.migrate(child, { forced: true, loss: true, calls: [] })
}

/** While the service is away, offers are withdrawn, times stand still and nothing is decided; then all of it ends (rule S14). */
export function lookWithoutService(step: OpenStep): void {
  const { session, view } = step
  const { roam } = session
  if (view.lapsed) return endAgainstWill(step, failure('ERR_CLOSED', 'serviceLost'), 'keep')
  if (roam?.kind === 'offer') {
    step.cancelRoam()
    step.setRoam(roam.loss ? { kind: 'paused', hadCandidate: true } : null)
  }
  step.pauseTimer('grace')
  step.pauseTimer('trial')
  step.dwellOn(null)
}

/**
 * While the machine sleeps, and until its links have had time to come back, it is the same. What is back is back, and the times start again
 * when that is over (rule L4).
 */
export function lookWhileResting(step: OpenStep): void {
  const { roam, current } = step.session
  const isBack = step.child(current)?.carrying
  if (isBack && (roam?.kind === 'lost' || roam?.kind === 'paused')) return reconnect(step)
  lookWithoutService(step)
  const { times } = step.clock
  if (roam?.kind === 'lost') step.holdTimer('grace', times.lossGrace)
  if (roam?.kind === 'trial') step.holdTimer('trial', times.trialTimeout)
  if (roam?.kind === 'offer' || roam?.kind === 'paused') step.stopTimer('offer')
}

export function resumeTimers(step: OpenStep): void {
  const { roam } = step.session
  if (roam?.kind === 'lost') step.resumeTimer('grace', step.clock.times.lossGrace)
  if (roam?.kind === 'trial') step.resumeTimer('trial', step.clock.times.trialTimeout)
}

/** The current child carries (again). */
export function reconnect(step: OpenStep): void {
  const { session } = step
  const { roam } = session
  session.isGraceSpent = false
  step.setRoam(null)
  session.tried = []
  if (roam?.kind === 'returning') step.answer(roam.calls, { tookEffect: roam.rejected })
  step.settleOpens(DONE)
}
