import { checkOptions, expected } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { map, type Observable } from 'rxjs'
import { check } from '../arguments.js'
import { ask, type Opinion, type PolicyCall, type RoamingPolicy } from './roaming-decisions.js'
import type { OfferQuestion } from './roaming-questions.js'

/** Options of {@link ignoreMetered}. */
export interface MeteredOptions {
  /**
   * What to do when the link in use is lost and a metered one is offered: `migrate` uses it, `ignore` stays offline.
   * @defaultValue 'migrate'
   */
  readonly afterLoss?: 'ignore' | 'migrate'
}

/**
 * Ignores links that are known to be metered while there is another link. After a loss (rule R11) it accepts a metered link, unless
 * `afterLoss` says otherwise. The session leaves that link when a better one is offered.
 */
export function ignoreMetered(options: MeteredOptions = {}): RoamingPolicy {
  checkOptions('ignoreMetered()', options, { afterLoss: expected.oneOf('ignore', 'migrate') })
  const { afterLoss = 'migrate' } = options
  return {
    offer(offer) {
      if (offer.configuration.metered?.value !== true) return null
      return isAfterLoss(offer) && afterLoss === 'migrate' ? null : 'ignore'
    },
  }
}

/** Roams only if the local addresses stay the same (rule R15). After a loss there are none to keep, so it accepts any link. */
export function ignoreUnlessSeamless(): RoamingPolicy {
  return { offer: (offer) => (offer.isSeamless || isAfterLoss(offer) ? null : 'ignore') }
}

/**
 * Roams if `isWanted` returns `true`. Ignores the offer if it returns anything else or nothing, or if it fails. This also applies after a
 * loss (rule R11), when `offer.deadline` is not `null`.
 */
export function migrateWhen(
  isWanted: (offer: OfferQuestion, call: PolicyCall) => Opinion<boolean>,
): RoamingPolicy {
  check('migrateWhen', 'function', isWanted)
  return { offer: (offer) => verdict((call) => isWanted(offer, call), 'migrate', 'ignore') }
}

/**
 * Stays on a new access point if the probe returns `true`. Goes back if it returns anything else or nothing, if it fails, or if it has not
 * answered when the trial ends (`trialTimeout`, rule L7). The probe gets the new link, to bind to, and a signal that aborts when the trial
 * is over. The `probe` of `roamkit` fits here.
 */
export function acceptWhen(
  probe: (link: LinkInterface | null, call: PolicyCall) => Opinion<boolean>,
): RoamingPolicy {
  check('acceptWhen', 'function', probe)
  return { trial: (trial) => verdict((call) => probe(trial.session.interface, call), 'accept', 'reject') }
}

/** Only `true` means yes. `decideRoaming` handles a failure: it answers no and reports the error. */
function verdict<Yes, No>(
  work: (call: PolicyCall) => Opinion<boolean>,
  yes: Yes,
  no: No,
): Observable<Yes | No> {
  return ask(work).pipe(map((answer) => (answer === true ? yes : no)))
}

/** An offer has a deadline only after a loss (rule R11). */
function isAfterLoss({ deadline }: OfferQuestion): boolean {
  return deadline !== null
}
