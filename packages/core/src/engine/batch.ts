import type { CatalogueChange } from '../configurations/catalogue.js'
import type { LinkInput, LinkNotice } from '../links/link-messages.js'
import { Queue } from '../primitives/collections/queue.js'
import type { RoamingInput } from '../roaming/roaming-messages.js'
import type { LifecycleInput } from '../sessions/lifecycle.js'
import type { SessionInput } from '../sessions/session-machine.js'
import type {
  AccessPointUse,
  ServiceNetworkUse,
  SessionEvents,
  SessionRecord,
} from './sessions/session-record.js'

/** What a session hears, whatever it is on: a call, or what a link says. */
type SessionMessage =
  | LifecycleInput
  | { readonly type: 'notice'; readonly child: string; readonly notice: LinkNotice }

/** What is for the machine of a link or of a session. */
export type Message =
  | { readonly to: 'session'; readonly record: SessionRecord; readonly input: SessionMessage }
  | {
      readonly to: 'accessPoint'
      readonly record: SessionRecord
      readonly use: AccessPointUse
      readonly input: SessionInput
    }
  | {
      readonly to: 'serviceNetwork'
      readonly record: SessionRecord
      readonly use: ServiceNetworkUse
      readonly input: RoamingInput
    }
  | { readonly to: 'link'; readonly id: string; readonly input: LinkInput }
  /** The sessions of a link look at it again. */
  | { readonly to: 'members'; readonly id: string }
  /** The children of a service network are ranked again. */
  | { readonly to: 'ranking'; readonly change: () => CatalogueChange }
  /** A session on a service network looks at the world again. */
  | { readonly to: 'lookout'; readonly record: SessionRecord }

/** What an input, or a machine's runner, wants done. */
export type Output =
  | Exclude<Message, { to: 'members' }>
  /** Something about a session may be different. */
  | { readonly to: 'record'; readonly record: SessionRecord }
  | { readonly to: 'system'; readonly command: () => void }
  | { readonly to: 'host'; readonly emit: () => void }
  /** The configurations, or the host, are different: stores compare their snapshots. */
  | { readonly to: 'stores' }
  | {
      readonly to: 'listeners'
      readonly record: SessionRecord
      readonly name: keyof SessionEvents
      readonly emit: () => void
    }
  | { readonly to: 'caller'; readonly settle: () => void }

/** Nothing is to be done. */
export const NOTHING: readonly Output[] = []

/** Something that happens to the engine; what it wants done is found out when its turn comes. */
export type Input = () => readonly Output[]

/** An event of a session. */
export function event<Name extends keyof SessionEvents & string>(
  record: SessionRecord,
  name: Name,
  ...values: SessionEvents[Name]
): Output {
  return { to: 'listeners', record, name, emit: () => record.emitter.emit(name, ...values) }
}

/** The same, emitted only if it still stands when everything is applied. */
export function standingEvent<Name extends keyof SessionEvents & string>(
  record: SessionRecord,
  stands: () => boolean,
  name: Name,
  ...values: SessionEvents[Name]
): Output {
  const emit = () => {
    if (stands()) record.emitter.emit(name, ...values)
  }
  return { to: 'listeners', record, name, emit }
}

/**
 * All that one input sets off. It is applied completely before the first event of it is emitted, and promises settle after
 * their events (rule S19).
 */
export class Batch {
  readonly #sessions = new Queue<Message>()
  readonly #links = new Queue<Message>()
  readonly #members = new Set<string>()
  readonly #rankings = new Queue<Message>()
  readonly #lookouts = new Set<SessionRecord>()
  readonly #touchedLinks = new Set<string>()
  readonly #touchedRecords = new Set<SessionRecord>()
  readonly #commands: (() => void)[] = []
  readonly #hostEvents: (() => void)[] = []
  readonly #sessionEvents = new Map<SessionRecord, (() => void)[]>()
  readonly #settlements: (() => void)[] = []
  #isNews = false

  /** The links, and the sessions, that something was done with. */
  get links(): ReadonlySet<string> {
    return this.#touchedLinks
  }

  get records(): ReadonlySet<SessionRecord> {
    return this.#touchedRecords
  }

  get commands(): readonly (() => void)[] {
    return this.#commands
  }

  get settlements(): readonly (() => void)[] {
    return this.#settlements
  }

  /** The host's events first, then each session's, in the order in which the sessions were made. */
  get events(): readonly (() => void)[] {
    const events = [...this.#hostEvents]
    const sessions = [...this.#sessionEvents]
    if (sessions.length > 1) sessions.sort(([left], [right]) => left.by - right.by)
    for (const [, emits] of sessions) events.push(...emits)
    return events
  }

  /** Whether the configurations, or the host, are different. */
  get isNews(): boolean {
    return this.#isNews
  }

  add(outputs: readonly Output[]): void {
    for (const output of outputs) this.#add(output)
  }

  #add(output: Output): void {
    switch (output.to) {
      case 'session':
      case 'accessPoint':
      case 'serviceNetwork':
        return this.#sessions.push(output)
      case 'link':
        return this.#links.push(output)
      case 'ranking':
        return this.#rankings.push(output)
      case 'lookout':
        this.#lookouts.add(output.record)
        return
      case 'record':
        this.#touchedRecords.add(output.record)
        return
      case 'system':
        this.#commands.push(output.command)
        return
      case 'host':
        this.#hostEvents.push(output.emit)
        return
      case 'stores':
        this.#isNews = true
        return
      case 'listeners':
        return this.#addEvent(output.record, output.name, output.emit)
      case 'caller':
        this.#settlements.push(output.settle)
    }
  }

  /** A change of state comes before the other events of a session, whenever it is found. */
  #addEvent(record: SessionRecord, name: keyof SessionEvents, emit: () => void): void {
    const events = this.#sessionEvents.get(record) ?? []
    if (name === 'stateChanged') events.unshift(emit)
    else events.push(emit)
    this.#sessionEvents.set(record, events)
  }

  /**
   * The next message: what sessions hear, then what links hear, then the sessions of each link that heard something, then what
   * is ranked again, then the sessions that look at the whole world; `null` once all is quiet.
   */
  next(): Message | null {
    const message =
      this.#sessions.shift() ??
      this.#links.shift() ??
      this.#nextMembers() ??
      this.#rankings.shift() ??
      this.#nextLookout()
    if (message?.to === 'link') {
      this.#members.add(message.id)
      this.#touchedLinks.add(message.id)
    } else if (message !== null && 'record' in message) this.#touchedRecords.add(message.record)
    return message
  }

  #nextMembers(): Message | undefined {
    const [id] = this.#members
    if (id === undefined) return undefined
    this.#members.delete(id)
    return { to: 'members', id }
  }

  #nextLookout(): Message | null {
    const [record] = this.#lookouts
    if (record === undefined) return null
    this.#lookouts.delete(record)
    return { to: 'lookout', record }
  }
}
