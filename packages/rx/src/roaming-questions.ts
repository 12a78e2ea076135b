import type { NetworkSession, RoamingOffer, RoamingTrial } from '@roamkit/core'
import { filter, map, type Observable, take } from 'rxjs'
import { eventStream } from './snapshot-hub.js'
import { snapshot$ } from './snapshot-stream.js'

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
 * The offers and the trials of a session on a service network, from now on. Subscribing is what makes the session
 * consulted; when the last one unsubscribes it roams by itself again (rule R21).
 */
export function roamingOffers$(session: NetworkSession): Observable<RoamingQuestion> {
  return eventStream(session, (emit) => {
    const undo = [
      session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) =>
        emit({ type: 'offer', session, over$: overWhen(session, () => session.offer !== offer), ...offer }),
      ),
      session.on('newConfigurationActivated', (trial) =>
        emit({ type: 'trial', session, over$: overWhen(session, () => session.trial !== trial), ...trial }),
      ),
    ]
    return () => {
      for (const each of undo) each()
    }
  })
}

function overWhen(session: NetworkSession, isOver: () => boolean): Observable<void> {
  return snapshot$(session).pipe(
    filter(isOver),
    take(1),
    map(() => undefined),
  )
}
