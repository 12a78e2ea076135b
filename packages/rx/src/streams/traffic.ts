import type { NetworkSession, SessionSnapshot } from '@roamkit/core'
import type { Traffic } from '@roamkit/core/contract'
import { Observable, ReplaySubject, share } from 'rxjs'
import { after, milliseconds, type TimeOptions } from '../delay.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** Options of {@link traffic$}. */
export interface TrafficOptions extends TimeOptions {
  /** Milliseconds between two readings. */
  readonly every: number
}

/**
 * Bytes that a session's links received and sent, which never fall while the session lives: read at once, and then every
 * so many milliseconds while there is a subscriber; emitted when they are others. The first reading of a session is what
 * its interface has counted so far. From there on it grows by what the interfaces count while they are up, whatever they
 * counted before, through roams and losses; of a service network all links that are up count. What passes between the
 * last reading and a change of links is missing. All subscribers of one stream share its readings, and all streams of a
 * session its count. Zero if the backend cannot tell (`dataStatistics`).
 * @throws RangeError for an invalid `every`
 */
export function traffic$(session: NetworkSession, options: TrafficOptions): Observable<Traffic> {
  const every = milliseconds('every', options.every)
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

/** Names the interfaces that core's counters are the sum of: between two sums of the same there is a difference. */
const LINKS: Slice<SessionSnapshot, string> = {
  key: 'links',
  order: 'fact',
  read({ configuration, interface: link }) {
    const all = configuration.children.length > 0 ? configuration.children : [configuration]
    const up = all.filter((one) => one.is('active')).map(({ identifier }) => identifier)
    return JSON.stringify([link?.name, up])
  },
}

/** What was read of a session last, and what that made. */
interface Meter {
  readonly links: string
  readonly raw: Traffic
  readonly total: Traffic
}

const meters = new WeakMap<NetworkSession, Meter>()

/** Reads a session's counters, and gives its total. */
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
