import {
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type NetworkSession,
  type NetworkSessionError,
  type OpenOptions,
  observable,
  type SessionSnapshot,
} from '@roamkit/core'
import { Observable, ReplaySubject, share } from 'rxjs'
import {
  checkPolicies,
  decideRoaming,
  type RoamingDecision,
  type RoamingPolicy,
} from '../roaming/roaming-decisions.js'

/** Options of {@link session$}: those of `open()`, whose signal is the subscription here. */
export interface SessionOptions extends Omit<OpenOptions, 'signal'> {
  /**
   * Whether opening leaves the user alone.
   * @defaultValue false
   */
  readonly connectInBackground?: boolean
  /**
   * Policies that are asked before the session roams, as by {@link decideRoaming}, from before it is opened to its end.
   * Without them the session roams by itself, unless something else consults it; with an empty list it always says yes.
   */
  readonly policies?: readonly RoamingPolicy[] | undefined
}

/** What a session that is kept open waits for. */
export interface Reopening {
  /** Counts from 1, anew after each success. */
  readonly attempt: number
  /** Milliseconds from the failure to this attempt. */
  readonly delay: number
}

/** A session's snapshot, with the session itself. */
export interface OpenedSession extends SessionSnapshot {
  readonly session: NetworkSession
  /** Not `null` from when a session with `keepOpen` has ended until it is open again; why is in `error`. */
  readonly reopening: Reopening | null
  /** The last decision of the `policies`; `null` before the first. */
  readonly decision: RoamingDecision | null
}

/**
 * A session while there is a subscriber: the first one makes it and opens it, all others share it, and it is closed when
 * the last one has gone. Emits the session's snapshot at once and whenever it changes, with its retries (`keepOpen`) and
 * decisions (`policies`); a late subscriber gets the current value at once. Each call of `session$` is a session of its own.
 *
 * Fails with the `NetworkSessionError` if the session cannot be opened, or ends against its will and is not reopened: who
 * subscribes then, as `retry` does, opens a new one. Completes if other code closed the session, when the closing is over,
 * and when the manager is closed; who subscribes then gets the last value and the completion, and opens nothing.
 * @throws TypeError for a policy that is no object
 */
export function session$(
  manager: NetworkConfigurationManager,
  configuration: NetworkConfiguration | string,
  options: SessionOptions = {},
): Observable<OpenedSession> {
  const { connectInBackground = false, policies, ...openOptions } = options
  if (policies !== undefined) checkPolicies(policies)
  return new Observable<OpenedSession>((subscriber) => {
    const session = manager.createSession(configuration)
    if (connectInBackground) session.connectInBackground = true
    let wasOpen = false
    let failure: NetworkSessionError | null = null
    let reopening: Reopening | null = null
    let decision: RoamingDecision | null = null
    const emit = (snapshot: SessionSnapshot) => subscriber.next({ ...snapshot, session, reopening, decision })
    subscriber.add(session.on('error', (error) => (failure = error)))
    const reopens = session.on('reopening', (attempt, delay) => {
      // That is the answer to it; what ends the session now is somebody's wish.
      failure = null
      reopening = { attempt, delay }
    })
    subscriber.add(reopens)
    // Before it is opened: it never roams unasked.
    if (policies !== undefined)
      subscriber.add(
        decideRoaming(session, ...policies).subscribe((made) => {
          decision = made
          emit(session.getSnapshot())
        }),
      )
    const end = () => {
      if (failure !== null) return subscriber.error(failure)
      // Closed by other code: its last value is what is left when that is done.
      void session.close().then(() => subscriber.complete())
    }
    // The source itself, which tells after all events of a change: whether it is reopened is known by then.
    const snapshots = session[observable]().subscribe({
      next(snapshot) {
        const { isOpen, isReopening } = snapshot
        // What was told while it stayed open is not why it ends.
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
    // A rejection without an error is an opening that was cancelled.
    if (!subscriber.closed) session.open(openOptions).catch(end)
  }).pipe(share({ connector: () => new ReplaySubject(1), resetOnComplete: false }))
}
