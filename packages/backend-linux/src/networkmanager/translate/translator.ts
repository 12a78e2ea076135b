import {
  type Ended,
  type LinkConfiguration,
  type Permission,
  replaceConfigurations,
  shareStructure,
  type World,
} from '@roamkit/core/contract'
import { flag, path, section, text } from '../../bus/property.js'
import { powerOf, type SleepReports } from '../../power.js'
import type { Mirror } from '../objects/mirror.js'
import { ACTIVE, DEVICE, IP4, IP6, MANAGER_PATH, NM, PROFILE, SETTINGS } from '../objects/names.js'
import type { PermissionAnswers } from '../permissions.js'
import { currentActive, firstDevice } from './active-choice.js'
import { isTunnel } from './bearer.js'
import { configurationOf, type Situation } from './configuration.js'
import { bridgeGaps, outliveProfile } from './gaps.js'
import { activeOf, Keys, strongestUnder, WIFI_DEVICES } from './keys.js'
import { linkPhase } from './link-facts.js'
import { endOf, isNetworkKey } from './network-keys.js'
import { type NetworkFacts, visibleConfiguration } from './visible-network.js'

/** What a {@link Translator} needs besides NetworkManager's objects. */
export interface Surroundings {
  readonly scope: string | null
  readonly statistics: boolean
  readonly directRouting: boolean
  /** Whether networks without a profile are configurations, too. */
  readonly visibleNetworks: boolean
  /** The networks that were opened here, by key. Outlives epochs; may grow. */
  readonly keptNetworks: ReadonlySet<string>
  permissions(): PermissionAnswers
  sleep(): SleepReports
  lastEnd(uuid: string): Ended | null
  activation(active: string): string
  /** Whether this backend began that active connection. */
  isBegunHere(active: string): boolean
}

/**
 * Makes the contract's world from a mirror, and only what changed of it: it knows which profile was translated from which objects, and
 * an equal result keeps the old object. A network without a profile is translated in the same way; its key stands for the object path.
 */
export class Translator implements NetworkFacts {
  situation: Situation = {
    control: 'unknown',
    modifyOwn: 'unknown',
    modifySystem: 'unknown',
    connectivityChecked: false,
    online: false,
    base: null,
  }
  readonly #mirror: Mirror
  readonly #surroundings: Surroundings
  readonly #keys: Keys
  readonly #byProfile = new Map<string, LinkConfiguration>()
  readonly #byId = new Map<string, string>()
  readonly #dependsOn = new Map<string, ReadonlySet<string>>()
  readonly #dependents = new Map<string, Set<string>>()
  /** The active connection that stands for a profile, by the profile's path. */
  readonly #shown = new Map<string, string>()
  #reading = new Set<string>()
  #world: World | null = null
  /** What an earlier life of the service left, by id: objects to keep if nothing changed. */
  readonly #inherited: Map<string, LinkConfiguration>
  /** What was shown of profiles that have just gone, by id. */
  readonly #gone = new Map<string, LinkConfiguration>()

  /**
   * @param mirror the objects
   * @param surroundings everything else
   * @param previous the world of an earlier life of the service
   */
  constructor(mirror: Mirror, surroundings: Surroundings, previous: World | null) {
    this.#mirror = mirror
    this.#surroundings = surroundings
    this.#keys = new Keys(mirror, surroundings)
    this.#inherited = new Map(previous?.configurations.map((known) => [known.id, known]))
  }

  /** The world now; the same object while nothing changed. */
  world(): World {
    if (this.#world && !this.#mirror.isChanged) return this.#world
    const changed = this.#mirror.takeChanged()
    const stale = this.#findStale(changed)
    const ids = new Set<string>()
    for (const profile of stale) for (const id of this.#retranslate(profile)) ids.add(id)
    this.#inherited.clear()
    this.#gone.clear()
    this.#world = this.#assemble(ids)
    return this.#world
  }

  /** The object path of the profile with that id; `null` if the last world has none. */
  profile(id: string): string | null {
    const source = this.#byId.get(id) ?? null
    return source !== null && isNetworkKey(source) ? null : source
  }

  /** The key of the network without a profile that has that id; `null` if the last world has none. */
  network(id: string): string | null {
    const source = this.#byId.get(id) ?? null
    return source !== null && isNetworkKey(source) ? source : null
  }

  read(objectPath: string, name: string): ReturnType<Mirror['read']> {
    this.#reading.add(objectPath)
    return this.#mirror.read(objectPath, name)
  }

  members(key: string): Iterable<string> {
    this.#reading.add(key)
    return this.#keys.members(key)
  }

  strongest(key: string): number | null {
    this.#reading.add(strongestUnder(key))
    return this.#keys.strongest(key)
  }

  lastEnd(profile: string): Ended | null {
    return this.#surroundings.lastEnd(
      text(section(this.#mirror.read(profile, SETTINGS), 'connection'), 'uuid'),
    )
  }

  lastEndOf(id: string): Ended | null {
    this.#reading.add(endOf(id))
    return this.#surroundings.lastEnd(id)
  }

  isKept(network: string): boolean {
    return this.#surroundings.keptNetworks.has(network)
  }

  activation(active: string): string {
    return this.#surroundings.activation(active)
  }

  shownActive(profile: string): string | null {
    const known = this.#shown.get(profile)
    if (known !== undefined) return known
    // After a restart of the service, a profile shows the same activation as before: the one on the same device.
    const uuid = text(section(this.#mirror.read(profile, SETTINGS), 'connection'), 'uuid')
    const device = this.#inherited.get(uuid)?.device
    if (device === undefined || device === null) return null
    for (const active of this.members(activeOf(profile))) {
      const at = firstDevice(this.read(active, ACTIVE))
      if (at !== null && text(this.read(at, DEVICE), 'Interface') === device) return active
    }
    return null
  }

  isBegunHere(active: string): boolean {
    return this.#surroundings.isBegunHere(active)
  }

  #findStale(changed: ReadonlySet<string>): Iterable<string> {
    const stale = new Set<string>()
    const add = (dependency: string) => {
      for (const profile of this.#dependents.get(dependency) ?? []) stale.add(profile)
    }
    if (this.#world === null) for (const network of this.#surroundings.keptNetworks) stale.add(network)
    for (const objectPath of changed) {
      for (const key of this.#keys.update(objectPath)) {
        add(key)
        if (isNetworkKey(key)) stale.add(key)
      }
      add(objectPath)
      if (isNetworkKey(objectPath)) stale.add(objectPath)
      if (this.#byProfile.has(objectPath) || this.#mirror.read(objectPath, PROFILE)) stale.add(objectPath)
    }
    if (this.#updateSituation(changed))
      return new Set([...stale, ...this.#mirror.pathsWith(PROFILE), ...this.#byProfile.keys()])
    return stale
  }

  #updateSituation(changed: ReadonlySet<string>): boolean {
    if (this.#world && !changed.has(MANAGER_PATH)) return false
    const manager = this.#mirror.read(MANAGER_PATH, NM)
    const { control, modifyOwn, modifySystem } = this.#surroundings.permissions()
    const next: Situation = {
      control,
      modifyOwn,
      modifySystem,
      connectivityChecked: flag(manager, 'ConnectivityCheckEnabled') ?? false,
      online: path(manager, 'PrimaryConnection') !== null,
      // While there is no default route, tunnels ride on what they rode on: it is lost, and they with it (rule T2).
      base: this.#base(path(manager, 'PrimaryConnection')) ?? this.#lastBase(),
    }
    const before = this.situation
    this.situation = shareStructure(before, next)
    return this.situation !== before
  }

  /** The id of what tunnels ride on: the owner of the default route or, if that is a tunnel itself, another link that is up. */
  #base(primary: string | null): string | null {
    if (primary === null) return null
    if (!isTunnel(text(this.#mirror.read(primary, ACTIVE), 'Type'))) return this.#uuidOf(primary)
    for (const active of this.#mirror.pathsWith(ACTIVE)) {
      const properties = this.#mirror.read(active, ACTIVE)
      const ip4 = this.#mirror.read(text(properties, 'Ip4Config'), IP4)
      const ip6 = this.#mirror.read(text(properties, 'Ip6Config'), IP6)
      const hasGateway = text(ip4, 'Gateway') !== '' || text(ip6, 'Gateway') !== ''
      if (linkPhase(properties) === 'up' && hasGateway && !isTunnel(text(properties, 'Type')))
        return this.#uuidOf(active)
    }
    return null
  }

  #lastBase(): string | null {
    const { base } = this.situation
    return base !== null && this.#byId.has(base) ? base : null
  }

  #uuidOf(active: string): string | null {
    return text(this.#mirror.read(active, ACTIVE), 'Uuid') || null
  }

  /** Returns the ids whose entries in the list of configurations changed. */
  #retranslate(profile: string): readonly string[] {
    this.#reading = new Set([profile])
    const before = this.#byProfile.get(profile) ?? null
    const next = isNetworkKey(profile) ? this.#translateNetwork(profile) : this.#translateProfile(profile)
    // What commands read later is not a dependency.
    this.#reading = new Set()
    const after = next && this.#continue(before, next, isNetworkKey(profile))
    if (after === before) return []
    const changed: string[] = []
    if (before && before.id !== after?.id && this.#byId.get(before.id) === profile) {
      this.#byId.delete(before.id)
      changed.push(before.id)
    }
    if (after) {
      this.#byProfile.set(profile, after)
      this.#byId.set(after.id, profile)
      changed.push(after.id)
    } else this.#byProfile.delete(profile)
    // Its network may be a configuration from now on.
    if (before && !after) this.#gone.set(before.id, before)
    return changed
  }

  /** What is shown now, in continuation of what was shown of that profile or network, or under its id. */
  #continue(
    before: LinkConfiguration | null,
    next: LinkConfiguration,
    isNetwork: boolean,
  ): LinkConfiguration {
    const known = before ?? this.#inherited.get(next.id) ?? null
    this.#inherited.delete(next.id)
    if (!isNetwork) return shareStructure(known, before ? bridgeGaps(before, next) : next)
    // The profile that it had a moment ago, which may still be listed.
    const source = this.#byId.get(next.id)
    const last = before ?? this.#gone.get(next.id) ?? (source && this.#byProfile.get(source))
    return shareStructure(last ?? known, last ? outliveProfile(last, next) : next)
  }

  #translateProfile(profile: string): LinkConfiguration | null {
    const active = currentActive(profile, this)
    if (active === null) this.#shown.delete(profile)
    else this.#shown.set(profile, active)
    const next = configurationOf(profile, this)
    this.#recordDependencies(profile, this.#mirror.read(profile, PROFILE) ? this.#reading : new Set())
    if (!this.#mirror.read(profile, PROFILE)) this.#shown.delete(profile)
    return next
  }

  #translateNetwork(network: string): LinkConfiguration | null {
    const next = visibleConfiguration(network, this)
    const [inSight] = this.#keys.members(network)
    const isKnown = inSight !== undefined || this.isKept(network)
    this.#recordDependencies(network, isKnown ? this.#reading : new Set())
    return next
  }

  #recordDependencies(profile: string, dependencies: ReadonlySet<string>): void {
    const before = this.#dependsOn.get(profile) ?? new Set()
    if (isSame(before, dependencies)) return
    for (const dependency of before) {
      if (dependencies.has(dependency)) continue
      const dependents = this.#dependents.get(dependency)
      dependents?.delete(profile)
      if (dependents?.size === 0) this.#dependents.delete(dependency)
    }
    for (const dependency of dependencies) {
      const dependents = this.#dependents.get(dependency)
      if (dependents) dependents.add(profile)
      else this.#dependents.set(dependency, new Set([profile]))
    }
    if (dependencies.size > 0) this.#dependsOn.set(profile, dependencies)
    else this.#dependsOn.delete(profile)
  }

  #configurations(changed: ReadonlySet<string>): World['configurations'] {
    const shown = (id: string) => this.#byProfile.get(this.#byId.get(id) ?? '') ?? null
    return replaceConfigurations(
      this.#world?.configurations ?? [],
      new Map([...changed].map((id) => [id, shown(id)])),
    )
  }

  #assemble(changed: ReadonlySet<string>): World {
    const manager = this.#mirror.read(MANAGER_PATH, NM)
    const { control, scan } = this.#surroundings.permissions()
    const checks = flag(manager, 'ConnectivityCheckEnabled') === true
    const primary = path(manager, 'PrimaryConnection')
    const uuid = primary === null ? '' : text(this.#mirror.read(primary, ACTIVE), 'Uuid')
    const next: World = {
      service: 'ready',
      updates: 'events',
      scope: this.#surroundings.scope,
      scan: this.#hasWifi() ? scan : 'no',
      recheck: checks ? control : ('no' satisfies Permission),
      statistics: this.#surroundings.statistics,
      directRouting: this.#surroundings.directRouting,
      configurations: this.#configurations(changed),
      defaultId: this.#byId.has(uuid) ? uuid : null,
      power: powerOf(this.#surroundings.sleep()),
    }
    const before = this.#world
    if (!before) return Object.freeze(next)
    const names = Object.keys(next) as (keyof World)[]
    return names.every((name) => next[name] === before[name]) ? before : Object.freeze(next)
  }

  #hasWifi(): boolean {
    for (const device of this.#keys.members(WIFI_DEVICES)) if (this.#mirror.read(device, DEVICE)) return true
    return false
  }
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  if (one.size !== other.size) return false
  for (const member of one) if (!other.has(member)) return false
  return true
}
