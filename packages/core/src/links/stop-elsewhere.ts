import type { Ended, LinkConfiguration } from '../contract/index.js'
import { cancelUnwanted } from './activation-attempt.js'
import { withoutKey } from './holds.js'
import type { LinkStep } from './link-step.js'
import { notifySessionStopped } from './teardown.js'

/** Another manager's `stop()` was accepted. The link may be down already, or up again with an activation that is not being stopped. */
export function stoppingElsewhere(step: LinkStep, activation: string): void {
  const { facts } = step.link
  if (facts === null) return
  const { ended } = facts
  // Rule S9a: if the link is already down, the notice ends its grace and has no other effect.
  if (facts.activation === null && ended?.activation === activation) {
    forgetStopWord(step)
    return endByStopElsewhere(step, ended)
  }
  if (facts.activation !== activation) return
  step.link.stoppedElsewhere = activation
  step.startTimer('stopWord')
}

/** The notice of a stop is too old: unless the link is going down, the stop had no effect. */
export function expireStopWord(step: LinkStep): void {
  const { facts, stoppedElsewhere } = step.link
  // A link that is going down ends on its own, or is up again: the notice is evaluated then.
  if (facts?.link === 'deactivating' && facts.activation === stoppedElsewhere) return
  step.link.stoppedElsewhere = null
}

function forgetStopWord(step: LinkStep): void {
  step.link.stoppedElsewhere = null
  step.stopTimer('stopWord')
}

/**
 * Another manager's `stop()` has taken the link down (rule S10). Any program can claim that it stops a link: what counts is that this
 * activation has ended, and on request.
 */
export function watchStopElsewhere(step: LinkStep, { activation, ended }: LinkConfiguration): void {
  const { stoppedElsewhere } = step.link
  if (stoppedElsewhere === null || activation === stoppedElsewhere) return
  forgetStopWord(step)
  if (ended?.activation === stoppedElsewhere && ended.reason === 'requested') endByStopElsewhere(step, ended)
}

/** Another manager stopped an activation, or gave it up when it was already down (rule S9a). */
function endByStopElsewhere(step: LinkStep, { activation, reason }: Ended): void {
  const { link } = step
  const isAwaited = link.activationAttempt?.activation === activation
  for (const [to, hold] of link.holds) {
    if (hold === 'held') notifySessionStopped(step, to, { caller: false, wasLost: reason !== 'requested' })
    else if (isAwaited) {
      // Rule S9a: an opening that waited for what was stopped is cancelled.
      link.holds = withoutKey(link.holds, to)
      step.notify(to, { type: 'cancelled' })
    }
  }
  cancelUnwanted(step)
}
