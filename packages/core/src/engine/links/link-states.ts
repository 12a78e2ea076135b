import { idleLink, isIdle, type LinkState } from '../../links/link-state.js'
import type { SessionId } from '../../links/session-id.js'
import { type LinkView, viewOf } from '../../sessions/link-view.js'
import type { WorldWatch } from '../../world/world-watch.js'
import type { Agenda, TimeOwner } from '../agenda.js'
import type { Output } from '../batch.js'
import type { SessionRecord } from '../sessions/session-record.js'

/** A link that sessions of this manager look at or use. */
export interface LinkEntry {
  state: LinkState
  /** For messages, also when the configuration is gone. */
  name: string
  readonly members: Map<SessionId, SessionRecord>
  /** What its sessions were shown last. */
  shown: ShownLink | null
  abandonActivation: () => void
  unwatch: (() => void) | null
}

/** All that sessions can see of a link, directly or as that of a child or of a rival for its device. */
export interface ShownLink {
  readonly view: LinkView
  readonly facts: LinkState['facts']
  readonly owned: string | null
  /** Which session of this manager holds it: none, one, or several, whose number does not matter (rule H5). */
  readonly heldBy: SessionId | 'none' | 'several'
}

/** The links that sessions of this manager look at or use. */
export class LinkStates {
  readonly #watch: WorldWatch
  readonly #agenda: Agenda<TimeOwner>
  readonly #entries = new Map<string, LinkEntry>()

  constructor(watch: WorldWatch, agenda: Agenda<TimeOwner>) {
    this.#watch = watch
    this.#agenda = agenda
  }

  get all(): readonly LinkState[] {
    return [...this.#entries.values()].map(({ state }) => state)
  }

  /** Whether nothing is being brought up, held or taken down. */
  get isIdle(): boolean {
    return this.all.every(isIdle)
  }

  /** Those among `ids`, or among all links, that a session looks at or uses. */
  known(ids: Iterable<string> = this.#entries.keys()): readonly string[] {
    return [...ids].filter((id) => this.#entries.has(id))
  }

  /** A link as its sessions see it now. */
  state(id: string): LinkState {
    return this.#entries.get(id)?.state ?? this.#idle(id)
  }

  /** The sessions of this manager that hold that link. */
  sessionsHolding(id: string): readonly SessionId[] {
    return [...(this.#entries.get(id)?.state.holds.keys() ?? [])]
  }

  /** A configuration's name for messages, also when it is gone. */
  nameOf(id: string): string | null {
    return this.#entries.get(id)?.name ?? this.#watch.link(id)?.name ?? null
  }

  find(id: string): LinkEntry | undefined {
    return this.#entries.get(id)
  }

  /** The entry of a link. Makes it if there is none. */
  entry(id: string): LinkEntry {
    let entry = this.#entries.get(id)
    if (entry === undefined) {
      entry = {
        state: this.#idle(id),
        name: this.#watch.link(id)?.name ?? id,
        members: new Map(),
        shown: null,
        abandonActivation: () => {},
        unwatch: null,
      }
      this.#entries.set(id, entry)
    }
    return entry
  }

  /**
   * Shows a link to its sessions: to all, if it is not what they were shown last, otherwise to those among `touched` that
   * something was done with.
   */
  show(id: string, touched: Iterable<SessionRecord>): readonly Output[] {
    const entry = this.#entries.get(id)
    if (entry === undefined) return []
    const shown = shownOf(entry.state)
    const isNews = entry.shown === null || !isSame(entry.shown, shown)
    entry.shown = shown
    const { members } = entry
    const to = isNews ? [...members.values()] : [...touched].filter(({ by }) => members.has(by))
    return to.map((record) => {
      const { use } = record
      if (use.kind === 'serviceNetwork') return { to: 'lookout', record }
      return { to: 'accessPoint', record, use, input: { type: 'view', view: shown.view } }
    })
  }

  /** Forgets a link that no session looks at or uses. */
  tidy(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.members.size > 0 || !isIdle(entry.state)) return
    entry.unwatch?.()
    this.#agenda.set(id, null)
    this.#entries.delete(id)
  }

  /** Forgets all of them; nothing is taken down. */
  dispose(): void {
    for (const { unwatch } of this.#entries.values()) unwatch?.()
    this.#entries.clear()
  }

  #idle(id: string): LinkState {
    const { world, isLapsed } = this.#watch
    return idleLink(id, this.#watch.link(id), world.service === 'ready', isLapsed)
  }
}

function shownOf(state: LinkState): ShownLink {
  const { facts, owned, holds } = state
  const heldBy = holds.size > 1 ? 'several' : (holds.keys()[0] ?? 'none')
  return { view: viewOf(state), facts, owned, heldBy }
}

function isSame(one: ShownLink, other: ShownLink): boolean {
  if (one.facts !== other.facts || one.owned !== other.owned || one.heldBy !== other.heldBy) return false
  return (Object.keys(one.view) as (keyof LinkView)[]).every((key) => one.view[key] === other.view[key])
}
