import type { LinkInterface } from '@roamkit/core/contract'
import { catchError, map, of } from 'rxjs'
import { ask, type Opinion, type PolicyCall, type RoamingPolicy } from './roaming-decisions.js'
import type { OfferQuestion } from './roaming-questions.js'

/** Options of {@link ignoreMetered}. */
export interface MeteredOptions {
  /** What to do when the link in use was lost: rather nothing, which is the default, or rather pay. */
  readonly afterLoss?: 'ignore' | 'migrate'
}

/** Never roams to what is known to cost money. */
export function ignoreMetered({ afterLoss = 'ignore' }: MeteredOptions = {}): RoamingPolicy {
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

/** Roams where that says so, and nowhere else. */
export function migrateWhen(isWanted: (offer: OfferQuestion) => boolean): RoamingPolicy {
  return { offer: (offer) => (isWanted(offer) ? 'migrate' : 'ignore') }
}

/**
 * Stays on a new access point when the probe says true, and goes back when it says false, nothing or fails. It is given
 * the new link, to bind to, and a signal that is aborted when the trial is over: `roamkit`'s `probe` is made for this.
 */
export function acceptWhen(
  probe: (link: LinkInterface | null, call: PolicyCall) => Opinion<boolean>,
): RoamingPolicy {
  return {
    trial: (trial) =>
      ask((call) => probe(trial.session.interface, call)).pipe(
        map((isGood) => (isGood === true ? 'accept' : 'reject')),
        catchError(() => of('reject' as const)),
      ),
  }
}

/** Only then has an offer a deadline (rule R11). */
function isAfterLoss({ deadline }: OfferQuestion): boolean {
  return deadline !== null
}
