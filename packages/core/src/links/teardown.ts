import { cancelUnwanted } from './activation-attempt.js'
import type { Failure } from './failure.js'
import { withoutKey } from './holds.js'
import type { LinkInput } from './link-messages.js'
import type { LinkStep } from './link-step.js'
import type { SessionId } from './session-id.js'

/** The command to wind down has ended, which is not yet the end of the link. */
export function takeTeardown(
  step: LinkStep,
  { failure: why, joined, target }: LinkInput & { type: 'deactivated' },
): void {
  const { link } = step
  link.command = null
  link.joined = joined
  if (!joined) link.lastClose = 'restore'
  if (why !== null) return refuseTeardown(step, why)
  // Nothing had to be taken down: others hold it, also what we brought up, or it is not ours.
  if (target === null) return endTeardown(step)
  watchTeardown(step)
}

export function watchTeardown(step: LinkStep): void {
  const { facts, teardown, command, ready } = step.link
  if (teardown === null || teardown.activation === null || !ready) return
  const isDown = facts === null || facts.link === 'down' || facts.activation !== teardown.activation
  // A lagging snapshot may not show the activation yet that is being taken back.
  if (isDown && command === null) endTeardown(step)
  else if (isDown && facts?.ended?.activation === teardown.activation) endTeardown(step)
}

export function endTeardown(step: LinkStep): void {
  const { link } = step
  const { teardown } = link
  if (teardown === null) return
  link.teardown = null
  step.stopTimer('teardown')
  if (teardown.stoppers.length === 0) return
  for (const [to, hold] of link.holds)
    if (hold === 'held')
      notifySessionStopped(step, to, { caller: teardown.stoppers.includes(to), wasLost: false })
}

/** The system would not: back to the state before (rules S8, S11). */
export function refuseTeardown(step: LinkStep, why: Failure): void {
  const { link } = step
  const stoppers = link.teardown?.stoppers ?? []
  // There is no teardown if the system was not even asked.
  link.teardown = null
  step.stopTimer('teardown')
  if (stoppers.length === 0 && why.code !== 'ERR_SERVICE_LOST')
    for (const to of link.leaving.keys()) step.notify(to, { type: 'leftUp', failure: why })
  for (const to of stoppers) refuseStop(step, to, why)
}

export function refuseStop(step: LinkStep, to: SessionId, why: Failure): void {
  step.notify(to, { type: 'stopRefused', failure: why })
}

/** A session wants the activation again that was to be taken back after its answer (rule S6): keep it. */
export function endTakingBack(step: LinkStep): void {
  if (step.link.teardown?.activation === null) endTeardown(step)
}

/** Notifies a session that its link was stopped. It keeps its hold until it releases the link: if it roams, the link may come back (rule R11). */
export function notifySessionStopped(
  step: LinkStep,
  to: SessionId,
  { caller, wasLost }: { readonly caller: boolean; readonly wasLost: boolean },
): void {
  step.link.retries = withoutKey(step.link.retries, to)
  cancelUnwanted(step)
  step.notify(to, { type: 'stopped', caller, wasLost })
}
