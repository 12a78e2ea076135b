import type { SessionLike, SessionSnapshot } from '@roamkit/core'
import { checkArgument, checkOptions } from '@roamkit/core/backend-kit'
import type { Traffic } from '@roamkit/core/contract'
import { Observable } from 'rxjs'
import { TIME, type TimeOptions, timerOf } from '../delay.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** Options of {@link traffic$} and {@link rate$}. */
export interface TrafficOptions extends TimeOptions {
  /** Milliseconds between two reads. Required. */
  readonly every: number
}

/** A read of a session's counters. */
export interface Count {
  /** The bytes so far. Never decreases. */
  readonly total: Traffic
  /** When it was read, in milliseconds. */
  readonly at: number
  /** Whether it was read because a link came or went. Other reads come at once, and then at equal intervals. */
  readonly isBetween: boolean
}

/** Checks the options of a stream that reads counters. @throws RangeError or TypeError */
export function checkTraffic(call: string, options: TrafficOptions): void {
  checkOptions(`${call}()`, options, { ...TIME.options, every: TIME.milliseconds })
  checkArgument(`every of ${call}()`, options.every, TIME.milliseconds)
}

/** Reads a session's counters at once, then every `every` milliseconds, and when a link comes or goes. Completes with the manager. */
export function byteCounts(session: SessionLike, options: TrafficOptions): Observable<Count> {
  const { every } = options
  return new Observable((subscriber) => {
    const timer = timerOf(options, session.clock)
    let links = ''
    let isFirst = true
    let undo = () => {}
    const read = (isBetween: boolean) =>
      subscriber.next({ total: measure(session, links), at: timer.now(), isBetween })
    const beat = () => {
      undo = timer.after(every, () => {
        beat()
        read(false)
      })
    }
    subscriber.add(() => undo())
    subscriber.add(
      stateStream(session, LINKS).subscribe({
        next(now) {
          links = now
          read(!isFirst)
          isFirst = false
        },
        complete: () => subscriber.complete(),
      }),
    )
    if (!subscriber.closed) beat()
  })
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

const meters = new WeakMap<SessionLike, Meter>()

/** Reads a session's counters and updates its total. */
function measure(session: SessionLike, links: string): Traffic {
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
