import type { Failure } from '../links/failure.js'
import type { CallId } from '../sessions/lifecycle.js'
import { DONE } from '../sessions/lifecycle.js'
import { exclude, forgive } from './exclusions.js'
import { handleLoss, reconnect, roamAfterLoss } from './loss.js'
import { isLost, isSameDevice } from './roaming-candidates.js'
import type { Migration, Move, Roam } from './roaming-state.js'
import type { OpenStep } from './roaming-step.js'

/** `migrate()`: roams to what is offered (rule R5). */
export function migrateToOffer(step: OpenStep, call: CallId): void {
  const { roam } = step.session
  const child = roam?.kind === 'offer' ? step.child(roam.candidate) : null
  if (roam?.kind !== 'offer' || child === null) return step.answer([call], { tookEffect: false })
  step.migrate(child, { forced: false, loss: roam.loss, calls: [call] })
}

/** If the application is not asked, the session roams to the candidate. Otherwise the trial begins (rules R4, R6). */
export function candidateIsUp(
  step: OpenStep,
  { candidate, forced, loss, currentWasOurs, calls }: Migration,
): void {
  if (forced) return moveTo(step, candidate)
  step.effects.push({ type: 'trialBegun', candidate })
  step.setRoam({ kind: 'trial', candidate, loss, currentWasOurs, undecided: 'accepted' })
  step.answer(calls, { tookEffect: true })
}

/** Whether the application's word took effect. */
export function acceptTrial(step: OpenStep): boolean {
  const { roam, isStopping } = step.session
  if (roam?.kind !== 'trial' || isStopping) return false
  moveTo(step, roam.candidate)
  return true
}

/** `reject()`: back to the old child (rule R8). */
export function rejectTrial(step: OpenStep, calls: readonly CallId[]): void {
  const { roam, isStopping } = step.session
  if (roam?.kind !== 'trial' || isStopping) return step.answer(calls, { tookEffect: false })
  exclude(step, roam.candidate, 'rejected')
  step.drop(roam.candidate)
  goBack(step, roam, { kind: 'returning', rejected: true, calls })
}

/** The candidate did not come up, or was lost (rule R12). */
export function candidateFailed(step: OpenStep, move: Move, why: Failure): void {
  const { session } = step
  const { candidate } = move
  step.drop(candidate)
  if (!session.excluded.has(candidate))
    exclude(step, candidate, why.reason === 'deviceBusy' ? 'busy' : 'failed')
  session.tried = [...session.tried, candidate]
  step.error(why, 'roam', candidate)
  const calls = move.kind === 'migrating' ? move.calls : []
  goBack(step, move, { kind: 'returning', rejected: false, calls })
}

/** Returns to the old child: as it is, after bringing it up again if it was taken down, or not at all (rules R8, R12). */
function goBack(step: OpenStep, move: Move, returning: Roam & { kind: 'returning' }): void {
  const { session } = step
  const current = step.child(session.current)
  const candidate = step.child(move.candidate)
  const wasLost = move.loss || session.excluded.has(session.current)
  const hadToGo = current?.present && candidate !== null && isSameDevice(current, candidate)
  step.setRoam(returning)
  if (current?.carrying) return reconnect(step)
  if (hadToGo && !wasLost) return step.retry(session.current, move.currentWasOurs ? 'ours' : 'system')
  if (!wasLost) return handleLoss(step)
  step.cancelRoam()
  roamAfterLoss(step)
}

/** Why leaving the old child is a relapse of it; `null`: it is none, for example because the new one took its device (rule L3). */
function relapseOf(step: OpenStep, child: string): 'lost' | 'bad' | null {
  const { roam, current } = step.session
  const [left, taken] = [step.child(current), step.child(child)]
  if (left?.health === 'bad') return 'bad'
  const isLossKnown = (roam?.kind === 'migrating' || roam?.kind === 'trial') && roam.loss
  const hadToGo = left !== null && taken !== null && isSameDevice(left, taken)
  return isLost(left) && !isLossKnown && !hadToGo ? 'lost' : null
}

/** The candidate is the current child now, and the old one is released (rules R4, R7). */
function moveTo(step: OpenStep, child: string): void {
  const { session } = step
  const relapse = relapseOf(step, child)
  if (relapse !== null) step.noteRelapse(session.current, relapse)
  step.drop(session.current)
  session.current = child
  session.isGraceSpent = false
  session.tried = []
  session.ignored = []
  session.strikes = new Map([...session.strikes].filter(([id]) => id !== child))
  forgive(step, child)
  step.setRoam(null)
  step.settleOpens(DONE)
}
