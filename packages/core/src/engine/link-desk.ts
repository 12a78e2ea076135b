import type { Backend, Holders } from '../contract/index.js'
import { reduceLink } from '../links/link-machine.js'
import type { LinkEffect, LinkInput, LinkTimer } from '../links/link-messages.js'
import { idleLink, isIdle, type LinkState } from '../links/link-state.js'
import type { SessionId } from '../links/session-id.js'
import { eitherSignal } from '../primitives/either-signal.js'
import { protect } from '../primitives/report-error.js'
import type { Times } from '../primitives/times.js'
import { type LinkView, viewOf } from '../sessions/session-machine.js'
import type { WorldWatch } from '../world/world-watch.js'
import type { Cause } from './cause.js'
import { type CommandHost, carryOver, fall, join, rise, stop, tellStopped } from './link-commands.js'
import { PausableTimer } from './pausable-timer.js'
import type { SessionRecord } from './session-record.js'

/** How long another manager's word is believed that it stops a link which is not on its way down yet, in milliseconds. */
const STOP_WORD = 5000

/** A link that sessions of this manager look at or use. */
interface Entry {
  state: LinkState
  /** For messages, also when the configuration is gone. */
  name: string
  readonly members: Map<SessionId, SessionRecord>
  /** What its sessions were shown last. */
  shown: Shown | null
  readonly timers: Map<LinkTimer, PausableTimer>
  abandonRise: () => void
  unwatch: (() => void) | null
}

/** What the desk needs of the engine. */
export interface LinkHost {
  readonly backend: Backend
  readonly holders: Holders
  readonly times: Times
  readonly watch: WorldWatch
  readonly signal: AbortSignal
  connectTimeout(id: string): number
  post(input: (cause: Cause) => void): void
  after(ms: number, run: (cause: Cause) => void): () => void
  /** Hands a notice to the machine of a session. */
  notify(cause: Cause, record: SessionRecord, id: string, effect: LinkEffect & { type: 'notice' }): void
}

/** Where the world's facts and the sessions' wishes come in for each link, and its machine's effects go out. */
export class LinkDesk {
  readonly #host: LinkHost
  readonly #commands: CommandHost
  readonly #entries = new Map<string, Entry>()
  /** Of every link that was ever commanded: what is late is given up with the manager, too. */
  readonly #commandsById = new Map<string, CommandHost>()

  constructor(host: LinkHost) {
    this.#host = host
    this.#commands = {
      backend: host.backend,
      holders: host.holders,
      clock: host.times.clock,
      scope: host.watch.world.scope ?? '',
      signal: host.signal,
      windDownTimeout: host.times.windDownTimeout,
      link: (id) => host.watch.newest(id),
      holdersHere: (id) => this.holdersHere(id),
      isWanted: (id) => this.state(id).attempt !== null,
      hasEnded: (id, activation) => this.state(id).over === activation,
      post: (id, input) => host.post((cause) => cause.todo.push({ id, input })),
    }
  }

  /** The links that sessions of this manager look at or use. */
  get states(): readonly LinkState[] {
    return [...this.#entries.values()].map(({ state }) => state)
  }

  /** Whether nothing is being brought up, held or taken down. */
  get isIdle(): boolean {
    return this.states.every(isIdle)
  }

  /** Those among `ids`, or all, that somebody looks at or uses. */
  known(ids: Iterable<string> = this.#entries.keys()): readonly string[] {
    return [...ids].filter((id) => this.#entries.has(id))
  }

  /** A link as its sessions see it now. */
  state(id: string): LinkState {
    return (
      this.#entries.get(id)?.state ??
      idleLink(id, this.#host.watch.link(id), this.#isReady(), this.#host.watch.isLapsed)
    )
  }

  /** Which sessions of this manager hold that link. */
  holdersHere(id: string): readonly SessionId[] {
    return [...(this.#entries.get(id)?.state.holds.keys() ?? [])]
  }

  /**
   * What the sessions of a link see of it now, and who has to be told: all, where it is not what they were shown last, otherwise
   * those among `touched` that something was done with.
   */
  show(
    id: string,
    touched: ReadonlySet<SessionRecord>,
  ): { readonly view: LinkView; readonly to: readonly SessionRecord[] } {
    const entry = this.#entries.get(id)
    const state = this.state(id)
    const shown = shownOf(state)
    const { view } = shown
    if (entry === undefined) return { view, to: [] }
    const isNews = entry.shown === null || !isSame(entry.shown, shown)
    entry.shown = shown
    const { members } = entry
    return { view, to: isNews ? [...members.values()] : [...touched].filter(({ by }) => members.has(by)) }
  }

  /** A configuration's name for messages, also when it is gone. */
  nameOf(id: string): string | null {
    return this.#entries.get(id)?.name ?? this.#host.watch.link(id)?.name ?? null
  }

  /** Has a session told of that link. */
  join(id: string, record: SessionRecord): void {
    this.#entry(id).members.set(record.by, record)
  }

  /** Has it told no more. */
  leave(id: string, record: SessionRecord): void {
    this.#entries.get(id)?.members.delete(record.by)
    this.tidy(id)
  }

  /** Feeds a link's machine and carries out its effects. */
  feed(cause: Cause, id: string, input: LinkInput): void {
    const entry = this.#entry(id)
    entry.name = this.#host.watch.link(id)?.name ?? entry.name
    const [state, effects] = reduceLink(entry.state, input)
    entry.state = state
    cause.dirty.add(id)
    cause.links.add(id)
    for (const effect of effects) this.#carryOut(cause, id, entry, effect)
  }

  /** Forgets a link that nobody looks at or uses. */
  tidy(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.members.size > 0 || !isIdle(entry.state)) return
    entry.unwatch?.()
    for (const timer of entry.timers.values()) timer.stop()
    this.#entries.delete(id)
  }

  /** Lets go of everything; nothing is taken down. */
  dispose(): void {
    for (const { timers, unwatch } of this.#entries.values()) {
      for (const timer of timers.values()) timer.stop()
      unwatch?.()
    }
    this.#entries.clear()
  }

  #carryOut(cause: Cause, id: string, entry: Entry, effect: LinkEffect): void {
    switch (effect.type) {
      case 'join':
        this.#watchStops(id, entry)
        cause.commands.push(() => join(this.#commandsOf(id), id))
        return
      case 'rise': {
        const commands = this.#commandsOf(id)
        this.#watchStops(id, entry)
        cause.commands.push(() => {
          entry.abandonRise = rise(commands, id, effect)
        })
        return
      }
      case 'abandonRise':
        return entry.abandonRise()
      case 'fall':
        cause.commands.push(() => fall(this.#commandsOf(id), id, effect))
        return
      case 'stop':
        cause.commands.push(() => stop(this.#commandsOf(id), id))
        return
      case 'tellStopped':
        cause.commands.push(() => tellStopped(this.#commandsOf(id), id, effect.activation))
        return
      case 'carryOver':
        cause.commands.push(() => carryOver(this.#commandsOf(id), id, effect))
        return
      case 'startTimer':
        return this.#startTimer(id, entry, effect.timer)
      case 'stopTimer':
        entry.timers.get(effect.timer)?.stop()
        entry.timers.delete(effect.timer)
        return
      case 'pauseTimer':
        return entry.timers.get(effect.timer)?.pause()
      case 'resumeTimer':
        return entry.timers.get(effect.timer)?.resume()
      case 'notice': {
        const record = entry.members.get(effect.to)
        if (record !== undefined) this.#host.notify(cause, record, id, effect)
      }
    }
  }

  /** Each link has a signal of its own, so that no signal gets a listener for every link from backend or holders. */
  #commandsOf(id: string): CommandHost {
    let commands = this.#commandsById.get(id)
    if (commands === undefined) {
      commands = { ...this.#commands, signal: eitherSignal(this.#host.signal).signal }
      this.#commandsById.set(id, commands)
    }
    return commands
  }

  #startTimer(id: string, entry: Entry, name: LinkTimer): void {
    entry.timers.get(name)?.stop()
    const run = (cause: Cause) => cause.todo.push({ id, input: { type: TIMED_OUT[name] } })
    entry.timers.set(name, new PausableTimer(this.#host, this.#timeOf(id, name), run))
  }

  #timeOf(id: string, timer: LinkTimer): number {
    switch (timer) {
      case 'attempt':
        return this.#host.connectTimeout(id)
      case 'descent':
        return this.#host.times.windDownTimeout
      case 'stopWord':
        return STOP_WORD
    }
  }

  #watchStops(id: string, entry: Entry): void {
    const commands = this.#commandsOf(id)
    protect(() => {
      entry.unwatch ??= commands.holders.watch(commands.scope, id, (activation) =>
        commands.post(id, { type: 'stoppingElsewhere', activation }),
      )
    })
  }

  #entry(id: string): Entry {
    let entry = this.#entries.get(id)
    if (entry === undefined) {
      const facts = this.#host.watch.link(id)
      entry = {
        state: idleLink(id, facts, this.#isReady(), this.#host.watch.isLapsed),
        name: facts?.name ?? id,
        members: new Map(),
        shown: null,
        timers: new Map(),
        abandonRise: () => {},
        unwatch: null,
      }
      this.#entries.set(id, entry)
    }
    return entry
  }

  #isReady(): boolean {
    return this.#host.watch.world.service === 'ready'
  }
}

/** What happens to a link when a time is over. */
const TIMED_OUT = {
  attempt: 'attemptTimedOut',
  descent: 'descentTimedOut',
  stopWord: 'stopWordExpired',
} as const

/** All that sessions can see of a link, directly or as that of a child or of a rival for its device. */
interface Shown {
  readonly view: LinkView
  readonly facts: LinkState['facts']
  readonly owned: string | null
  /** Nobody, one session, or several: more does not count for anybody (rule H5). */
  readonly holder: SessionId | 'none' | 'several'
}

function shownOf(state: LinkState): Shown {
  const { facts, owned, holds } = state
  const holder = holds.size > 1 ? 'several' : (holds.keys()[0] ?? 'none')
  return { view: viewOf(state), facts, owned, holder }
}

function isSame(one: Shown, other: Shown): boolean {
  if (one.facts !== other.facts || one.owned !== other.owned || one.holder !== other.holder) return false
  return (Object.keys(one.view) as (keyof LinkView)[]).every((key) => one.view[key] === other.view[key])
}
