import type { Failure } from '../links/failure.js'
import type { CallId } from '../sessions/lifecycle.js'
import { DONE } from '../sessions/lifecycle.js'
import { exclude, forgive } from './exclusions.js'
import { handleLoss, reconnect, roamAfterLoss } from './loss.js'
import { isLost, isSameDevice } from './roaming-candidates.js'
import type { RoamingStep } from './roaming-step.js'

/** `migrate()`: roams to what is offered (rule R5). */
export function migrateToOffer(step: RoamingStep, call: CallId): void {
  const { session } = step
  const { roam } = session
  const child = roam?.kind === 'offer' ? step.child(roam.candidate) : null
  if (roam?.kind !== 'offer' || child === null) return step.answer(call, false)
  session.roamCalls = [...session.roamCalls, call]
  step.migrate(child, { forced: false, loss: roam.loss })
}

/** Whether the application's word took effect. */
export function acceptTrial(step: RoamingStep): boolean {
  const { roam } = step.session
  if (roam?.kind !== 'trial' || step.session.isStopping) return false
  moveTo(step, roam.candidate)
  return true
}

/** `reject()`: back to the old child (rule R8). */
export function rejectTrial(step: RoamingStep, call: CallId): void {
  const { session } = step
  const { roam } = session
  if (roam?.kind !== 'trial' || session.isStopping) return step.answer(call, false)
  session.roamCalls = [...session.roamCalls, call]
  exclude(step, roam.candidate, 'rejected')
  step.drop(roam.candidate)
  goBack(step, 'rejected')
}

/** The candidate did not come up, or was lost (rule R12). */
export function candidateFailed(step: RoamingStep, why: Failure): void {
  const { session } = step
  const { roam } = session
  if (roam?.kind !== 'migrating' && roam?.kind !== 'trial') return
  step.drop(roam.candidate)
  if (!session.excluded.has(roam.candidate))
    exclude(step, roam.candidate, why.reason === 'deviceBusy' ? 'busy' : 'failed')
  session.tried = [...session.tried, roam.candidate]
  step.error(why, 'roam', roam.candidate)
  goBack(step, 'failed')
}

/** To the old child: as it is, brought up again where it had to go, or not at all (rules R8, R12). */
function goBack(step: RoamingStep, because: 'rejected' | 'failed'): void {
  const rejected = because === 'rejected'
  const { session } = step
  const { roam } = session
  const current = step.child(session.current)
  const isGone = session.excluded.has(session.current ?? '')
  const wasLost = isGone || ((roam?.kind === 'migrating' || roam?.kind === 'trial') && roam.loss)
  if (current?.carrying) {
    step.setRoam({ kind: 'returning', rejected })
    return reconnect(step)
  }
  const candidate = roam?.kind === 'migrating' || roam?.kind === 'trial' ? step.child(roam.candidate) : null
  const hadToGo = current !== null && candidate !== null && isSameDevice(current, candidate)
  if (current?.present && hadToGo && !wasLost && session.current !== null) {
    step.setRoam({ kind: 'returning', rejected })
    return step.retry(session.current, session.currentWasOurs ? 'ours' : 'system')
  }
  step.failRoamCalls()
  if (wasLost) return roamAfterLoss(step)
  handleLoss(step)
}

/** Whether the old child is bad, or was lost during the roam, and not because the new one took its device (rule L3). */
function isLeftForGood(step: RoamingStep, old: string, child: string): boolean {
  const { roam } = step.session
  const [left, taken] = [step.child(old), step.child(child)]
  if (left?.health === 'bad') return true
  const isLossKnown = (roam?.kind === 'migrating' || roam?.kind === 'trial') && roam.loss
  const hadToGo = left !== null && taken !== null && isSameDevice(left, taken)
  return isLost(left) && !isLossKnown && !hadToGo
}

/** The candidate is the current child now, and the old one is released (rules R4, R7). */
export function moveTo(step: RoamingStep, child: string): void {
  const { session } = step
  if (session.current !== null) {
    if (isLeftForGood(step, session.current, child)) step.noteRelapse(session.current)
    step.drop(session.current)
  }
  session.current = child
  session.isGraceSpent = false
  session.tried = []
  session.ignored = []
  session.strikes = new Map([...session.strikes].filter(([id]) => id !== child))
  forgive(step, child)
  step.setRoam(null)
  step.settleOpens(DONE)
}
