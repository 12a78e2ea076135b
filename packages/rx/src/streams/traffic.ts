import type { SessionLike } from '@roamkit/core'
import type { Traffic } from '@roamkit/core/contract'
import { distinctUntilChanged, filter, map, type Observable, pairwise, ReplaySubject, share } from 'rxjs'
import { sameMembers } from '../snapshots/memoize.js'
import { byteCounts, type Count, checkTraffic, type TrafficOptions } from './byte-counts.js'
import { type SessionSource, streamOf } from './followed-session.js'

/**
 * The bytes that a session's links have received and sent. The counts never decrease. Reads at once and then every `every` milliseconds
 * while there is a subscriber, and emits when a count has changed.
 *
 * The first read of a session returns what its interface has counted so far. From then on the counts grow by what the interfaces in use
 * count, across roams and losses; on a service network all links that are up count. Bytes between the last read and a change of links are
 * missed. All subscribers of one stream share its reads, and all streams of a session share its counts. The counts are zero if the backend
 * has no statistics (`dataStatistics`). Completes when the manager is closed. The last unsubscribe ends the reads.
 * @throws RangeError for an invalid `every`; TypeError for other invalid arguments
 */
export function traffic$(session: SessionSource, options: TrafficOptions): Observable<Traffic> {
  checkTraffic('traffic$', options)
  const totals = (one: SessionLike) =>
    byteCounts(one, options).pipe(
      map(({ total }) => total),
      distinctUntilChanged<Traffic>(sameMembers),
    )
  return streamOf('traffic$', session, totals).pipe(share({ connector: () => new ReplaySubject(1) }))
}

/** How fast a session receives and sends. */
export interface TrafficRate {
  /** Bytes per second. */
  readonly received: number
  /** Bytes per second. */
  readonly written: number
}

/**
 * How fast a session's links receive and send, in bytes per second: the mean of the last `every` milliseconds. Emits first when these have
 * passed, and then after each further interval, also if the rate is the same. A late subscriber gets the last rate at once.
 *
 * Never negative, and a roam is no spike: only the bytes that `traffic$` counts are counted here, so bytes between the last read and a
 * change of links are missed. The rates are zero while there is no link, and if the backend has no statistics (`dataStatistics`). Completes
 * when the manager is closed. The last unsubscribe ends the reads.
 * @throws RangeError for an invalid `every`; TypeError for other invalid arguments
 */
export function rate$(session: SessionSource, options: TrafficOptions): Observable<TrafficRate> {
  checkTraffic('rate$', options)
  const rates = (one: SessionLike) =>
    byteCounts(one, options).pipe(
      filter(({ isBetween }) => !isBetween),
      pairwise(),
      map(([before, after]) => rateOf(before, after, options.every)),
    )
  return streamOf('rate$', session, rates).pipe(share({ connector: () => new ReplaySubject(1) }))
}

/** A timer may be late, so the time that has really passed counts, unless the scheduler has none. */
function rateOf(before: Count, after: Count, every: number): TrafficRate {
  const passed = after.at - before.at
  const seconds = (passed > 0 ? passed : every) / 1000
  const rate = (direction: keyof TrafficRate) => (after.total[direction] - before.total[direction]) / seconds
  return { received: rate('received'), written: rate('written') }
}
