import { type Failure, failure } from '../links/failure.js'
import { type Again, type CallId, cancellation, DONE, stopFailure } from '../sessions/lifecycle.js'
import { failureOfAll, nextToOpen } from './roaming-candidates.js'
import { activeChild, currentChild, heldChildren } from './roaming-state.js'
import type { OpeningStep, OpenStep, RoamingStep } from './roaming-step.js'

export function openCall(step: RoamingStep, { call, keepOpen }: Again): void {
  const { session } = step
  if (session.phase === 'open' && session.isStopping) {
    session.again = [...session.again, { call, keepOpen }]
    return
  }
  step.keep(keepOpen)
  if (session.phase === 'open' && session.roam?.kind !== 'lost') return step.settle(call, 'open', DONE)
  session.opens = [...session.opens, call]
  if (session.phase === 'closed') begin(step)
  // In lossGrace one activation is tried (rule S6).
  else if (session.phase === 'open' && session.opens.length === 1) step.retry(session.current, 'ours')
}

export function begin(step: RoamingStep): void {
  step.enter({ phase: 'opening', current: null, wasUp: false, tried: [], failures: [], isRestarting: false })
  if (step.isOpening()) openNext(step)
}

/** The next child to try, or the end of the opening (rule R1). */
export function openNext(step: OpeningStep): void {
  const { session } = step
  const next = nextToOpen(session, step.view)
  if (next !== null) {
    session.current = next.id
    session.wasUp = next.carrying
    session.tried = [...session.tried, next.id]
    return step.link(next.id, 'hold')
  }
  session.current = null
  // Nothing is known any more: it waits for the service, within connectTimeout (rule S14).
  if (!step.view.ready && session.failures.length === 0) return step.startTimer('wait', step.view.openTimeout)
  const why = failureOfAll(session.failures, step.view)
  step.enter({ phase: 'closed', ending: null })
  step.openingFailed(why)
}

/** The child that was tried is up. */
export function beOpen(step: RoamingStep, current: string): void {
  step.enter({
    phase: 'open',
    current,
    roam: null,
    tried: [],
    ignored: [],
    excluded: new Map(),
    dwelling: null,
    isStopping: false,
    isGraceSpent: false,
    wasConsulted: false,
    wasResting: false,
  })
  step.opened()
  step.settleOpens(DONE)
}

export function giveUp(step: RoamingStep, call: CallId): void {
  const { session } = step
  session.again = session.again.filter((other) => other.call !== call)
  if (!session.opens.includes(call)) return
  session.opens = session.opens.filter((other) => other !== call)
  // In lossGrace no caller wants the activation any longer (rule S6).
  if (session.opens.length === 0 && session.phase === 'open' && session.roam?.kind === 'lost')
    return step.link(session.current, 'retryNot')
  if (session.phase === 'open' || !step.isUnwanted) return
  step.keepNoLonger()
  if (session.phase === 'opening') leave(step)
}

export function closeCall(step: RoamingStep, call: CallId): void {
  const { session } = step
  step.keepNoLonger()
  session.closes = [...session.closes, call]
  step.settleOpens({ type: 'aborted', failure: cancellation() })
  if (session.phase !== 'closed') leave(step)
  settleIfLeft(step)
}

/** `stop()` takes the child in use down for all; a second one goes down only if no session holds it any longer (rule R18). */
export function stopCall(step: RoamingStep, call: CallId): void {
  const { session } = step
  if (session.phase === 'closed') {
    step.keepNoLonger()
    step.settleOpens({ type: 'aborted', failure: stopFailure() })
    return step.settle(call, 'stop', DONE)
  }
  if (!step.view.ready) return refuseStop(step, call)
  session.stops = [...session.stops, call]
  if (step.isOpen()) return stopOpen(step)
  step.keepNoLonger()
  step.settleOpens({ type: 'aborted', failure: stopFailure() })
  leave(step)
  settleIfLeft(step)
}

function stopOpen(step: OpenStep): void {
  const { session } = step
  const { roam } = session
  step.cancelRoam()
  // A trial stands, and the old child stays held, until it is known that the system stops the new one (rule S11).
  if (roam?.kind === 'trial') step.pauseTimer('trial')
  else {
    if (roam?.kind === 'migrating') step.drop(roam.candidate)
    step.setRoam(null)
  }
  session.isStopping = true
  step.link(activeChild(session), 'stop')
}

/** While the service is away nothing is stopped, and nothing else changes (rules S14, S11). */
function refuseStop(step: RoamingStep, call: CallId): void {
  const why = failure('ERR_SERVICE_LOST', 'serviceLost')
  step.error(why, 'stop')
  step.settle(call, 'stop', { type: 'failed', failure: why })
}

export function settleIfLeft(step: RoamingStep): void {
  if (step.session.leaving.size === 0) step.settleLeavers()
}

/** Releases whatever is held: `closed`, if it was open (rule R16). */
function leave(step: RoamingStep): void {
  const { session } = step
  const shown = activeChild(session) ?? currentChild(session)
  step.cancelRoam()
  step.abortAgain(cancellation())
  for (const child of heldChildren(session)) step.drop(child)
  step.enter({ phase: 'closed', ending: shown === null ? null : { id: shown, isDown: false } })
  if (session.phase === 'open') step.effects.push({ type: 'closed' })
  watchEnding(step)
}

/** The session ends against its will (rules R11, S12 to S14). */
export function endAgainstWill(step: OpenStep, why: Failure, doing: 'keep' | 'roam'): void {
  step.error(why, doing)
  step.settleOpens({ type: 'failed', failure: why })
  leave(step)
  step.scheduleReopening()
}

/** Our own `stop()` has taken the child down (rule R18). */
export function endStopped(step: OpenStep): void {
  const { current, again } = step.session
  const active = activeChild(step.session)
  step.session.again = []
  step.keepNoLonger()
  step.settleOpens({ type: 'aborted', failure: stopFailure() })
  for (const child of new Set([current, active])) step.drop(child)
  step.effects.push({ type: 'closed' }, { type: 'emitEnd' })
  if (again.length === 0) return step.enter({ phase: 'closed', ending: { id: active, isDown: true } })
  step.enter({ phase: 'opening', current: null, wasUp: false, tried: [], failures: [], isRestarting: true })
  step.takeBack(again)
}

/** The service network was removed: an opening fails, an open session ends, and no call waits any longer (rule S13). */
export function endRemoved(step: RoamingStep): void {
  if (!step.isOpen()) {
    leave(step)
    step.openingFailed(failure('ERR_UNKNOWN_CONFIGURATION', 'removed'))
  } else if (step.session.isStopping) {
    // On its way down already: what was to be opened again finds out that it is gone (rule S6).
    endStopped(step)
  } else endAgainstWill(step, failure('ERR_CLOSED', 'removed'), 'keep')
  step.settleLeavers()
}

/** The end is shown until it is over, then the summary (rule R2). */
export function watchEnding(step: RoamingStep): void {
  const { session } = step
  if (session.phase !== 'closed' || session.ending === null || session.ending.isDown) return
  const child = step.child(session.ending.id)
  if (child?.state === 'closing') return
  // Still up, because others hold it or it is the system's: nothing ends. Down: emit that, and then the summary.
  const isWindingDown = session.leaving.has(session.ending.id)
  if (child?.carrying) {
    if (!isWindingDown) session.ending = null
    return
  }
  session.ending = { ...session.ending, isDown: true }
  step.effects.push({ type: 'emitEnd' })
}
