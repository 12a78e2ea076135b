import { PersistentMap } from '../primitives/persistent-map.js'
import { carries } from '../world/link-facts.js'
import { type Failure, failure, failureOfEnd } from './failure.js'
import { withoutKey } from './holds.js'
import type { LinkStep } from './link-step.js'
import type { SessionId } from './session-id.js'

/** What the facts say about the activation that is waited for. */
export function watchAttempt(step: LinkStep): void {
  const { facts, attempt } = step.link
  if (attempt?.phase !== 'rising' || facts === null) return
  if (carries(facts) && step.link.descent === null) return grant(step)
  const ended = facts.ended?.activation === attempt.activation ? facts.ended : null
  const vanished = attempt.seen && facts.link === 'down'
  if (ended !== null || vanished || (!attempt.own && facts.link === 'down')) {
    if (!attempt.own)
      step.link.attempt = { ...attempt, phase: 'due', activation: null, own: true, seen: false }
    else
      failAttempt(
        step,
        ended === null ? failure('ERR_ACTIVATION_FAILED', 'other') : failureOfEnd(ended.reason, ended.native),
      )
    return
  }
  if (facts.activation !== null) step.link.attempt = { ...attempt, activation: facts.activation, seen: true }
}

export function grant(step: LinkStep): void {
  const { link } = step
  const waiting = step.waiting()
  for (const by of waiting) link.holds = link.holds.with(by, 'held')
  link.retries = new PersistentMap()
  dropAttempt(step)
  for (const to of waiting) step.tell(to, { type: 'granted' })
}

export function startAttempt(step: LinkStep): void {
  if (step.link.attempt !== null) return
  step.link.attempt = { phase: 'due', activation: null, own: false, seen: false }
  step.startTimer('attempt')
  // The command of an attempt before this one will do for it, and its wait for the lock does not count either.
  if (step.link.command === 'rise' && step.link.waitsForLock) step.pauseTimer('attempt')
}

/** The answer to a request is not waited for any more; one that comes late is taken back (rule H6). */
export function abandonRise(step: LinkStep): void {
  if (step.link.command !== 'rise') return
  step.effects.push({ type: 'abandonRise' })
  step.link.command = null
  step.link.joined = true
}

export function dropAttempt(step: LinkStep): void {
  if (step.link.attempt === null) return
  step.link.attempt = null
  step.stopTimer('attempt')
}

/** Nobody wants it any more: what is on its way up is taken back (rules S7, H6). */
export function cancelAttempt(step: LinkStep): void {
  const { link } = step
  const attempt = link.attempt
  dropAttempt(step)
  if (attempt === null || link.holds.size > 0 || link.facts?.link === 'up') return
  if (attempt.phase === 'requested') step.startDescent(null, [])
  else if (attempt.phase === 'rising' && attempt.own) step.startDescent(attempt.activation, [])
}

export function failAttempt(step: LinkStep, why: Failure): void {
  const { link } = step
  const waiting = step.waiting()
  dropAttempt(step)
  link.retries = new PersistentMap()
  for (const to of waiting) fail(step, to, why)
}

/** An opening that failed holds nothing; whoever had the link, and tried it again, holds on until it lets go. */
export function fail(step: LinkStep, to: SessionId, why: Failure): void {
  if (step.link.holds.get(to) === 'wanted') step.link.holds = withoutKey(step.link.holds, to)
  step.link.retries = withoutKey(step.link.retries, to)
  step.tell(to, { type: 'failed', failure: why })
}
