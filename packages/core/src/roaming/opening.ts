import { type Failure, failure } from '../links/failure.js'
import { type Again, type CallId, cancelled, DONE, stoppedBySomebody } from '../sessions/lifecycle.js'
import { failureOfAll, nextToOpen } from './roaming-candidates.js'
import { activeChild } from './roaming-state.js'
import type { RoamingStep } from './roaming-step.js'

export function openCall(step: RoamingStep, { call, keepOpen }: Again): void {
  const { session } = step
  if (session.phase === 'open' && session.isStopping) {
    session.again = [...session.again, { call, keepOpen }]
    return
  }
  session.keepOpen ||= keepOpen
  if (session.phase === 'open' && session.roam?.kind !== 'lost') return step.settle(call, 'open', DONE)
  session.opens = [...session.opens, call]
  if (session.phase === 'open') {
    // In lossGrace one activation is tried (rule S6).
    if (session.opens.length === 1 && session.current !== null) step.retry(session.current, 'ours')
    return
  }
  if (session.phase === 'opening') return
  begin(step)
}

export function begin(step: RoamingStep): void {
  const { session } = step
  if (session.reopenings > 0) step.stopTimer('reopen')
  session.phase = 'opening'
  session.ending = null
  session.tried = []
  session.failures = []
  openNext(step)
}

/** The next child to try, or the end of the opening (rule R1). */
export function openNext(step: RoamingStep): void {
  const { session } = step
  const next = nextToOpen(session, step.view)
  if (next !== null) {
    session.current = next.id
    session.tried = [...session.tried, next.id]
    return step.link(next.id, 'hold')
  }
  session.current = null
  // Nothing is known any more: it waits for the service, within connectTimeout (rule S14).
  if (!step.view.ready && session.failures.length === 0) return step.startTimer('wait', step.view.openTimeout)
  session.phase = 'closed'
  const why = failureOfAll(session.failures)
  step.error(why, 'open')
  step.settleOpens({ type: 'failed', failure: why })
  // Kept open is what once was open: a first opening that fails is over.
  if (session.reopenings > 0) step.scheduleReopening()
  else session.keepOpen = false
}

export function giveUp(step: RoamingStep, call: CallId): void {
  const { session } = step
  session.again = session.again.filter((other) => other.call !== call)
  if (!session.opens.includes(call)) return
  session.opens = session.opens.filter((other) => other !== call)
  // In lossGrace nobody wants the activation tried any more (rule S6).
  if (session.opens.length === 0 && session.roam?.kind === 'lost' && session.current !== null)
    return step.link(session.current, 'retryNot')
  if (session.opens.length > 0 || session.phase !== 'opening' || session.reopenings > 0) return
  step.keepNoLonger()
  leave(step)
}

export function closeCall(step: RoamingStep, call: CallId): void {
  const { session } = step
  step.keepNoLonger()
  session.closes = [...session.closes, call]
  if (session.phase === 'closed') {
    if (session.leaving.size === 0) step.settleLeavers()
    return
  }
  step.settleOpens({ type: 'aborted', failure: cancelled() })
  leave(step)
  if (session.leaving.size === 0) step.settleLeavers()
}

/** `stop()` takes the child in use down for everybody; a second one follows its holders (rule R18). */
export function stopCall(step: RoamingStep, call: CallId): void {
  const { session } = step
  if (session.phase === 'closed') {
    step.keepNoLonger()
    return step.settle(call, 'stop', DONE)
  }
  if (!step.view.ready) return refuseStop(step, call)
  session.stops = [...session.stops, call]
  if (session.phase === 'opening') {
    step.keepNoLonger()
    step.settleOpens({ type: 'aborted', failure: stoppedBySomebody() })
    leave(step)
    if (session.leaving.size === 0) step.settleLeavers()
    return
  }
  const { roam } = session
  step.withdrawOffer()
  step.failRoamCalls()
  // A trial stands, and the old child stays held, until it is known that the system stops the new one (rule S11).
  if (roam?.kind === 'trial') step.pauseTimer('trial')
  else {
    if (roam?.kind === 'migrating') step.drop(roam.candidate)
    step.setRoam(null)
  }
  session.isStopping = true
  const active = activeChild(session)
  if (active !== null) step.link(active, 'stop')
}

/** While the service is away nothing is stopped, and nothing else changes (rules S14, S11). */
function refuseStop(step: RoamingStep, call: CallId): void {
  const why = failure('ERR_SERVICE_LOST', 'serviceLost')
  step.error(why, 'stop')
  step.settle(call, 'stop', { type: 'failed', failure: why })
}

/** Whatever is held is let go of: `closed`, if it was open (rule R16). */
function leave(step: RoamingStep): void {
  const { session } = step
  const wasOpen = session.phase === 'open'
  step.withdrawOffer()
  step.failRoamCalls()
  step.abortAgain(cancelled())
  const { current, roam } = session
  const active = roam?.kind === 'trial' ? roam.candidate : current
  if (session.phase === 'opening' && current === null) step.stopTimer('wait')
  if (roam?.kind === 'migrating' || roam?.kind === 'trial') step.drop(roam.candidate)
  if (current !== null) step.drop(current)
  step.setRoam(null)
  reset(step)
  if (active !== null) session.ending = { id: active, isDown: false }
  if (wasOpen) step.effects.push({ type: 'closed' })
  watchEnding(step)
}

function reset(step: RoamingStep): void {
  const { session } = step
  session.phase = 'closed'
  session.current = null
  session.isStopping = false
  session.isRestarting = false
  session.isGraceSpent = false
  session.ignored = []
  session.tried = []
  step.dwellOn(null)
  session.excluded = new Map()
}

/** The session ends against its will (rules R11, S12 to S14). */
export function endAgainstWill(step: RoamingStep, why: Failure, doing: 'keep' | 'roam'): void {
  step.error(why, doing)
  step.settleOpens({ type: 'failed', failure: why })
  leave(step)
  step.scheduleReopening()
}

/** Our own `stop()` has taken the child down (rule R18). */
export function stopped(step: RoamingStep): void {
  const { session } = step
  const { current, again } = session
  const active = activeChild(session)
  session.again = []
  step.keepNoLonger()
  step.settleOpens({ type: 'aborted', failure: stoppedBySomebody() })
  step.setRoam(null)
  reset(step)
  if (current !== null) step.drop(current)
  if (active !== null && active !== current) step.drop(active)
  if (active !== null) session.ending = { id: active, isDown: true }
  step.effects.push({ type: 'closed' }, { type: 'tellEnd' })
  if (again.length === 0) return
  step.takeBack(again)
  session.ending = null
  session.isRestarting = true
}

/** The service network was removed: an opening fails, what is open ends, nobody waits any more (rule S13). */
export function removed(step: RoamingStep): void {
  const { session } = step
  // On its way down already: what was to be opened again finds out that it is gone (rule S6).
  if (session.phase === 'open' && session.isStopping) stopped(step)
  else if (session.phase === 'open') endAgainstWill(step, failure('ERR_CLOSED', 'removed'), 'keep')
  else {
    const why = failure('ERR_UNKNOWN_CONFIGURATION', 'removed')
    step.error(why, 'open')
    step.settleOpens({ type: 'failed', failure: why })
    leave(step)
    if (session.reopenings > 0) step.scheduleReopening()
    else session.keepOpen = false
  }
  step.settleLeavers()
}

/** The end is shown until it is over, then the summary (rule R2). */
export function watchEnding(step: RoamingStep): void {
  const { session } = step
  if (session.ending === null || session.ending.isDown) return
  const child = step.child(session.ending.id)
  if (child?.state === 'closing') return
  // Still up, because others hold it or it is the system's: nothing ends. Down: that is told, and then the summary.
  const isWindingDown = session.leaving.has(session.ending.id)
  if (child?.carrying) {
    if (!isWindingDown) session.ending = null
    return
  }
  session.ending = { ...session.ending, isDown: true }
  step.effects.push({ type: 'tellEnd' })
}
