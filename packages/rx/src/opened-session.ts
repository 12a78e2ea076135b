import {
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type NetworkSession,
  type NetworkSessionError,
  type OpenOptions,
  observable,
  type SessionSnapshot,
} from '@roamkit/core'
import { Observable } from 'rxjs'

/** Options of {@link session$}: those of `open()`, whose signal is the subscription here. */
export interface SessionOptions extends Omit<OpenOptions, 'signal'> {
  /** Leaves the user alone; false unless said here. */
  readonly connectInBackground?: boolean
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
}

/**
 * A session for as long as somebody is subscribed: each subscription makes one and opens it, and closes it when it ends.
 * Emits the session's snapshot at once and whenever it changes; with `keepOpen` its retries, too, as values.
 *
 * Fails with the `NetworkSessionError` where the session cannot be opened, or ends against its will and is not reopened,
 * so that `retry` applies; completes where somebody else closes it, and when the manager is closed.
 */
export function session$(
  manager: NetworkConfigurationManager,
  configuration: NetworkConfiguration | string,
  options: SessionOptions = {},
): Observable<OpenedSession> {
  return new Observable((subscriber) => {
    const { connectInBackground = false, ...openOptions } = options
    const session = manager.createSession(configuration)
    if (connectInBackground) session.connectInBackground = true
    let wasOpen = false
    let failure: NetworkSessionError | null = null
    let reopening: Reopening | null = null
    subscriber.add(session.on('error', (error) => (failure = error)))
    const reopens = session.on('reopening', (attempt, delay) => {
      // That is the answer to it; what ends the session now is somebody's wish.
      failure = null
      reopening = { attempt, delay }
    })
    subscriber.add(reopens)
    const end = () => (failure === null ? subscriber.complete() : subscriber.error(failure))
    // The source itself, which tells after all events of a change: whether it is reopened is known by then.
    const snapshots = session[observable]().subscribe({
      next(snapshot) {
        const { isOpen, isReopening } = snapshot
        // What was told while it stayed open is not why it ends.
        if (isOpen) failure = null
        if (!isReopening) reopening = null
        subscriber.next({ ...snapshot, session, reopening })
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
  })
}
