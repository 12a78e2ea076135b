import {
  type HealthOptions,
  type ManagerLike,
  type NetworkConfiguration,
  type NetworkSession,
  type NetworkSessionError,
  type OpenOptions,
  observable,
  type SessionErrorReason,
  type SessionLike,
  type SessionSnapshot,
} from '@roamkit/core'
import { checkArgument, checkOptions, expected } from '@roamkit/core/backend-kit'
import { Observable, ReplaySubject, share } from 'rxjs'
import { check } from '../arguments.js'
import {
  checkPolicies,
  decideRoaming,
  type RoamingDecision,
  type RoamingPolicy,
} from '../roaming/roaming-decisions.js'

/** Options of {@link session$}: those of `open()`, without the signal, which the subscription replaces. */
export interface SessionOptions extends Omit<OpenOptions, 'signal'> {
  /**
   * Whether opening must not prompt the user.
   * @defaultValue false
   */
  readonly connectInBackground?: boolean
  /**
   * Policies that decide on roaming, as with {@link decideRoaming}, from before the session is opened until it ends. With an empty list the
   * answer is always yes.
   * @defaultValue none: the session roams by itself, unless other code answers its questions
   */
  readonly policies?: readonly RoamingPolicy[] | undefined
  /**
   * How the health of the link in use is found out, for this session alone (rule L1).
   * @defaultValue as the service network says, otherwise not at all
   */
  readonly health?: HealthOptions
}

/** The retry that a session with `keepOpen` is waiting for. */
export interface Reopening {
  /** Starts at 1, and again after each success. */
  readonly attempt: number
  /** Milliseconds between the failure and this attempt. */
  readonly delay: number
  /** Why the last attempt failed; `null` if `error` of the session has the cause. */
  readonly reason: SessionErrorReason | null
}

/** A session's snapshot, with the session itself. */
export interface OpenedSession<Session extends SessionLike = NetworkSession> extends SessionSnapshot {
  /** The session. */
  readonly session: Session
  /** The next retry, from when a session with `keepOpen` has ended until it is open again. Otherwise `null`. `error` has the cause. */
  readonly reopening: Reopening | null
  /** The last decision of the `policies`; `null` before the first one. */
  readonly decision: RoamingDecision | null
}

const CONFIGURATION = {
  wants: 'a NetworkConfiguration or an identifier',
  holds: (value: unknown) =>
    typeof value === 'string' || typeof (value as { identifier?: unknown } | null)?.identifier === 'string',
} as const

const KEEP_OPEN = {
  wants: "true, false or 'always'",
  holds: (value: unknown) => typeof value === 'boolean' || value === 'always',
}

const OPTIONS = {
  connectInBackground: expected.flag,
  policies: expected.listOf(expected.object),
  keepOpen: KEEP_OPEN,
  health: expected.object,
  lastClose: expected.oneOf('down', 'leave', 'restore'),
} as const

/**
 * Keeps a session open while there is a subscriber. The first subscriber creates and opens the session, further ones share it, and it is
 * closed when the last one leaves. Emits the session's snapshot at once and whenever it changes, with its retries (`keepOpen`) and
 * decisions (`policies`). A late subscriber gets the current value at once. Each call of `session$` creates a separate session.
 *
 * Fails with the `NetworkSessionError` if the session cannot be opened, or if it is lost and not reopened. Subscribing again, as `retry`
 * does, then opens a new session. Completes when other code has closed the session, or when the manager is closed. A later subscriber gets
 * the last value and the completion, and opens nothing.
 * @throws TypeError if a policy is not an object or has neither `offer` nor `trial`, and for other invalid arguments, when it is called
 */
export function session$<Session extends SessionLike>(
  manager: ManagerLike<Session>,
  configuration: NetworkConfiguration | string,
  options: SessionOptions = {},
): Observable<OpenedSession<Session>> {
  check('session$', 'manager', manager)
  checkArgument('the configuration of session$()', configuration, CONFIGURATION)
  checkOptions('session$()', options, OPTIONS)
  const { connectInBackground = false, policies, health, ...openOptions } = options
  if (policies !== undefined) checkPolicies('session$()', policies)
  return new Observable<OpenedSession<Session>>((subscriber) => {
    const session = manager.createSession(configuration, health && { health })
    if (connectInBackground) session.connectInBackground = true
    let wasOpen = false
    let failure: NetworkSessionError | null = null
    let reopening: Reopening | null = null
    let decision: RoamingDecision | null = null
    let emitted: SessionSnapshot | null = null
    const emit = (snapshot: SessionSnapshot) => {
      emitted = snapshot
      subscriber.next(Object.freeze({ ...snapshot, session, reopening, decision }))
    }
    subscriber.add(session.on('error', (error) => (failure = error)))
    const reopens = session.on('reopening', (attempt, delay, reason) => {
      // The retry handles this failure. If the session ends now, it is because someone closed it.
      failure = null
      reopening = { attempt, delay, reason }
      // An attempt that fails at once changes nothing else, and the session's own observable has nothing to emit.
      if (session.getSnapshot() === emitted) emit(emitted)
    })
    subscriber.add(reopens)
    // Subscribed before the session is opened, so that it never roams without asking.
    if (policies !== undefined)
      subscriber.add(
        decideRoaming(session, ...policies).subscribe((made) => {
          decision = made
          emit(session.getSnapshot())
        }),
      )
    const end = () => {
      if (failure !== null) return subscriber.error(failure)
      // Other code closed it: complete when closing is done, so that the last value is final.
      const complete = () => subscriber.complete()
      void session.close().then(complete, complete)
    }
    // The session's own observable emits after all events of a change, when it is known whether the session is reopened.
    const snapshots = session[observable]().subscribe({
      next(snapshot) {
        const { isOpen, isReopening } = snapshot
        // An error while the session stayed open is not the reason for a later end.
        if (isOpen) failure = null
        if (!isReopening) reopening = null
        emit(snapshot)
        if (wasOpen && !isOpen && !isReopening) end()
        wasOpen ||= isOpen
      },
      complete: () => subscriber.complete(),
    })
    subscriber.add(() => {
      snapshots.unsubscribe()
      void session.close()
    })
    // A rejection without an `error` event means that opening was cancelled.
    if (!subscriber.closed) session.open(openOptions).catch(end)
  }).pipe(share({ connector: () => new ReplaySubject(1), resetOnComplete: false }))
}
