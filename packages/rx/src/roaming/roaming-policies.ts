import type { LinkInterface } from '@roamkit/core/contract'
import { map, type Observable } from 'rxjs'
import { ask, type Opinion, type PolicyCall, type RoamingPolicy } from './roaming-decisions.js'
import type { OfferQuestion } from './roaming-questions.js'

/** Options of {@link ignoreMetered}. */
export interface MeteredOptions {
  /**
   * What to do if the link in use was lost and a metered one is offered: `migrate` lets it be used, `ignore` stays offline.
   * @defaultValue 'migrate'
   */
  readonly afterLoss?: 'ignore' | 'migrate'
}

/**
 * Ignores links that are known to cost money while there is another one. After a loss (rule R11) a metered link is better
 * than none, unless `afterLoss` says otherwise; the session leaves it again when a better link is offered.
 */
export function ignoreMetered({ afterLoss = 'migrate' }: MeteredOptions = {}): RoamingPolicy {
  return {
    offer(offer) {
      if (offer.configuration.metered?.value !== true) return null
      return isAfterLoss(offer) && afterLoss === 'migrate' ? null : 'ignore'
    },
  }
}

/** Roams only where the local addresses will stay (rule R15); after a loss there are none to keep, and anything will do. */
export function ignoreUnlessSeamless(): RoamingPolicy {
  return { offer: (offer) => (offer.isSeamless || isAfterLoss(offer) ? null : 'ignore') }
}

/**
 * Roams if `isWanted` says true, and ignores the offer if it says anything else, nothing, or fails. After a loss (rule
 * R11), too: `offer.deadline` is not `null` then.
 */
export function migrateWhen(
  isWanted: (offer: OfferQuestion, call: PolicyCall) => Opinion<boolean>,
): RoamingPolicy {
  return { offer: (offer) => verdict((call) => isWanted(offer, call), 'migrate', 'ignore') }
}

/**
 * Stays on a new access point if the probe says true, and goes back if it says anything else, nothing, or fails. The probe
 * gets the new link, to bind to, and a signal that is aborted when the trial is over: `roamkit`'s `probe` is made for this.
 */
export function acceptWhen(
  probe: (link: LinkInterface | null, call: PolicyCall) => Opinion<boolean>,
): RoamingPolicy {
  return { trial: (trial) => verdict((call) => probe(trial.session.interface, call), 'accept', 'reject') }
}

/** Only `true` is yes. A failure is left to `decideRoaming`, which counts it as no and tells it. */
function verdict<Yes, No>(
  work: (call: PolicyCall) => Opinion<boolean>,
  yes: Yes,
  no: No,
): Observable<Yes | No> {
  return ask(work).pipe(map((answer) => (answer === true ? yes : no)))
}

/** Only then has an offer a deadline (rule R11). */
function isAfterLoss({ deadline }: OfferQuestion): boolean {
  return deadline !== null
}
