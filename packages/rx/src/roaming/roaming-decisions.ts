import type { SessionLike } from '@roamkit/core'
import { checkArgument, type Expected, expected } from '@roamkit/core/backend-kit'
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
import { check } from '../arguments.js'
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
 * An answer, or a promise or stream whose first value is the answer. `null`, or a stream that ends without a value, means no opinion.
 * Anything else, including `undefined`, is an error of the policy.
 */
export type Opinion<Answer> = Answer | null | ObservableInput<Answer | null>

/** How a policy learns that it should stop working. */
export interface PolicyCall {
  /** Aborts when the question is over, or when the last subscriber to the decisions has left. */
  readonly signal: AbortSignal
}

/** Has opinions about offers, trials or both. A missing method means no opinion. */
export interface RoamingPolicy {
  /** Whether to roam there. */
  offer?(offer: OfferQuestion, call: PolicyCall): Opinion<OfferAnswer>
  /** Whether to stay there. */
  trial?(trial: TrialQuestion, call: PolicyCall): Opinion<TrialAnswer>
}

/** A question and its answer. */
export interface RoamingDecision {
  /** The question. */
  readonly question: RoamingQuestion
  /** The answer that was given. */
  readonly answer: OfferAnswer | TrialAnswer
  /** Whether the answer took effect (rule R22). */
  readonly tookEffect: boolean
  /** The error of a policy, in which case the answer is to stay; otherwise `null`. */
  readonly error: unknown
}

/**
 * Answers a session's roaming questions by policy while there is a subscriber, and emits each decision. The first policy with an opinion
 * decides. If none has one, the answer is `migrate` or `accept`. If a policy throws, fails or returns something that is not an
 * {@link Opinion}, the answer is `ignore` or `reject` and the decision contains the error. A trial that a policy was asked about and has not
 * answered by its deadline is rejected (rule L7). A question that is over before it is answered yields no decision. To swap policies, use `switchMap`: see {@link roamingOffers$}.
 * @throws TypeError if a policy is not an object or has neither `offer` nor `trial`, and for other invalid arguments
 */
export function decideRoaming(
  session: SessionLike,
  ...policies: readonly RoamingPolicy[]
): Observable<RoamingDecision> {
  check('decideRoaming', 'session', session)
  checkPolicies('decideRoaming()', policies)
  return roamingOffers$(session).pipe(
    mergeMap((question) =>
      answerOf(question, policies).pipe(
        takeUntil(question.over$),
        mergeMap(({ answer, error }) =>
          from(submit(question, answer)).pipe(
            map((tookEffect) => Object.freeze({ question, answer, tookEffect, error })),
          ),
        ),
      ),
    ),
  )
}

const POLICY: Expected = {
  wants: 'an object with the functions offer or trial or both',
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    METHODS.every((name) => ['undefined', 'function'].includes(typeof (value as RoamingPolicy)[name])) &&
    // An empty policy has no opinion. One with only other members is misspelt.
    (METHODS.some((name) => name in value) || Object.keys(value).length === 0),
}

const METHODS = ['offer', 'trial'] as const

/** Throws for a policy that would never be asked, such as a factory that was not called, or one with misspelt functions. */
export function checkPolicies(call: string, policies: readonly RoamingPolicy[]): void {
  checkArgument(`policies of ${call}`, policies, expected.listOf(POLICY))
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
        `a policy must answer ${question.type === 'offer' ? 'an offer' : 'a trial'} with '${go}', '${stay}' or null, not ${given}`,
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
  if (policy.trial === undefined) return null
  // An answer that does not come in time is a no (rule L7).
  question.requireDecision()
  return policy.trial(question, call)
}

/** Calls a policy and emits its first value as the answer. Unsubscribing aborts the call. */
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
