import type { NetworkSession, RoamingOffer, RoamingTrial } from '@roamkit/core'
import { filter, map, type Observable, take } from 'rxjs'
import { eventStream } from '../snapshots/snapshot-hub.js'
import { snapshot$ } from '../snapshots/snapshot-stream.js'

/** What every question of a session has. */
interface Question {
  readonly session: NetworkSession
  /** Emits once, and completes, when the question stands no longer: answered, withdrawn, timed out, closed. At once if that is so. */
  readonly over$: Observable<void>
}

/** May I roam there? Core's offer (rules R3, R11): after a loss it has a deadline. */
export interface OfferQuestion extends Question, RoamingOffer {
  readonly type: 'offer'
}

/** I am there: is it any good? Core's trial (rule R6). */
export interface TrialQuestion extends Question, RoamingTrial {
  readonly type: 'trial'
}

/** What a session asks before it roams. */
export type RoamingQuestion = OfferQuestion | TrialQuestion

/**
 * The questions of a session on a service network: what waits for an answer already, and each offer and trial from now on.
 * The session is consulted while there is a subscriber. A subscriber that comes in the same tick as the last one left, as
 * with `switchMap`, is asked the question that stands; otherwise an offer is withdrawn when the last one has left, and the
 * session roams by itself, and an undecided trial counts as accepted at its deadline (rules R13, R21).
 */
export function roamingOffers$(session: NetworkSession): Observable<RoamingQuestion> {
  return eventStream(session, (emit) => {
    const ask = {
      offer: once(session, 'offer', (offer: RoamingOffer, over$) =>
        emit({ ...offer, type: 'offer', session, over$ }),
      ),
      trial: once(session, 'trial', (trial: RoamingTrial, over$) =>
        emit({ ...trial, type: 'trial', session, over$ }),
      ),
    }
    const undo = [
      session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => ask.offer(offer)),
      session.on('newConfigurationActivated', ask.trial),
    ]
    const { offer, trial } = session
    const answer = (name: 'migrate' | 'ignore' | 'accept' | 'reject') => () =>
      session.offer === offer && session.trial === trial ? session[name]() : Promise.resolve(false)
    if (offer !== null) ask.offer({ ...offer, migrate: answer('migrate'), ignore: answer('ignore') })
    if (trial !== null) ask.trial({ ...trial, accept: answer('accept'), reject: answer('reject') })
    return () => {
      for (const each of undo) each()
    }
  })
}

/** Asks each question once, whether its event or the subscriber comes first, and says when it is over. */
function once<Facts>(
  session: NetworkSession,
  name: 'offer' | 'trial',
  emit: (facts: Facts, over$: Observable<void>) => void,
): (facts: Facts) => void {
  let asked: unknown = null
  return (facts) => {
    const standing = session[name]
    if (standing !== null && standing === asked) return
    asked = standing
    const isOver = () => standing === null || session[name] !== standing
    const over$ = snapshot$(session).pipe(
      filter(isOver),
      take(1),
      map(() => undefined),
    )
    emit(facts, over$)
  }
}
