import type { CatalogueChange } from '../configurations/catalogue.js'
import type { LinkInput, LinkNotice } from '../links/link-messages.js'
import { Queue } from '../primitives/collections/queue.js'
import { protect } from '../primitives/report-error.js'
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
  | SessionEvent
  | { readonly to: 'caller'; readonly settle: () => void }

/** An event of a session, emitted if it still stands when everything is applied. */
interface SessionEvent {
  readonly to: 'listeners'
  readonly record: SessionRecord
  readonly name: keyof SessionEvents
  readonly values: readonly unknown[]
  readonly stands: (() => boolean) | null
}

/** Nothing is to be done. */
export const NOTHING: readonly Output[] = []

/** Something that happens to the engine; what it wants done is found out when its turn comes. */
export type Input = () => readonly Output[]

/** What one part throws must not keep the others from being applied, emitted and settled (rule S16). */
export function outputsOf(input: Input): readonly Output[] {
  let outputs: readonly Output[] = []
  protect(() => {
    outputs = input()
  })
  return outputs
}

/** An event of a session. */
export function event<Name extends keyof SessionEvents & string>(
  record: SessionRecord,
  name: Name,
  ...values: SessionEvents[Name]
): Output {
  return { to: 'listeners', record, name, values, stands: null }
}

/** The same, emitted only if it still stands when everything is applied. */
export function standingEvent<Name extends keyof SessionEvents & string>(
  record: SessionRecord,
  stands: () => boolean,
  name: Name,
  ...values: SessionEvents[Name]
): Output {
  return { to: 'listeners', record, name, values, stands }
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
  readonly #records = new Set<SessionRecord>()
  readonly #commands: (() => void)[] = []
  readonly #hostEvents: (() => void)[] = []
  readonly #sessionEvents: SessionEvent[] = []
  readonly #settlements: (() => void)[] = []
  #isNews = false

  /** The links, and the sessions, that something was done with. */
  get links(): ReadonlySet<string> {
    return this.#touchedLinks
  }

  get records(): Iterable<SessionRecord> {
    return this.#records
  }

  get commands(): readonly (() => void)[] {
    return this.#commands
  }

  get settlements(): readonly (() => void)[] {
    return this.#settlements
  }

  /**
   * Emits the host's events first, then each session's, in the order in which the sessions were made. A change of state comes before the other
   * events of a session, whenever it was found.
   */
  emit(): void {
    for (const emit of this.#hostEvents) emit()
    for (const { record, name, values, stands } of inOrder(this.#sessionEvents))
      if (stands?.() !== false) record.emitter.emit(name, ...(values as never))
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
        this.#records.add(output.record)
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
        this.#sessionEvents.push(output)
        return
      case 'caller':
        this.#settlements.push(output.settle)
    }
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
    } else if (message !== null && 'record' in message) this.#records.add(message.record)
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

/** They mostly are already. */
function inOrder(events: SessionEvent[]): readonly SessionEvent[] {
  const isOrdered = events.every((one, at) => at === 0 || compare(events[at - 1] as SessionEvent, one) <= 0)
  return isOrdered ? events : events.sort(compare)
}

function compare(one: SessionEvent, other: SessionEvent): number {
  return one.record.by - other.record.by || rank(one) - rank(other)
}

function rank({ name }: SessionEvent): number {
  return name === 'stateChanged' ? 0 : 1
}
