import type { NetworkSession } from '@roamkit/core'
import type { Traffic } from '@roamkit/core/contract'
import { Observable, ReplaySubject, type Subscriber, share } from 'rxjs'
import { after, milliseconds, type TimeOptions } from './delay.js'
import { SnapshotHub } from './snapshot-hub.js'

/** Options of {@link traffic$}. */
export interface TrafficOptions extends TimeOptions {
  /** Milliseconds between two readings. */
  readonly every: number
}

/**
 * Bytes that the interface in use received and sent since it exists: read at once and then in a steady beat, but only while
 * somebody is subscribed; emitted where they are others. All subscribers of one stream share its readings. Another
 * interface, after a roam, counts from its own beginning. Zero where the backend cannot tell (`dataStatistics`).
 * @throws RangeError for a time that is none
 */
export function traffic$(session: NetworkSession, options: TrafficOptions): Observable<Traffic> {
  const every = milliseconds('every', options.every)
  return new Observable<Traffic>((subscriber) => {
    let last: Traffic | null = null
    let undo = () => {}
    const read = () => {
      const traffic = { received: session.bytesReceived, written: session.bytesWritten }
      const isNew = last?.received !== traffic.received || last.written !== traffic.written
      last = traffic
      if (isNew) subscriber.next(traffic)
    }
    const beat = () => {
      undo = after(every, options, () => {
        beat()
        read()
      })
    }
    read()
    beat()
    subscriber.add(() => undo())
    subscriber.add(SnapshotHub.of(session).follow(subscriber as Subscriber<unknown> as Subscriber<never>))
  }).pipe(share({ connector: () => new ReplaySubject(1) }))
}
