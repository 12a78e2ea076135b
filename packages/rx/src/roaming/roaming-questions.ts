import type { RoamingOffer, RoamingTrial, SessionLike } from '@roamkit/core'
import { filter, map, type Observable, take } from 'rxjs'
import { check } from '../arguments.js'
import { eventStream } from '../snapshots/snapshot-hub.js'
import { snapshot$ } from '../snapshots/snapshot-stream.js'

/** The members of every question. */
export interface Question {
  /** The session that asks. */
  readonly session: SessionLike
  /** Emits once and completes when the question is over: answered, withdrawn, timed out or closed. At once if it is over already. */
  readonly over$: Observable<void>
}

/** Asks whether to roam to a link: core's offer (rule R3). After a loss it has a deadline (rule R11). */
export interface OfferQuestion extends Question, RoamingOffer {
  readonly type: 'offer'
}

/** Asks whether to stay on the new link: core's trial (rule R6). */
export interface TrialQuestion extends Question, RoamingTrial {
  readonly type: 'trial'
}

/** A question that a session asks while it roams. */
export type RoamingQuestion = OfferQuestion | TrialQuestion

/**
 * Emits the questions of a session on a service network: the one that is waiting for an answer, if any, then each new offer and trial. The
 * session asks while there is a subscriber. When the last subscriber leaves, a waiting offer is withdrawn and the session roams by itself,
 * and an undecided trial counts as accepted at its deadline (rules R13, R21), or as rejected if a policy was asked about it (rule L7). A
 * subscriber that arrives in the same tick, as with
 * `switchMap`, gets the waiting question instead.
 */
export function roamingOffers$(session: SessionLike): Observable<RoamingQuestion> {
  check('roamingOffers$', 'session', session)
  return eventStream(session, (emit) => {
    const ask = {
      offer: once(session, 'offer', (offer: RoamingOffer, over$) =>
        emit(questionOf(offer, { type: 'offer', session, over$ })),
      ),
      trial: once(session, 'trial', (trial: RoamingTrial, over$) =>
        emit(questionOf(trial, { type: 'trial', session, over$ })),
      ),
    }
    const undo = [
      session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => ask.offer(offer)),
      session.on('newConfigurationActivated', ask.trial),
    ]
    const { offer, trial } = session
    if (offer !== null) ask.offer(offer)
    if (trial !== null) ask.trial(trial)
    return () => {
      for (const each of undo) each()
    }
  })
}

/** An offer or a trial with further members. Not a spread: `remaining` is a getter, which tells the time that is left whenever it is read. */
function questionOf<Facts extends RoamingOffer | RoamingTrial, const More extends object>(
  facts: Facts,
  more: More,
): Facts & More {
  const question = Object.defineProperties(more, Object.getOwnPropertyDescriptors(facts)) as Facts & More
  return Object.freeze(question)
}

/** Emits each question once, whether its event or the subscriber comes first, with a stream that says when it is over. */
function once<Facts extends RoamingOffer | RoamingTrial>(
  session: SessionLike,
  name: 'offer' | 'trial',
  emit: (facts: Facts, over$: Observable<void>) => void,
): (facts: Facts) => void {
  let asked: number | null = null
  return (facts) => {
    if (facts.id === asked) return
    asked = facts.id
    // By its id: when its deadline moves, as while the machine sleeps, it is another object.
    const isOver = () => session[name]?.id !== facts.id
    const over$ = snapshot$(session).pipe(
      filter(isOver),
      take(1),
      map(() => undefined),
    )
    emit(facts, over$)
  }
}
