import { type Failure, failure } from '../links/failure.js'
import type { LinkNotice } from '../links/link-messages.js'
import { stopFailure } from '../sessions/lifecycle.js'
import { lossFailure } from '../sessions/link-view.js'
import { exclude, readmit } from './exclusions.js'
import {
  handleFlap,
  handleLoss,
  lookWhileResting,
  lookWithoutService,
  reconnect,
  resumeTimers,
  roamAfterLoss,
} from './loss.js'
import { acceptTrial, candidateFailed, candidateIsUp, migrateToOffer, rejectTrial } from './migration.js'
import { consider, ignoreOffer, lookAtOffer } from './offers.js'
import {
  begin,
  beOpen,
  closeCall,
  endAgainstWill,
  endRemoved,
  endStopped,
  giveUp,
  openCall,
  openNext,
  settleIfLeft,
  stopCall,
  watchEnding,
} from './opening.js'
import { countOpenable, isLost } from './roaming-candidates.js'
import type { RoamingAnswer, RoamingClock, RoamingEffect, RoamingInput } from './roaming-messages.js'
import {
  activeChild,
  type ChildView,
  type Migration,
  moveOf,
  type NetworkView,
  type Roam,
  type RoamingState,
  type RoamingTimer,
  roamOf,
} from './roaming-state.js'
import { type OpeningStep, type OpenStep, RoamingStep } from './roaming-step.js'

/** One step of a session on a service network: what it becomes, and what has to be done about it, in order. */
export function reduceRoaming(
  session: RoamingState,
  input: RoamingInput,
  view: NetworkView,
  clock: RoamingClock,
): readonly [RoamingState, readonly RoamingEffect[]] {
  const step = new RoamingStep(session, view, clock)
  take(step, input)
  return [step.session, step.effects]
}

function take(step: RoamingStep, input: RoamingInput): void {
  switch (input.type) {
    case 'open':
      return openCall(step, input)
    case 'giveUp':
      return giveUp(step, input.call)
    case 'close':
      return closeCall(step, input.call)
    case 'stop':
      return stopCall(step, input.call)
    case 'migrate':
    case 'accept':
    case 'reject':
    case 'ignore':
      return step.isOpen() ? takeAnswer(step, input) : step.answer([input.call], { tookEffect: false })
    case 'notice':
      return takeNotice(step, input.child, input.notice)
    case 'look':
      return look(step)
    case 'ended':
      return takeEnd(step)
    case 'timer':
      return timeOver(step, input.timer)
    case 'holdOff':
      return step.isOpen() ? holdOff(step, input.ms) : undefined
    case 'requireDecision':
      return step.isOpen() ? requireDecision(step) : undefined
    case 'served':
      return step.isOpen() ? serveTime(step, input.child) : undefined
  }
}

/** No roam of its own accord for that long, but after a loss (rule L5). */
function holdOff(step: OpenStep, ms: number): void {
  step.stopTimer('holdOff')
  if (ms > 0) step.startTimer('holdOff', ms)
  look(step)
}

/** A check or a policy was asked about the trial (rule L7). */
function requireDecision(step: OpenStep): void {
  const { session } = step
  if (session.roam?.kind === 'trial') session.roam = { ...session.roam, undecided: 'rejected' }
}

function takeAnswer(step: OpenStep, { type, call }: RoamingAnswer): void {
  switch (type) {
    case 'migrate':
      return migrateToOffer(step, call)
    case 'accept':
      return step.answer([call], { tookEffect: acceptTrial(step) })
    case 'reject':
      return rejectTrial(step, [call])
    case 'ignore':
      return step.answer([call], { tookEffect: ignoreOffer(step) })
  }
}

function takeEnd(step: RoamingStep): void {
  const { session } = step
  if (session.phase === 'opening' && session.isRestarting) return begin(step)
  if (session.phase === 'closed' && session.ending?.isDown) session.ending = null
  look(step)
}

function takeNotice(step: RoamingStep, child: string, notice: LinkNotice): void {
  const { session } = step
  switch (notice.type) {
    case 'leftUp':
      return step.error(notice.failure, 'close', child)
    case 'stopRefused':
      if (session.phase === 'open') session.isStopping = false
      if (roamOf(session)?.kind === 'trial') step.resumeTimer('trial', step.clock.times.trialTimeout)
      step.refuseStops(notice.failure)
      step.stayOpen()
      return look(step)
    case 'settled':
      session.leaving = new Set([...session.leaving].filter((id) => id !== child))
      // Also if it was opened again in the meantime (rule S8).
      if (session.phase !== 'open' || !session.isStopping) return settleIfLeft(step)
  }
  if (step.isOpen()) return hearWhileOpen(step, child, notice)
  if (!step.isOpening() || child !== step.session.current) return
  if (notice.type === 'granted') return beOpen(step, child)
  if (notice.type !== 'failed' && notice.type !== 'cancelled') return
  step.session.failures = [...step.session.failures, failureOf(notice)]
  openNext(step)
}

function hearWhileOpen(step: OpenStep, child: string, notice: LinkNotice): void {
  const { session } = step
  const { roam, isStopping } = session
  const move = moveOf(session)
  switch (notice.type) {
    case 'granted':
      if (roam?.kind === 'migrating' && roam.candidate === child) return candidateIsUp(step, roam)
      if (child === session.current && isWanted(roam)) reconnect(step)
      return
    case 'failed':
    case 'cancelled':
      if (move?.candidate === child) return candidateFailed(step, move, failureOf(notice))
      if (child !== session.current) return
      if (roam?.kind === 'returning') return handleLoss(step)
      if (roam?.kind === 'lost' && session.opens.length > 0) endAgainstWill(step, failureOf(notice), 'keep')
      return
    case 'stopped':
      if (child === activeChild(session) && (isStopping || notice.caller)) return endStopped(step)
      if (move?.candidate === child) {
        exclude(step, child, 'stopped')
        return candidateFailed(step, move, stopFailure())
      }
      if (child !== session.current) return
      // In lossGrace the grace ends for all (rule S9a).
      if (roam?.kind === 'lost' && notice.wasLost) {
        step.keepNoLonger()
        return endAgainstWill(step, stopFailure(), 'keep')
      }
      exclude(step, child, 'stopped')
      // In migrating and trial the old one is gone, which shows when it is wanted back (rule R20).
      if (move === null) handleLoss(step)
      return
    case 'stopAsked':
      if (isStopping && child === activeChild(session)) step.abortAgain(stopFailure())
      return
    case 'settled':
      // What was to be stopped is gone (rule S13).
      if (child === activeChild(session)) endStopped(step)
  }
}

function failureOf(notice: LinkNotice & { type: 'failed' | 'cancelled' }): Failure {
  return notice.type === 'failed' ? notice.failure : stopFailure()
}

/** Whether the current child, which is not there, is all that is waited for. */
function isWanted(roam: Roam | null): boolean {
  return roam?.kind === 'returning' || roam?.kind === 'lost' || roam?.kind === 'paused'
}

function look(step: RoamingStep): void {
  const { session, view } = step
  step.isBack = session.wasAway && view.ready
  session.wasAway = !view.ready
  if (session.phase === 'closed') {
    // No call waits for the links of a network that was removed (rule S13).
    if (!view.present) step.settleLeavers()
    watchEnding(step)
    if (session.reopenings > 0) lookWhileWaiting(step)
  } else if (!view.present) endRemoved(step)
  else if (step.isOpen()) {
    const wasBusy = roamOf(session) !== null
    lookWhileOpen(step)
    if (wasBusy) considerAgain(step)
  } else if (step.isOpening() && view.ready && !step.session.isRestarting) {
    if (step.session.current !== null) return lookWhileOpening(step)
    step.stopTimer('wait')
    openNext(step)
  }
}

/** What is back, or has come into range, is opened at once (`keepOpen`). */
function lookWhileWaiting(step: RoamingStep): void {
  const { session, view } = step
  if (!view.ready) return
  const before = session.openable
  session.openable = countOpenable(view)
  const isBack = session.openable > before || view.children.some(({ carrying }) => carrying)
  if (isBack && session.phase === 'closed' && session.ending === null) begin(step)
}

function lookWhileOpen(step: OpenStep): void {
  const { session, view } = step
  // The last listener left (rule R21).
  if (session.wasConsulted && !view.consulted) session.ignored = []
  session.wasConsulted = view.consulted
  readmit(step)
  if (session.isStopping) return
  if (!view.ready) return lookWithoutService(step)
  const hasRested = session.wasResting && !view.isResting
  session.wasResting = view.isResting
  if (view.isResting) return lookWhileResting(step)
  if (step.isBack || hasRested) resumeTimers(step)
  const current = step.child(session.current)
  const { roam } = session
  switch (roam?.kind) {
    case undefined:
      return isLost(current) ? handleFlap(step) : consider(step)
    case 'offer':
      return lookAtOffer(step, roam, current)
    case 'migrating':
      return lookAtMigration(step, roam, current)
    case 'trial':
      if (!isLost(step.child(roam.candidate))) return
      step.noteRelapse(roam.candidate, 'lost')
      return candidateFailed(step, roam, failure('ERR_CLOSED', 'lost'))
    case 'returning':
      if (current?.present !== true) handleLoss(step)
      else if (current.carrying) reconnect(step)
      return
    case 'paused':
      if (current?.carrying) reconnect(step)
      else roamAfterLoss(step)
      return
    case 'lost':
      if (current?.carrying) reconnect(step)
      else if (!roam.ignored) roamAfterLoss(step)
  }
}

/** Whether a child that was up is lost and cannot be brought up again: waiting until its connectTimeout is over would be in vain (rules R1, R12). */
function isOutOfReach(child: ChildView): boolean {
  return isLost(child) && child.eligible === 'no'
}

/** What was under way is over, and nothing else may change from now on: another child may be better (rule R3). */
function considerAgain(step: RoamingStep): void {
  const { view } = step
  if (!step.isOpen() || step.session.roam !== null || step.session.isStopping) return
  if (view.ready && !view.isResting) consider(step)
}

function lookAtMigration(step: OpenStep, roam: Migration, current: ChildView | null): void {
  const candidate = step.child(roam.candidate)
  if (roam.loss && current?.carrying) {
    step.drop(roam.candidate)
    step.cancelRoam()
    reconnect(step)
  } else if (candidate?.present !== true) candidateFailed(step, roam, failure('ERR_CLOSED', 'removed'))
  else if (candidate.carrying) step.session.roam = { ...roam, wasUp: true }
  else if (roam.wasUp && isOutOfReach(candidate)) {
    step.noteRelapse(roam.candidate, 'lost')
    candidateFailed(step, roam, failure('ERR_CLOSED', 'lost'))
  }
}

/** The same for a child that is being opened: the next one is tried (rule R1). */
function lookWhileOpening(step: OpeningStep): void {
  const { session } = step
  const child = step.child(session.current)
  if (child === null) return
  if (child.carrying) session.wasUp = true
  else if (session.wasUp && isOutOfReach(child)) {
    step.drop(child.id)
    session.failures = [...session.failures, failure('ERR_UNKNOWN_CONFIGURATION', 'outOfRange')]
    openNext(step)
  }
}

function timeOver(step: RoamingStep, timer: RoamingTimer): void {
  step.stopTimer(timer)
  if (step.isOpen()) return timeOverWhileOpen(step, timer)
  const { session } = step
  if (timer === 'reopen' && session.phase === 'closed' && session.reopenings > 0) return begin(step)
  if (timer !== 'wait' || !step.isOpening() || step.session.current !== null) return
  step.session.failures = [failure('ERR_TIMED_OUT', 'timedOut')]
  openNext(step)
}

/** Why the child in use is down. */
function currentLoss(step: OpenStep): ChildView['downBecause'] {
  return step.child(step.session.current)?.downBecause ?? null
}

function timeOverWhileOpen(step: OpenStep, timer: RoamingTimer): void {
  const { session } = step
  const { roam } = session
  switch (timer) {
    case 'grace':
      if (roam?.kind !== 'lost') return
      return endAgainstWill(step, lossFailure(currentLoss(step)), roam.hadCandidate ? 'roam' : 'keep')
    case 'offer':
      if (roam?.kind !== 'offer' || !roam.loss) return
      step.cancelRoam()
      ignoreOffer(step)
      return
    case 'trial':
      if (roam?.kind === 'trial' && roam.undecided === 'rejected') rejectTrial(step, [])
      else acceptTrial(step)
      return look(step)
    case 'holdOff':
      return look(step)
    case 'dwell':
      if (session.dwelling !== null) look(step)
  }
}

/** A child's time as no candidate is over (rule R19). */
function serveTime(step: OpenStep, child: string): void {
  const { session } = step
  const exclusion = session.excluded.get(child)
  if (exclusion === undefined) return
  const served = { ...exclusion, servedAt: null, isServed: true }
  session.excluded = new Map(session.excluded).set(child, served)
  look(step)
}
