import type { Failure } from '../links/failure.js'
import type { LinkInput } from '../links/link-messages.js'
import { Queue } from '../primitives/queue.js'
import type { RoamingOffer } from '../roaming/roaming-offer.js'
import type { NetworkSessionError } from '../sessions/session-error.js'
import type { SessionEvents, SessionRecord } from './session-record.js'

/** One event of one session, to be told when everything is applied. */
type Telling = () => void

/**
 * All that one cause sets off. It is applied completely before the first event of it is told, and promises settle after
 * their events (rule S19).
 */
export class Cause {
  /** What links have to be told yet, in order. */
  readonly todo = new Queue<{ readonly id: string; readonly input: LinkInput }>()
  /** Links whose sessions have to look at them again. */
  readonly dirty = new Set<string>()
  /** Sessions on service networks that have to look at the world again. */
  readonly looks = new Set<SessionRecord>()
  /** Whether the catalogue is another one. */
  isNews = false
  /** Links and sessions that something was done with. */
  readonly links = new Set<string>()
  readonly records = new Set<SessionRecord>()
  /** Commands to the system, started when everything is applied. */
  readonly commands: (() => void)[] = []
  readonly events: Telling[] = []
  readonly settlements: (() => void)[] = []
  /** One error object for each failure, shared by the event and the promise. */
  readonly errors = new Map<Failure, Map<string, NetworkSessionError>>()
  /** The newest offer to each session that was made here, of which nobody was told before. */
  readonly offers = new Map<SessionRecord, RoamingOffer>()
  readonly #sessionEvents = new Map<SessionRecord, Telling[]>()

  /** Notes an event of a session; a change of state comes before its others, whenever it is noted. */
  tell<Name extends keyof SessionEvents & string>(
    record: SessionRecord,
    name: Name,
    ...values: SessionEvents[Name]
  ): void {
    this.#note(record, name, () => record.emitter.emit(name, ...values))
  }

  /** The same, told only where it still stands when everything is applied. */
  tellStanding<Name extends keyof SessionEvents & string>(
    record: SessionRecord,
    stands: () => boolean,
    name: Name,
    ...values: SessionEvents[Name]
  ): void {
    this.#note(record, name, () => {
      if (stands()) record.emitter.emit(name, ...values)
    })
  }

  #note(record: SessionRecord, name: string, telling: Telling): void {
    const events = this.#sessionEvents.get(record) ?? []
    if (name === 'stateChanged') events.unshift(telling)
    else events.push(telling)
    this.#sessionEvents.set(record, events)
  }

  /** Tells everything: the host's events first, then each session's, in the order in which the sessions were made. */
  tellAll(): void {
    for (const event of this.events) event()
    const sessions = [...this.#sessionEvents].sort(([left], [right]) => left.by - right.by)
    for (const [, events] of sessions) for (const event of events) event()
  }
}
