import type { NetworkSession, SessionSnapshot } from '@roamkit/core'
import { checkArgument, checkOptions } from '@roamkit/core/backend-kit'
import type { Traffic } from '@roamkit/core/contract'
import { Observable, ReplaySubject, share } from 'rxjs'
import { check } from '../arguments.js'
import { after, TIME, type TimeOptions } from '../delay.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** Options of {@link traffic$}. */
export interface TrafficOptions extends TimeOptions {
  /** Milliseconds between two reads. Required. */
  readonly every: number
}

/**
 * The bytes that a session's links have received and sent. The counts never decrease. Reads at once and then every `every` milliseconds
 * while there is a subscriber, and emits when a count has changed.
 *
 * The first read of a session returns what its interface has counted so far. From then on the counts grow by what the interfaces in use
 * count, across roams and losses; on a service network all links that are up count. Bytes between the last read and a change of links are
 * missed. All subscribers of one stream share its reads, and all streams of a session share its counts. The counts are zero if the backend
 * has no statistics (`dataStatistics`).
 * @throws RangeError for an invalid `every`; TypeError for other invalid arguments
 */
export function traffic$(session: NetworkSession, options: TrafficOptions): Observable<Traffic> {
  check('traffic$', 'session', session)
  checkOptions('traffic$()', options, { ...TIME.options, every: TIME.milliseconds })
  const { every } = options
  checkArgument('every of traffic$()', every, TIME.milliseconds)
  return new Observable<Traffic>((subscriber) => {
    let last: Traffic | null = null
    let links = ''
    let undo = () => {}
    const read = () => {
      const total = measure(session, links)
      const isNew = last?.received !== total.received || last.written !== total.written
      last = total
      if (isNew) subscriber.next(total)
    }
    const beat = () => {
      undo = after(every, options, () => {
        beat()
        read()
      })
    }
    subscriber.add(() => undo())
    subscriber.add(
      stateStream(session, LINKS).subscribe({
        next(now) {
          links = now
          read()
        },
        complete: () => subscriber.complete(),
      }),
    )
    if (!subscriber.closed) beat()
  }).pipe(share({ connector: () => new ReplaySubject(1) }))
}

/** Identifies the interfaces that core's counters sum up. Only sums over the same interfaces can be subtracted. */
const LINKS: Slice<SessionSnapshot, string> = {
  key: 'links',
  order: 'fact',
  read({ configuration, interface: link }) {
    const all = configuration.children.length > 0 ? configuration.children : [configuration]
    const up = all.filter((one) => one.is('active')).map(({ identifier }) => identifier)
    return JSON.stringify([link?.name, up])
  },
}

/** The last read of a session, and the total so far. */
interface Meter {
  readonly links: string
  readonly raw: Traffic
  readonly total: Traffic
}

const meters = new WeakMap<NetworkSession, Meter>()

/** Reads a session's counters and updates its total. */
function measure(session: NetworkSession, links: string): Traffic {
  const raw = { received: session.bytesReceived, written: session.bytesWritten }
  const before = meters.get(session)
  const grown = (direction: keyof Traffic) => {
    if (before === undefined) return raw[direction]
    const more = before.links === links ? Math.max(0, raw[direction] - before.raw[direction]) : 0
    return before.total[direction] + more
  }
  const total = { received: grown('received'), written: grown('written') }
  meters.set(session, { links, raw, total })
  return total
}
