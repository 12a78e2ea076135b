import { cancelAttempt } from './activation-attempt.js'
import { withoutKey } from './holds.js'
import type { LinkStep } from './link-step.js'
import { tellStopped } from './teardown.js'

/** Another manager's `stop()` was accepted; the link may be down already, or up again by an activation that nobody stops. */
export function stoppingElsewhere(step: LinkStep, activation: string): void {
  const { facts } = step.link
  if (facts === null) return
  const isOver = facts.activation === null && facts.ended?.activation === activation
  if (facts.activation !== activation && !isOver) return
  forgetStopWord(step)
  // Rule S9a: what was down already ends its grace with the word; nothing more can come of it.
  if (isOver) return endByStopElsewhere(step, activation)
  step.link.stoppedElsewhere = activation
  step.startTimer('stopWord')
  watchStopElsewhere(step)
}

/** Somebody said long ago that it was to be stopped: unless it is on its way down, nothing came of that. */
export function expireStopWord(step: LinkStep): void {
  const { facts, stoppedElsewhere } = step.link
  // One that is on its way down comes to an end by itself, or is up again: the word is looked at then.
  if (facts?.link === 'deactivating' && facts.activation === stoppedElsewhere) return
  step.link.stoppedElsewhere = null
}

function forgetStopWord(step: LinkStep): void {
  if (step.link.stoppedElsewhere === null) return
  step.link.stoppedElsewhere = null
  step.stopTimer('stopWord')
}

/**
 * Another manager's `stop()` has taken the link down (rule S10). Anybody can say that he stops it: what counts is that this
 * very activation has ended, and on request.
 */
export function watchStopElsewhere(step: LinkStep): void {
  const { facts, stoppedElsewhere } = step.link
  if (stoppedElsewhere === null || facts?.activation === stoppedElsewhere) return
  forgetStopWord(step)
  const { ended = null } = facts ?? {}
  if (ended?.activation === stoppedElsewhere && ended.reason === 'requested')
    endByStopElsewhere(step, stoppedElsewhere)
}

/** An activation was stopped by another manager, or given up when it was down already (rule S9a). */
function endByStopElsewhere(step: LinkStep, activation: string): void {
  const { link } = step
  const isAwaited = link.attempt !== null && link.attempt.activation === activation
  const wasLost = link.facts?.ended?.activation === activation && link.facts.ended.reason !== 'requested'
  for (const [to, hold] of link.holds) {
    if (hold === 'held') tellStopped(step, to, { stoppers: [], wasLost })
    else if (isAwaited) {
      // Rule S9a: an opening that waited for what was stopped is cancelled.
      link.holds = withoutKey(link.holds, to)
      step.tell(to, { type: 'cancelled' })
    }
  }
  if (link.attempt !== null && !step.isWanted()) cancelAttempt(step)
}
