import type { Ended } from '../contract/index.js'
import { PersistentMap } from '../primitives/collections/persistent-map.js'
import { carries } from '../world/link-facts.js'
import { type Failure, failure, failureOfEnd } from './failure.js'
import { withoutKey } from './holds.js'
import type { LinkStep } from './link-step.js'
import type { SessionId } from './session-id.js'

/** What the facts show about the activation that the sessions wait for. */
export function watchAttempt(step: LinkStep): void {
  const { facts, activationAttempt } = step.link
  if (activationAttempt?.phase !== 'activating' || facts === null) return
  if (carries(facts) && step.link.teardown === null) return grant(step)
  const ended = facts.ended?.activation === activationAttempt.activation ? facts.ended : null
  const vanished = activationAttempt.seen && facts.link === 'down'
  if (ended !== null || vanished || (!activationAttempt.own && facts.link === 'down')) {
    if (!activationAttempt.own)
      step.link.activationAttempt = {
        ...activationAttempt,
        phase: 'due',
        activation: null,
        own: true,
        seen: false,
      }
    else failAttempt(step, ended === null ? failure('ERR_ACTIVATION_FAILED', 'other') : endOf(step, ended))
    return
  }
  if (facts.activation !== null)
    step.link.activationAttempt = { ...activationAttempt, activation: facts.activation, seen: true }
}

/** What the end of the attempt means. If the system got no secret because a session could not give it, that is the reason (rule N4). */
function endOf({ link: { secretQuestion } }: LinkStep, { reason, native }: Ended): Failure {
  const isForLackOfSecret = reason === 'secretMissing' || reason === 'secretWrong'
  if (isForLackOfSecret && secretQuestion !== null && secretQuestion !== 'asked') return secretQuestion
  return failureOfEnd(reason, native)
}

/** The attempt took too long. */
export function lateActivation({ link: { secretQuestion } }: LinkStep): Failure {
  return failure('ERR_TIMED_OUT', 'timedOut', secretQuestion === 'asked' ? 'no secret was given' : null)
}

export function grant(step: LinkStep): void {
  const { link } = step
  const waiting = step.waiting()
  for (const by of waiting) link.holds = link.holds.with(by, 'held')
  link.retries = new PersistentMap()
  dropAttempt(step)
  for (const to of waiting) step.notify(to, { type: 'granted' })
}

export function startAttempt(step: LinkStep): void {
  if (step.link.activationAttempt !== null) return
  step.link.activationAttempt = { phase: 'due', activation: null, own: false, seen: false }
  step.link.secretQuestion = null
  step.startTimer('activation')
  // The command of an earlier attempt serves this one too, and its wait for the lock does not count either.
  if (step.link.command === 'activate' && step.link.waitsForLock) step.pauseTimer('activation')
}

/** Stops waiting for the answer to a request. A late answer is undone (rule H6). */
export function abandonActivation(step: LinkStep): void {
  if (step.link.command !== 'activate') return
  step.effects.push({ type: 'abandonActivation' })
  step.link.command = null
  step.link.joined = true
}

export function dropAttempt(step: LinkStep): void {
  step.link.activationAttempt = null
  step.stopTimer('activation')
}

/** If no session wants the link any more, an activation in progress is undone (rules S7, H6). */
export function cancelUnwanted(step: LinkStep): void {
  const { link } = step
  const { activationAttempt } = link
  if (activationAttempt === null || step.isWanted()) return
  dropAttempt(step)
  if (link.holds.size > 0 || link.facts?.link === 'up') return
  if (activationAttempt.phase === 'requested') step.startTeardown(null, [])
  else if (activationAttempt.phase === 'activating' && activationAttempt.own)
    step.startTeardown(activationAttempt.activation, [])
}

export function failAttempt(step: LinkStep, why: Failure): void {
  const { link } = step
  const waiting = step.waiting()
  dropAttempt(step)
  link.retries = new PersistentMap()
  for (const to of waiting) fail(step, to, why)
}

/** An opening that failed holds nothing. A session that had the link and tried it again holds it until it releases it. */
export function fail(step: LinkStep, to: SessionId, why: Failure): void {
  if (step.link.holds.get(to) === 'wanted') step.link.holds = withoutKey(step.link.holds, to)
  step.link.retries = withoutKey(step.link.retries, to)
  step.notify(to, { type: 'failed', failure: why })
}
