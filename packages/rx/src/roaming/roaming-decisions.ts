import type { NetworkSession } from '@roamkit/core'
import {
  catchError,
  concatMap,
  defaultIfEmpty,
  filter,
  from,
  map,
  mergeMap,
  Observable,
  type ObservableInput,
  of,
  take,
  takeUntil,
  tap,
} from 'rxjs'
import {
  type OfferQuestion,
  type RoamingQuestion,
  roamingOffers$,
  type TrialQuestion,
} from './roaming-questions.js'

/** An answer to an offer. */
export type OfferAnswer = 'migrate' | 'ignore'
/** An answer to a trial. */
export type TrialAnswer = 'accept' | 'reject'

/**
 * An answer now, or the first value that a promise or a stream gives. No opinion: `null`, or an end without a value.
 * Anything else, `undefined` included, is an error of the policy.
 */
export type Opinion<Answer> = Answer | null | ObservableInput<Answer | null>

/** What a policy's work ends with. */
export interface PolicyCall {
  /** Aborted when the question stands no longer, and when nobody is subscribed to the decisions any more. */
  readonly signal: AbortSignal
}

/** An opinion about offers, trials or both; a policy without the method has no opinion. */
export interface RoamingPolicy {
  /** Whether to roam there. */
  offer?(offer: OfferQuestion, call: PolicyCall): Opinion<OfferAnswer>
  /** Whether to stay there. */
  trial?(trial: TrialQuestion, call: PolicyCall): Opinion<TrialAnswer>
}

/** A question, and what was answered. */
export interface RoamingDecision {
  readonly question: RoamingQuestion
  readonly answer: OfferAnswer | TrialAnswer
  /** Whether it did (rule R22). */
  readonly tookEffect: boolean
  /** What a policy threw, which is why the answer is to stay; `null`: nothing. */
  readonly error: unknown
}

/**
 * Answers a session's questions by policy while there is a subscriber, and emits each decision. The first policy with an
 * opinion decides; if none has one, the answer is `migrate`, or `accept`. A policy that throws, fails or gives something
 * that is no {@link Opinion} counts as `ignore`, or `reject`, and the decision has the error. A question that is over
 * before it is answered has no decision. Policies can be swapped with `switchMap`: see {@link roamingOffers$}.
 * @throws TypeError for a policy that is no object
 */
export function decideRoaming(
  session: NetworkSession,
  ...policies: readonly RoamingPolicy[]
): Observable<RoamingDecision> {
  checkPolicies(policies)
  return roamingOffers$(session).pipe(
    mergeMap((question) =>
      answerOf(question, policies).pipe(
        takeUntil(question.over$),
        mergeMap(({ answer, error }) =>
          from(submit(question, answer)).pipe(map((tookEffect) => ({ question, answer, tookEffect, error }))),
        ),
      ),
    ),
  )
}

/** Throws for a policy that is no object, such as a factory that was not called. */
export function checkPolicies(policies: readonly RoamingPolicy[]): void {
  for (const policy of policies)
    if (typeof policy !== 'object' || policy === null)
      throw new TypeError(`a policy is an object, not ${String(policy)}`)
}

interface Answered {
  readonly answer: OfferAnswer | TrialAnswer
  readonly error: unknown
}

function answerOf(question: RoamingQuestion, policies: readonly RoamingPolicy[]): Observable<Answered> {
  const [go, stay] =
    question.type === 'offer' ? (['migrate', 'ignore'] as const) : (['accept', 'reject'] as const)
  return from(policies).pipe(
    concatMap((policy) => ask((call) => opinionOf(policy, question, call))),
    filter((answer) => answer !== null),
    tap((answer) => {
      if (answer === go || answer === stay) return
      const given = typeof answer === 'string' ? `'${answer}'` : String(answer)
      throw new TypeError(
        `a policy answers ${question.type === 'offer' ? 'an offer' : 'a trial'} with '${go}', '${stay}' or null, not ${given}`,
      )
    }),
    take(1),
    defaultIfEmpty(go),
    map((answer) => ({ answer, error: null })),
    catchError((error: unknown) => of({ answer: stay, error })),
  )
}

function opinionOf(
  policy: RoamingPolicy,
  question: RoamingQuestion,
  call: PolicyCall,
): Opinion<OfferAnswer | TrialAnswer> {
  if (question.type === 'offer') return policy.offer ? policy.offer(question, call) : null
  return policy.trial ? policy.trial(question, call) : null
}

/** Asks, and takes the first value as the answer. Unsubscribing ends the work. */
export function ask<Answer extends string | boolean>(
  work: (call: PolicyCall) => Opinion<Answer>,
): Observable<Answer | null> {
  return new Observable((subscriber) => {
    const over = new AbortController()
    subscriber.add(() => over.abort())
    try {
      const opinion = work({ signal: over.signal })
      const answers = typeof opinion === 'object' && opinion !== null ? from(opinion) : of(opinion)
      subscriber.add(answers.pipe(take(1), defaultIfEmpty(null)).subscribe(subscriber))
    } catch (error) {
      subscriber.error(error)
    }
  })
}

function submit(question: RoamingQuestion, answer: OfferAnswer | TrialAnswer): Promise<boolean> {
  if (question.type === 'offer') return answer === 'migrate' ? question.migrate() : question.ignore()
  return answer === 'accept' ? question.accept() : question.reject()
}
