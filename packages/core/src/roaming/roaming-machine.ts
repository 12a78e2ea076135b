import { failure } from '../links/failure.js'
import type { LinkNotice } from '../links/link-messages.js'
import { DONE } from '../sessions/lifecycle.js'
import { exclude, readmit } from './exclusions.js'
import { handleLoss, lookWithoutService, reconnect, resumeTimers, roamAfterLoss } from './loss.js'
import { acceptTrial, candidateFailed, migrateToOffer, moveTo, rejectTrial } from './migration.js'
import { consider, ignoreOffer, lookAtOffer } from './offers.js'
import {
  begin,
  closeCall,
  endAgainstWill,
  endRemoved,
  endStopped,
  giveUp,
  openCall,
  openNext,
  stopCall,
  watchEnding,
} from './opening.js'
import { isLost } from './roaming-candidates.js'
import type { RoamingClock, RoamingEffect, RoamingInput } from './roaming-messages.js'
import {
  activeChild,
  type NetworkView,
  type Roam,
  type RoamingState,
  type RoamingTimer,
} from './roaming-state.js'
import { RoamingStep } from './roaming-step.js'

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
      return migrateToOffer(step, input.call)
    case 'accept':
      return step.answer(input.call, acceptTrial(step))
    case 'reject':
      return rejectTrial(step, input.call)
    case 'ignore':
      return step.answer(input.call, ignoreOffer(step))
    case 'notice':
      return hear(step, input.child, input.notice)
    case 'look':
      return look(step)
    case 'ended':
      if (step.session.isRestarting) {
        step.session.isRestarting = false
        return begin(step)
      }
      if (step.session.ending?.isDown) step.session.ending = null
      return look(step)
    case 'timer':
      return timeOver(step, input.timer)
    case 'served':
      return serveTime(step, input.child)
  }
}

function hear(step: RoamingStep, child: string, notice: LinkNotice): void {
  const { session } = step
  const { roam } = session
  const isCandidate = (roam?.kind === 'migrating' || roam?.kind === 'trial') && roam.candidate === child
  switch (notice.type) {
    case 'granted':
      return takeGrant(step, child)
    case 'failed':
    case 'cancelled': {
      const why = notice.type === 'failed' ? notice.failure : failure('ERR_CLOSED', 'stopped')
      if (isCandidate) return candidateFailed(step, why)
      if (child !== session.current) return
      if (session.phase === 'opening') {
        session.failures = [...session.failures, why]
        return openNext(step)
      }
      if (roam?.kind === 'returning') return handleLoss(step)
      if (roam?.kind === 'lost' && session.opens.length > 0) return endAgainstWill(step, why, 'keep')
      return
    }
    case 'stopped':
      if (child === activeChild(session) && (session.isStopping || notice.caller)) return endStopped(step)
      if (isCandidate) {
        exclude(step, child, 'stopped')
        return candidateFailed(step, failure('ERR_CLOSED', 'stopped'))
      }
      if (child !== session.current || session.phase !== 'open') return
      // In lossGrace the grace ends for all (rule S9a).
      if (roam?.kind === 'lost' && notice.wasLost) {
        step.keepNoLonger()
        return endAgainstWill(step, failure('ERR_CLOSED', 'stopped'), 'keep')
      }
      exclude(step, child, 'stopped')
      // In migrating and trial the old one is gone, which shows when it is wanted back (rule R20).
      if (roam?.kind !== 'migrating' && roam?.kind !== 'trial') handleLoss(step)
      return
    case 'stopAsked':
      if (session.isStopping && child === activeChild(session))
        step.abortAgain(failure('ERR_CLOSED', 'stopped'))
      return
    case 'stopRefused':
      session.isStopping = false
      if (session.roam?.kind === 'trial') step.resumeTimer('trial', step.clock.times.trialTimeout)
      step.refuseStops(notice.failure)
      step.stayOpen()
      return look(step)
    case 'leftUp':
      return step.error(notice.failure, 'close', child)
    case 'settled': {
      session.leaving = new Set([...session.leaving].filter((id) => id !== child))
      // What was to be stopped is gone (rule S13).
      if (session.isStopping && child === activeChild(session)) return endStopped(step)
      // Also where it was opened again meanwhile (rule S8).
      if (session.leaving.size === 0 && !session.isStopping) step.settleLeavers()
    }
  }
}

function takeGrant(step: RoamingStep, child: string): void {
  const { session } = step
  const { roam } = session
  if (session.phase === 'opening' && child === session.current) {
    session.phase = 'open'
    session.reopenings = 0
    session.tried = []
    session.failures = []
    step.effects.push({ type: 'opened' })
    step.settleOpens(DONE)
  } else if (roam?.kind === 'migrating' && roam.candidate === child) {
    if (roam.forced) moveTo(step, child)
    else {
      step.effects.push({ type: 'trialBegun', candidate: child })
      step.setRoam({ kind: 'trial', candidate: child, loss: roam.loss })
      step.answerRoamCalls(true)
    }
  } else if (child === session.current && isWanted(roam)) {
    reconnect(step)
  }
}

/** Whether the current child, which is not there, is all that is waited for. */
function isWanted(roam: Roam | null): boolean {
  return roam?.kind === 'returning' || roam?.kind === 'lost' || roam?.kind === 'paused'
}

function look(step: RoamingStep): void {
  const { session, view } = step
  step.isBack = session.wasAway && view.ready
  session.wasAway = !view.ready
  // The last listener left (rule R21).
  if (session.wasConsulted && !view.consulted) session.ignored = []
  session.wasConsulted = view.consulted
  readmit(step)
  if (session.phase === 'closed') {
    // Nobody waits for the links of what is gone (rule S13).
    if (!view.present) step.settleLeavers()
    watchEnding(step)
    const isBackUp = view.ready && view.children.some(({ carrying }) => carrying)
    if (session.reopenings > 0 && session.ending === null && isBackUp) begin(step)
    return
  }
  if (!view.present) return endRemoved(step)
  if (session.phase === 'opening' && session.current === null && view.ready && !session.isRestarting) {
    step.stopTimer('wait')
    return openNext(step)
  }
  if (session.phase !== 'open' || session.isStopping) return
  if (!view.ready) return lookWithoutService(step)
  if (step.isBack) resumeTimers(step)
  const current = step.child(session.current)
  const { roam } = session
  switch (roam?.kind) {
    case undefined:
      return isLost(current) ? handleLoss(step) : consider(step)
    case 'offer':
      return lookAtOffer(step, roam, current)
    case 'migrating':
      if (roam.loss && current?.carrying) {
        step.drop(roam.candidate)
        step.failRoamCalls()
        reconnect(step)
      } else if (isLost(step.child(roam.candidate)) && !step.child(roam.candidate)?.present)
        candidateFailed(step, failure('ERR_CLOSED', 'removed'))
      return
    case 'trial':
      if (isLost(step.child(roam.candidate))) candidateFailed(step, failure('ERR_CLOSED', 'lost'))
      return
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

function timeOver(step: RoamingStep, timer: RoamingTimer): void {
  const { session } = step
  step.stopTimer(timer)
  const { roam } = session
  switch (timer) {
    case 'wait':
      if (session.phase !== 'opening' || session.current !== null) return
      session.failures = [failure('ERR_TIMED_OUT', 'timedOut')]
      return openNext(step)
    case 'grace':
      if (roam?.kind !== 'lost') return
      return endAgainstWill(step, failure('ERR_CLOSED', 'lost'), roam.hadCandidate ? 'roam' : 'keep')
    case 'offer':
      if (roam?.kind === 'offer' && roam.loss) {
        step.withdrawOffer()
        ignoreOffer(step)
      }
      return
    case 'trial':
      acceptTrial(step)
      return look(step)
    case 'reopen':
      if (session.phase === 'closed' && session.reopenings > 0) begin(step)
      return
    case 'dwell':
      if (session.dwelling === null) return
      session.dwelling = { ...session.dwelling, isOver: true }
      return look(step)
  }
}

/** A child's time as no candidate is over (rule R19). */
function serveTime(step: RoamingStep, child: string): void {
  const { session } = step
  const exclusion = session.excluded.get(child)
  if (exclusion === undefined) return
  const served = { ...exclusion, servedAt: null, isServed: true }
  session.excluded = new Map(session.excluded).set(child, served)
  look(step)
}
