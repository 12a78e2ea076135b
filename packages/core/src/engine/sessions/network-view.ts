import { isTunnel } from '../../configurations/bearer-names.js'
import type { Catalogue } from '../../configurations/catalogue.js'
import { includesState } from '../../configurations/network-configuration.js'
import { type Preference, type RankedChild, withHealth } from '../../configurations/ranking.js'
import type { ServiceNetwork } from '../../configurations/service-network.js'
import type { Holders, LinkConfiguration } from '../../contract/index.js'
import { isBeingStopped, type LinkState } from '../../links/link-state.js'
import type { SessionId } from '../../links/session-id.js'
import { reportUncaught } from '../../primitives/report-error.js'
import type { Times } from '../../primitives/time/times.js'
import {
  type ChildView,
  currentChild,
  type NetworkView,
  type ShownNetwork,
  shownChildren,
} from '../../roaming/roaming-state.js'
import { downBecause } from '../../sessions/link-view.js'
import { linkSessionState } from '../../sessions/session-state.js'
import { carries } from '../../world/link-facts.js'
import type { WorldWatch } from '../../world/world-watch.js'
import type { LinkStates } from '../links/link-states.js'
import type { HealthRunner } from './health-runner.js'
import type { ServiceNetworkUse, SessionRecord } from './session-record.js'

/** What the views are made of. */
interface NetworkViewParts {
  readonly catalogue: Catalogue
  readonly watch: WorldWatch
  readonly links: LinkStates
  readonly holders: Holders
  readonly health: HealthRunner
  readonly recovery: { readonly now: () => number; readonly times: Times }
}

const NO_LINKS: readonly LinkConfiguration[] = []

/** Of which links it was asked whether others hold them: once for all children. */
type HeldElsewhere = Map<string, boolean>

/** What sessions on service networks see of the world. */
export class NetworkViews {
  readonly #catalogue: Catalogue
  readonly #watch: WorldWatch
  readonly #links: LinkStates
  readonly #holders: Holders
  readonly #health: HealthRunner
  readonly #limitedDwell: number
  readonly #recovery: NetworkViewParts['recovery']
  /** The last view of each child, so that a change of one child costs little for the others. */
  readonly #children = new WeakMap<RankedChild, { readonly link: LinkState; readonly view: ChildView }>()
  readonly #rivals = new WeakMap<readonly LinkConfiguration[], string>()

  constructor({ catalogue, watch, links, holders, health, recovery }: NetworkViewParts) {
    this.#recovery = recovery
    this.#health = health
    this.#limitedDwell = recovery.times.limitedDwell
    this.#catalogue = catalogue
    this.#watch = watch
    this.#links = links
    this.#holders = holders
  }

  /** What the state of a session depends on now. */
  shownTo(record: SessionRecord, { machine }: ServiceNetworkUse): ShownNetwork {
    const network = this.#catalogue.network(record.target)
    const { state } = this.#catalogue.get(record.target)
    const children = shownChildren(machine).flatMap((id) => network?.child(id) ?? [])
    return { present: network !== null, summary: state, children: this.#views(record, children) }
  }

  /** What a session sees now. */
  of(record: SessionRecord, { machine }: ServiceNetworkUse): NetworkView {
    const network = this.#catalogue.network(record.target)
    const configuration = this.#catalogue.get(record.target)
    const { applicationLevelRoaming, forcedRoaming } = this.#catalogue.overview.capabilities
    const rankedChildren = this.#rankedFor(record, network)
    const children = this.#views(record, rankedChildren)
    const current = currentChild(machine)
    const inUse = rankedChildren.find(({ configuration: { identifier } }) => identifier === current) ?? null
    // What cannot be brought up is not preferred, so that an ignored or rejected child is news when it is back (rules R9, R19). Nor is
    // what may only be hidden: a link that works is not left on the off chance (rule L8).
    const candidates = rankedChildren.filter(
      (child, index) => child !== inUse && children[index]?.eligible !== 'no' && children[index]?.isSeen,
    )
    const better =
      network === null || inUse === null
        ? []
        : network.ranking
            .preferred(candidates, inUse)
            .map(
              (preferred): Preference =>
                preferred.isHint
                  ? { ...preferred, dwell: Math.max(preferred.dwell, this.#limitedDwell) }
                  : preferred,
            )
    const own = this.#catalogue.connectTimeout(record.target)
    let longest = configuration.children.length === 0 ? own : 0
    for (const { connectTimeout } of configuration.children) longest = Math.max(longest, connectTimeout)
    return {
      openTimeout: Math.min(own, longest),
      present: network !== null,
      summary: configuration.state,
      ready: this.#watch.world.service === 'ready',
      lapsed: this.#watch.isLapsed,
      isResting: this.#watch.isResting,
      children,
      better,
      consulted: applicationLevelRoaming && record.emitter.count('preferredConfigurationChanged') > 0,
      forced: forcedRoaming,
    }
  }

  /** With the evidence of a session of its own (rule L1). */
  #rankedFor(record: SessionRecord, network: ServiceNetwork | null): readonly RankedChild[] {
    if (network === null || record.health === null) return network?.children ?? []
    record.ownRecoveries?.keepOnly((child) => network.child(child) !== null)
    const children = network.children.map((child) => this.#withOwnEvidence(record, child))
    return network.ranking.sorted(children)
  }

  #withOwnEvidence(record: SessionRecord, child: RankedChild): RankedChild {
    const { configuration } = child
    const { identifier } = configuration
    const health = this.#health.verdictOf(record, identifier)
    const isGood = includesState(configuration.state, 'discovered') && health !== 'bad'
    const { now, times } = this.#recovery
    const isOut = record.ownRecoveries?.look(identifier, isGood ? 'good' : 'notGood', now(), times)
    const isRecovering = health !== 'bad' && (child.isRecovering || isOut === true)
    return withHealth({ ...child, isRecovering }, health)
  }

  #views({ by }: SessionRecord, children: readonly RankedChild[]): readonly ChildView[] {
    const heldElsewhere = new Map<string, boolean>()
    return children.map((child) => this.#child(by, child, heldElsewhere))
  }

  #child(by: SessionId, child: RankedChild, heldElsewhere: HeldElsewhere): ChildView {
    const link = this.#links.state(child.configuration.identifier)
    // On a busy device, the view also depends on the links there, and on who holds them.
    const isAlone = this.#linksOn(link.facts?.device ?? null).length === 0
    const known = isAlone ? this.#children.get(child) : undefined
    if (known?.link === link) return known.view
    const view = this.#viewOf(by, child, link, heldElsewhere)
    if (isAlone) this.#children.set(child, { link, view })
    return view
  }

  #viewOf(
    by: SessionId,
    { configuration, health }: RankedChild,
    link: LinkState,
    heldElsewhere: HeldElsewhere,
  ): ChildView {
    const id = configuration.identifier
    const { facts } = link
    return {
      id,
      state: linkSessionState(link),
      carrying: carries(facts) && link.teardown === null,
      present: facts !== null,
      health,
      isSeen: carries(facts) || (facts !== null && facts.inRange !== false),
      downBecause: downBecause(link),
      stopping: isBeingStopped(link),
      isOurs: facts !== null && facts.activation !== null && facts.activation === link.owned,
      eligible: facts === null ? 'no' : this.#eligible(by, facts, heldElsewhere),
      device: facts?.device ?? null,
      network: facts?.network ?? null,
      isTunnel: facts !== null && isTunnel(facts.bearer),
      over: facts?.over ?? null,
      rivals: this.#rivalsOn(facts?.device ?? null),
    }
  }

  /** Whether a link can be brought up, by what the facts and the holders of the links on its device say (rule H5). */
  #eligible(by: SessionId, facts: LinkConfiguration, heldElsewhere: HeldElsewhere): ChildView['eligible'] {
    if (carries(facts)) return 'yes'
    if (facts.link === 'up' || facts.activate === 'no') return 'no'
    if (facts.inRange === false && facts.activate !== 'yes') return 'no'
    let result: ChildView['eligible'] = 'yes'
    for (const rival of this.#linksOn(facts.device)) {
      if (rival.id === facts.id) continue
      const { holds } = this.#links.state(rival.id)
      if (holds.size > (holds.has(by) ? 1 : 0)) return 'no'
      if (holds.size === 0 || this.#isHeldElsewhere(heldElsewhere, rival.id)) result = 'displacing'
    }
    return result
  }

  #rivalsOn(device: string | null): string {
    const links = this.#linksOn(device)
    const known = this.#rivals.get(links)
    if (known !== undefined) return known
    const rivals = links.map(({ id, activation }) => JSON.stringify([id, activation])).join('')
    this.#rivals.set(links, rivals)
    return rivals
  }

  /** What holders of other managers say is a hint; what is done is proven under the locks (rules H3, H5). */
  #isHeldElsewhere(heldElsewhere: HeldElsewhere, id: string): boolean {
    const known = heldElsewhere.get(id)
    if (known !== undefined) return known
    const isHeld = this.#isListedElsewhere(id)
    heldElsewhere.set(id, isHeld)
    return isHeld
  }

  #linksOn(device: string | null): readonly LinkConfiguration[] {
    return device === null ? NO_LINKS : this.#watch.onDevice(device)
  }

  #isListedElsewhere(id: string): boolean {
    try {
      return this.#holders.list(this.#watch.world.scope ?? '', id).some(({ isSelf }) => !isSelf)
    } catch (error) {
      reportUncaught(error)
      return false
    }
  }
}
