import type { LinkConfiguration } from '../contract/index.js'
import { PersistentMap } from '../primitives/collections/persistent-map.js'
import { carries } from '../world/link-facts.js'
import {
  abandonActivation,
  cancelUnwanted,
  dropAttempt,
  fail,
  failAttempt,
  grant,
  lateActivation,
  startAttempt,
  watchAttempt,
} from './activation-attempt.js'
import { failure } from './failure.js'
import { withoutKey } from './holds.js'
import type { LastClose } from './last-close.js'
import type { InputOf, LinkClock, LinkEffect, LinkInput } from './link-messages.js'
import { isBeingStopped, type LinkState, type LinkTimer, refusalToActivate } from './link-state.js'
import { LinkStep } from './link-step.js'
import type { SessionId } from './session-id.js'
import { expireStopWord, stoppingElsewhere, watchStopElsewhere } from './stop-elsewhere.js'
import {
  endTakingBack,
  endTeardown,
  notifySessionStopped,
  refuseStop,
  refuseTeardown,
  takeTeardown,
  watchTeardown,
} from './teardown.js'

/** One step of a link: its next state, and the effects to perform, in order. */
export function reduceLink(
  link: LinkState,
  input: LinkInput,
  clock: LinkClock,
): readonly [LinkState, readonly LinkEffect[]] {
  const step = new LinkStep(link, clock)
  take(step, input)
  proceed(step)
  settle(step)
  return [step.link, step.effects]
}

function take(step: LinkStep, input: LinkInput): void {
  switch (input.type) {
    case 'facts':
      step.link.lapsed = input.lapsed ?? false
      return takeFacts(step, input)
    case 'hold':
      return hold(step, input)
    case 'retry':
      return retry(step, input)
    case 'retryNot':
      step.link.retries = withoutKey(step.link.retries, input.by)
      return cancelUnwanted(step)
    case 'drop':
      return dropHold(step, input.by, input.lastClose)
    case 'stop':
      return stopLink(step, input.by)
    case 'stoppingElsewhere':
      return stoppingElsewhere(step, input.activation)
    case 'timer':
      return timeOver(step, input.timer)
    case 'lockTaken':
      step.link.waitsForLock = false
      if (step.link.activationAttempt !== null) step.resumeTimer('activation')
      return
    case 'joined':
      step.link.command = null
      step.link.joined = true
      return
    case 'activated':
      step.link.owned = input.owned
      return takeActivation(step, input)
    case 'notYet':
      step.link.command = null
      step.link.joined = true
      if (step.link.activationAttempt !== null)
        step.link.activationAttempt = { ...step.link.activationAttempt, phase: 'due' }
      return endTakingBack(step)
    case 'activationFailed':
      step.link.command = null
      step.link.joined = input.joined
      if (step.link.activationAttempt === null) return endTeardown(step)
      // The answer belongs to a cancelled request. If the link is wanted again since then, request it now (rule S6).
      if (step.link.activationAttempt.phase === 'due') return endTakingBack(step)
      return failAttempt(step, input.failure)
    case 'secret':
      if (step.link.activationAttempt === null) return
      step.link.secretQuestion = input.question === 'answered' ? null : input.question
      return
    case 'activatedLate':
      step.link.joined = true
      return
    case 'deactivating':
      step.startTeardown(input.activation, [])
      return watchTeardown(step)
    case 'deactivated':
      return takeTeardown(step, input)
  }
}

function timeOver(step: LinkStep, timer: LinkTimer): void {
  if (!step.link.deadlines.has(timer)) return
  step.stopTimer(timer)
  switch (timer) {
    case 'stopWord':
      return expireStopWord(step)
    case 'activation':
      abandonActivation(step)
      return failAttempt(step, lateActivation(step))
    case 'teardown':
      // The system never answered a cancelled opening: no session waits for it, so nothing is reported (rule S7).
      if (step.link.command === 'activate') {
        abandonActivation(step)
        return endTeardown(step)
      }
      return refuseTeardown(step, failure('ERR_TIMED_OUT', 'timedOut'))
  }
}

/** Starts the next command, if one is due. */
function proceed(step: LinkStep): void {
  const { link } = step
  if (link.command !== null) return
  if (!link.ready) {
    // Rule H6: a session holds the link from the call on, also while the service is unavailable.
    if (link.holds.isWanted && !link.joined) step.command('join')
    return
  }
  if (link.stops.length > 0) {
    step.startTeardown(link.facts?.activation ?? null, link.stops)
    link.stops = []
    return step.command('stop')
  }
  if (link.activationAttempt?.phase === 'due') {
    if (link.teardown !== null || link.facts?.link === 'deactivating') return
    link.activationAttempt = { ...link.activationAttempt, phase: 'requested' }
    step.command('activate')
    return
  }
  // The link that is being stopped goes down first: leaving it ends the wait for that (rule S10).
  const isStopping = (link.teardown?.stoppers.length ?? 0) > 0
  if (link.holds.size === 0 && link.joined && !isStopping) step.command('deactivate')
}

/** Notifies the sessions that left when no teardown is in progress for them any more (rule S8). */
function settle(step: LinkStep): void {
  const { link } = step
  if (link.leaving.size === 0) return
  const windingDown =
    link.teardown !== null ||
    link.command === 'deactivate' ||
    link.command === 'stop' ||
    (link.holds.size === 0 && (link.command !== null || link.joined))
  // The service does what it cannot do now when it is back (H6). No session waits for that.
  // No session waits for the link of a configuration that was removed either (rule S13).
  if (windingDown && link.ready && link.facts !== null) return
  const stopping = new Set([...link.stops, ...(link.teardown?.stoppers ?? [])])
  for (const to of link.leaving.keys()) {
    if (stopping.has(to)) continue
    link.leaving = link.leaving.without(to)
    step.notify(to, { type: 'settled' })
  }
}

function takeFacts(step: LinkStep, { facts, ready }: InputOf<'facts'>): void {
  const { link } = step
  if (ready) watchOwned(step, facts)
  const isUpAgain = link.facts?.link === 'deactivating' && facts?.link === 'up'
  link.facts = facts
  link.ready = ready
  if (isUpAgain && link.stoppedElsewhere !== null) step.startTimer('stopWord')
  if (!ready) {
    // Rule S14: activations in progress fail. One that was not requested yet waits for the service.
    if (link.activationAttempt?.phase === 'activating')
      failAttempt(step, failure('ERR_SERVICE_LOST', 'serviceLost'))
    for (const to of link.stops) refuseStop(step, to, failure('ERR_SERVICE_LOST', 'serviceLost'))
    // Of a teardown that only they wanted, the system has not heard yet (rule S11).
    if (link.stops.length > 0 && link.command === 'activate' && link.teardown?.activation) endTeardown(step)
    link.stops = []
    return
  }
  if (facts === null) return dropRemoved(step)
  watchTeardown(step)
  watchStopElsewhere(step, facts)
  watchAttempt(step)
}

/** What our sessions brought up has ended, or has survived a restart of the service under another activation (rule H1). */
function watchOwned(step: LinkStep, facts: LinkConfiguration | null): void {
  const { link } = step
  const { owned, facts: before } = link
  if (owned === null || facts === null) return
  const isOver = facts.ended?.activation === owned
  if (!isOver && (before?.activation !== owned || facts.activation === owned)) return
  const survived = !link.ready && !isOver && before?.link === 'up' && facts.link === 'up'
  if (survived && facts.activation !== null && facts.device === before.device) {
    link.owned = facts.activation
    step.effects.push({ type: 'carryOver', from: owned, to: facts.activation })
    return
  }
  link.owned = null
  link.over = owned
}

/** The configuration was removed (rule S13). */
function dropRemoved(step: LinkStep): void {
  const { link } = step
  for (const to of link.holds.wanting()) fail(step, to, failure('ERR_UNKNOWN_CONFIGURATION', 'removed'))
  link.stops = []
  abandonActivation(step)
  dropAttempt(step)
  endTeardown(step)
}

function hold(step: LinkStep, { by, mayDisplace = true }: InputOf<'hold'>): void {
  const { link } = step
  link.roaming = mayDisplace ? link.roaming.without(by) : link.roaming.with(by, true)
  const refusal = step.link.ready ? refusalToActivate(step.link.facts) : null
  if (refusal !== null) return step.notify(by, { type: 'failed', failure: refusal })
  link.holds = link.holds.with(by, 'wanted')
  if (
    link.joined &&
    link.ready &&
    link.teardown === null &&
    link.command !== 'deactivate' &&
    carries(link.facts)
  )
    return grant(step)
  startAttempt(step)
}

function retry(step: LinkStep, { by, asSystem }: InputOf<'retry'>): void {
  const refusal = step.link.ready ? refusalToActivate(step.link.facts) : null
  if (refusal !== null) return step.notify(by, { type: 'failed', failure: refusal })
  step.link.retries = step.link.retries.with(by, asSystem ? 'system' : 'ours')
  startAttempt(step)
}

function dropHold(step: LinkStep, by: SessionId, lastClose: LastClose): void {
  const { link } = step
  // A cancelled opening leaves nothing behind, no matter what was to become of an open session's link (rule H6). While the service is
  // unavailable it has brought nothing up, and the last close is still to be done.
  if (link.holds.get(by) === 'held') link.lastClose = lastClose
  else if (link.ready) link.lastClose = 'restore'
  link.holds = withoutKey(link.holds, by)
  link.retries = withoutKey(link.retries, by)
  link.roaming = withoutKey(link.roaming, by)
  link.leaving = link.leaving.with(by, true)
  cancelUnwanted(step)
}

function stopLink(step: LinkStep, by: SessionId): void {
  const { link } = step
  const { facts } = link
  if (!link.ready) return refuseStop(step, by, failure('ERR_SERVICE_LOST', 'serviceLost'))
  if (isBeingStopped(link)) for (const to of link.holds.keys()) step.notify(to, { type: 'stopAsked' })
  const isUp = facts !== null && facts.link !== 'down'
  // Rule S9a: openings are cancelled. If the link is already lost, its graces end here.
  for (const to of link.holds.wanting()) {
    link.holds = withoutKey(link.holds, to)
    step.notify(to, { type: 'cancelled' })
  }
  if (!isUp)
    for (const to of link.holds.keys()) notifySessionStopped(step, to, { caller: to === by, wasLost: true })
  link.retries = new PersistentMap()
  link.leaving = link.leaving.with(by, true)
  cancelUnwanted(step)
  if (!isUp) {
    // Others may wait for it to come back.
    const over = facts?.ended ?? null
    if (over !== null) step.effects.push({ type: 'notifyHoldersStopped', activation: over.activation })
    return
  }
  if (link.teardown !== null && link.command === 'stop')
    link.teardown = { ...link.teardown, stoppers: [...link.teardown.stoppers, by] }
  else link.stops = [...link.stops, by]
  // The state is `closing` from now on (rule S10).
  if (link.teardown === null) step.startTeardown(facts.activation, [])
}

function takeActivation(step: LinkStep, { activation, own }: InputOf<'activated'>): void {
  const { link } = step
  link.command = null
  link.joined = true
  if (link.activationAttempt === null) return
  endTakingBack(step)
  // The answer belongs to a cancelled request, and that activation is being stopped. If the link is wanted again since then, wait for the end of that (rule S6).
  if (link.teardown !== null || link.stops.length > 0) return
  link.activationAttempt = {
    ...link.activationAttempt,
    phase: 'activating',
    activation,
    own: own || link.activationAttempt.own,
    seen: false,
  }
  watchAttempt(step)
}
