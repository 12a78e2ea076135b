import type { Catalogue } from './catalogue.js'
import type { LinkConfiguration } from './contract/index.js'
import { carries, type HolderId, isBeingStopped, type LinkState, linkSessionState } from './link-state.js'
import { type Preference, preference, type RankedChild } from './ranking.js'
import type { ChildView, NetworkView } from './roaming-state.js'
import type { SessionRecord } from './session-record.js'
import type { WorldWatch } from './world-watch.js'

/** Where the view is taken from. */
export interface ViewSource {
  readonly catalogue: Catalogue
  readonly watch: WorldWatch
  linkState(id: string): LinkState
}

/** What a session on a service network sees of the world now. */
export function networkViewOf(source: ViewSource, record: SessionRecord): NetworkView {
  const { catalogue, watch } = source
  const network = catalogue.network(record.target)
  const configuration = catalogue.get(record.target)
  const { applicationLevelRoaming, forcedRoaming } = catalogue.overview.capabilities
  const busy = busyDevices(watch)
  const ranked = network?.children ?? []
  const children = ranked.map((child) => childView(source, record.by, child, busy))
  const { current } = record.roaming
  const inUse = current === null ? null : (network?.child(current) ?? null)
  // What cannot be brought up is not preferred, so that an ignored or rejected child is news when it is back (rules R9, R19).
  const better =
    network === null || inUse === null
      ? []
      : ranked.flatMap((child, index): Preference[] => {
          if (child === inUse || children[index]?.eligible === 'no') return []
          const preferred = preference(child, inUse, network.policy)
          return preferred === null ? [] : [preferred]
        })
  return {
    present: network !== null,
    summary: configuration.state,
    ready: watch.world.service === 'ready',
    lapsed: watch.isLapsed,
    children,
    better,
    consulted: applicationLevelRoaming && record.emitter.count('preferredConfigurationChanged') > 0,
    forced: forcedRoaming,
  }
}

function childView(
  source: ViewSource,
  by: HolderId,
  { configuration }: RankedChild,
  busy: ReadonlyMap<string, readonly LinkConfiguration[]>,
): ChildView {
  const id = configuration.identifier
  const link = source.linkState(id)
  const { facts } = link
  return {
    id,
    state: linkSessionState(link),
    carrying: carries(facts) && link.descent === null,
    present: facts !== null,
    stopping: isBeingStopped(link),
    isOurs: facts !== null && facts.activation !== null && facts.activation === link.owned,
    eligible: facts === null ? 'no' : eligible(source, by, facts, busy),
    device: facts?.device ?? null,
    network: facts?.network ?? null,
  }
}

/** Whether a link can be brought up, by what the facts and this manager's own holders say (rule H5). */
function eligible(
  source: ViewSource,
  by: HolderId,
  facts: LinkConfiguration,
  busy: ReadonlyMap<string, readonly LinkConfiguration[]>,
): ChildView['eligible'] {
  if (carries(facts)) return 'yes'
  if (facts.link === 'up' || facts.activate === 'no') return 'no'
  if (facts.inReach === false && facts.activate !== 'yes') return 'no'
  let result: ChildView['eligible'] = 'yes'
  for (const rival of busy.get(facts.device ?? '') ?? []) {
    if (rival.id === facts.id) continue
    const { holds } = source.linkState(rival.id)
    if (holds.size > (holds.has(by) ? 1 : 0)) return 'no'
    if (holds.size === 0) result = 'displacing'
  }
  return result
}

/** The links that are not down, by their device. */
function busyDevices(watch: WorldWatch): ReadonlyMap<string, readonly LinkConfiguration[]> {
  const busy = new Map<string, LinkConfiguration[]>()
  for (const link of watch.links()) {
    if (link.link === 'down' || link.device === null) continue
    const others = busy.get(link.device)
    if (others === undefined) busy.set(link.device, [link])
    else others.push(link)
  }
  return busy
}
