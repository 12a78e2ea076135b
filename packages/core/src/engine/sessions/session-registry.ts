import type { Catalogue, CatalogueChange } from '../../configurations/catalogue.js'
import { usagePoliciesOf } from '../../configurations/usage-policy.js'
import { USER_CHOICE } from '../../configurations/user-choice.js'
import type { LinkState } from '../../links/link-state.js'
import { heldChildren, roamingSessionState, roamOf } from '../../roaming/roaming-state.js'
import { linkSessionState, type SessionState } from '../../sessions/session-state.js'
import { interfaceChange } from '../../world/interface-change.js'
import { carries } from '../../world/link-facts.js'
import { event, NOTHING, type Output } from '../batch.js'
import type { LinkStates } from '../links/link-states.js'
import type { HealthRunner } from './health-runner.js'
import type { NetworkViews } from './network-view.js'
import type { SessionRecord } from './session-record.js'

const NO_LINKS: ReadonlySet<string> = new Set()

/** The sessions that are kept informed, the links that each of them hears of, and the state of each. */
export class SessionRegistry {
  readonly #catalogue: Catalogue
  readonly #links: LinkStates
  readonly #views: NetworkViews
  readonly #health: HealthRunner
  readonly #records = new Set<SessionRecord>()

  constructor(catalogue: Catalogue, links: LinkStates, views: NetworkViews, health: HealthRunner) {
    this.#health = health
    this.#catalogue = catalogue
    this.#links = links
    this.#views = views
  }

  get records(): ReadonlySet<SessionRecord> {
    return this.#records
  }

  clear(): void {
    this.#records.clear()
  }

  /** Keeps a session informed while it has a listener or something under way, and forgets it otherwise. */
  review(record: SessionRecord): void {
    // What the user chose holds as long as the session is opening, open or winding down.
    if (record.isAtRest && record.calls.size === 0) this.#forgetChoice(record)
    this.settleKind(record)
    const isKnown = this.#records.has(record)
    if (record.isWanted) {
      this.#records.add(record)
      this.#follow(record, this.#linksOf(record))
      if (isKnown) return
      record.emittedState = this.#currentState(record)
      record.emittedPolicies = usagePoliciesOf(this.activeLink(record).facts)
    } else if (isKnown) {
      this.#records.delete(record)
      record.emittedState = null
      this.#health.forget(record)
      this.#follow(record, NO_LINKS)
    }
  }

  /** Whether a session is on an access point or a service network is settled whenever nothing holds it to one of them. */
  settleKind(record: SessionRecord): void {
    if (record.canSettle) record.settle(this.#catalogue.kindOf(record.target))
  }

  /** Those that a change of the configurations concerns. */
  affectedBy({ added, changed, removed }: CatalogueChange): readonly Output[] {
    const outputs: Output[] = []
    const networks = new Set<string>()
    // What a session shows of its configuration is different, also if its link is the same, as with another `connectTimeout`.
    const shown = new Set([...added, ...changed, ...removed].map(({ identifier }) => identifier))
    for (const { type, identifier } of [...added, ...removed])
      if (type === 'serviceNetwork') networks.add(identifier)
    for (const record of this.#records) {
      if (shown.has(record.identifier)) outputs.push({ to: 'record', record })
      // A session on one that is defined or removed comes alive, or does not any more (rules S1, S13).
      if (networks.has(record.target) && record.canSettle) {
        this.settleKind(record)
        this.#follow(record, this.#linksOf(record))
        outputs.push({ to: 'record', record })
      }
      if (record.network !== null) outputs.push({ to: 'lookout', record })
    }
    return outputs
  }

  /** Everything is applied: the events of what is different about a session from what was emitted last. */
  changesOf(record: SessionRecord): readonly Output[] {
    // Before the state is compared: from here on it is that of the question again (rule M6).
    if (record.isAtRest && record.calls.size === 0) this.#forgetChoice(record)
    if (record.emittedState === null) return NOTHING
    let outputs = NOTHING
    const policies = usagePoliciesOf(this.activeLink(record).facts)
    if (record.emittedPolicies !== policies) {
      record.emittedPolicies = policies
      outputs = [event(record, 'usagePoliciesChanged', policies)]
    }
    const state = this.#currentState(record)
    if (record.emittedState !== state) {
      record.emittedState = state
      outputs = [...outputs, event(record, 'stateChanged', state)]
    }
    const interfaceChanges = this.#interfaceChanges(record)
    if (interfaceChanges !== NOTHING) outputs = [...outputs, ...interfaceChanges]
    this.#health.use(record, record.isConnected ? record.active : null)
    const health = this.#health.healthOf(record)
    record.healthOf = record.active ?? record.healthOf
    if (record.emittedHealth !== health) {
      record.emittedHealth = health
      outputs = [...outputs, event(record, 'healthChanged', health, this.#catalogue.get(record.healthOf))]
    }
    return outputs
  }

  /** What is bound to the interface in use may have to be bound again (rule T7). */
  #interfaceChanges(record: SessionRecord): readonly Output[] {
    const { active, interfaceInUse: before } = record
    if (active === null) {
      record.interfaceInUse = null
      return NOTHING
    }
    const isInUse =
      record.isConnected || (record.network !== null && roamOf(record.network.machine)?.kind === 'trial')
    const now = isInUse ? (this.#links.state(active).facts?.interface ?? null) : null
    if (now === null || before?.facts === now) return NOTHING
    record.interfaceInUse = { link: active, facts: now }
    const change = before === null ? null : interfaceChange(before.facts, now)
    if (before === null || change === null) return NOTHING
    // The old link may be up all the same, with what is bound to it.
    const { facts } = this.#links.state(before.link)
    const left = (carries(facts) ? facts?.interface?.addresses : null) ?? []
    const addressesGone = change.addressesGone.filter(
      (gone) => !left.some((one) => one.startsWith(`${gone}/`)),
    )
    return [event(record, 'interfaceChanged', now, before.facts, Object.freeze({ addressesGone }))]
  }

  /** The time in which everything pauses around a sleep begins or ends (rule L4). */
  rested(rest: 'begins' | 'ends'): readonly Output[] {
    const outputs: Output[] = []
    // A session on a service network looks at the world anyway, because this is a change of it.
    for (const record of this.#records) {
      const { use } = record
      if (use.kind === 'accessPoint')
        outputs.push({ to: 'accessPoint', record, use, input: { type: 'rest', rest } })
    }
    return outputs
  }

  /** A session's state as it was emitted last, or as it is now if it has no listener (rule S19). */
  stateOf(record: SessionRecord): SessionState {
    return record.emittedState ?? this.#currentState(record)
  }

  /** The link that a session's traffic goes through: the active child's, or a closed service network's first active one. */
  activeLink(record: SessionRecord): LinkState {
    if (record.network === null) return this.#links.state(record.target)
    const { children } = this.#catalogue.get(record.target)
    const active = record.active ?? children.find((child) => child.is('active'))?.identifier
    return this.#links.state(active ?? record.target)
  }

  #currentState(record: SessionRecord): SessionState {
    if (record.choosing !== null) return 'connecting'
    if (!this.#records.has(record)) this.settleKind(record)
    if (record.target === USER_CHOICE && this.#catalogue.hasChooser) return 'disconnected'
    const { network } = record
    if (network === null) return linkSessionState(this.#links.state(record.target))
    return roamingSessionState(network.machine, this.#views.shownTo(record, network))
  }

  #forgetChoice(record: SessionRecord): void {
    if (record.identifier !== USER_CHOICE || record.target === USER_CHOICE) return
    record.target = USER_CHOICE
    record.settle('accessPoint')
  }

  /** Has a session hear of these links and no others. */
  #follow(record: SessionRecord, links: ReadonlySet<string>): void {
    const before = record.links
    if (before === links) return
    record.links = links
    for (const id of links) if (!before.has(id)) this.#links.entry(id).members.set(record.by, record)
    for (const id of before) {
      if (links.has(id)) continue
      this.#links.find(id)?.members.delete(record.by)
      this.#links.tidy(id)
    }
  }

  /** The links that concern a session: its own, or those of its children and whatever it still holds. */
  #linksOf(record: SessionRecord): ReadonlySet<string> {
    if (record.target === USER_CHOICE && this.#catalogue.hasChooser) return NO_LINKS
    if (record.network === null)
      return record.links.size === 1 && record.links.has(record.target)
        ? record.links
        : new Set([record.target])
    const { machine } = record.network
    const members = this.#catalogue.network(record.target)?.memberIdentifiers ?? NO_LINKS
    const others = [...machine.leaving, ...heldChildren(machine)].filter((id) => !members.has(id))
    return others.length === 0 ? members : new Set([...members, ...others])
  }
}
