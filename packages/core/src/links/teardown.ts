import { cancelAttempt } from './activation-attempt.js'
import type { Failure } from './failure.js'
import { withoutKey } from './holds.js'
import type { LinkInput } from './link-messages.js'
import type { LinkStep } from './link-step.js'
import type { SessionId } from './session-id.js'

/** The command to wind down has ended, which is not yet the end of the link. */
export function fell(step: LinkStep, { failure: why, joined, target }: LinkInput & { type: 'fell' }): void {
  const { link } = step
  link.command = null
  link.joined = joined
  if (why !== null) return refuseDescent(step, why)
  // Nothing had to be taken down: others hold it, also what we brought up, or it is not ours.
  if (target === null) return endDescent(step)
  watchDescent(step)
}

export function watchDescent(step: LinkStep): void {
  const { facts, descent, command, ready } = step.link
  if (descent === null || descent.activation === null || !ready) return
  const isDown = facts === null || facts.link === 'down' || facts.activation !== descent.activation
  // A lagging snapshot may not show the activation yet that is being taken back.
  if (isDown && command === null) endDescent(step)
  else if (isDown && facts?.ended?.activation === descent.activation) endDescent(step)
}

export function endDescent(step: LinkStep): void {
  const { link } = step
  const { descent } = link
  if (descent === null) return
  link.descent = null
  step.stopTimer('descent')
  if (descent.stoppers.length === 0) return
  for (const [to, hold] of link.holds)
    if (hold === 'held') tellStopped(step, to, { stoppers: descent.stoppers, wasLost: false })
}

/** The system would not: back to the state before (rules S8, S11). */
export function refuseDescent(step: LinkStep, why: Failure): void {
  const { link } = step
  const stoppers = link.descent?.stoppers ?? []
  // There is none where the system was not even asked.
  if (link.descent !== null) step.stopTimer('descent')
  link.descent = null
  if (stoppers.length === 0 && why.code !== 'ERR_SERVICE_LOST')
    for (const to of link.leaving.keys()) step.tell(to, { type: 'leftUp', failure: why })
  for (const to of stoppers) refuseStop(step, to, why)
}

export function refuseStop(step: LinkStep, to: SessionId, why: Failure): void {
  step.tell(to, { type: 'stopRefused', failure: why })
}

/** What was to be taken back once it was answered for is wanted again (rule S6): nothing is wound down. */
export function endTakingBack(step: LinkStep): void {
  const { descent } = step.link
  if (descent !== null && descent.activation === null && descent.stoppers.length === 0) endDescent(step)
}

/** It holds on until it lets go: a session that roams may see the link come back (rule R11). */
export function tellStopped(
  step: LinkStep,
  to: SessionId,
  { stoppers, wasLost }: { readonly stoppers: readonly SessionId[]; readonly wasLost: boolean },
): void {
  step.link.retries = withoutKey(step.link.retries, to)
  if (step.link.attempt !== null && !step.isWanted()) cancelAttempt(step)
  step.tell(to, { type: 'stopped', caller: stoppers.includes(to), wasLost })
}
