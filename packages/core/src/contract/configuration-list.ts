import { MANY_CHANGES, placeIn } from './sorted-list.js'
import type { LinkConfiguration } from './world.js'

/** What is different in a list of configurations, by id; `null`: removed. */
export type ConfigurationChanges = ReadonlyMap<string, LinkConfiguration | null>

interface Origin {
  /** Stands for the list that this one was made from, without keeping that in memory. */
  readonly from: object
  readonly changes: ConfigurationChanges
}

/** Stands for each list that another one was made from. */
const names = new WeakMap<readonly LinkConfiguration[], object>()
const origins = new WeakMap<readonly LinkConfiguration[], Origin>()

/**
 * Returns the list of configurations of the next world: the list of the last one with some configurations replaced, added or removed.
 * Core then looks at these alone, however many others there are. A list that was made in another way is compared element by element.
 *
 * @param before the list of the last world: sorted by `id`, as the contract requires
 * @param changes the configurations that are different now, frozen, by their id; `null` for one that is removed. The map is copied
 * @returns `before` itself, frozen, if it has these configurations already; otherwise a new list, frozen and sorted
 * @throws TypeError if a configuration is under another id than its own
 */
export function replaceConfigurations(
  before: readonly LinkConfiguration[],
  changes: ConfigurationChanges,
): readonly LinkConfiguration[] {
  const different = new Map<string, LinkConfiguration | null>()
  for (const [id, link] of changes) {
    if (link !== null && link.id !== id)
      throw new TypeError(
        `replaceConfigurations(): under ${JSON.stringify(id)} is the configuration ${JSON.stringify(link.id)}`,
      )
    if (link !== find(before, id)) different.set(id, link)
  }
  if (different.size === 0) return Object.freeze(before)
  const after = Object.freeze(
    different.size < MANY_CHANGES ? putEach(before, different) : putAll(before, different),
  )
  const from = names.get(before) ?? {}
  names.set(before, from)
  origins.set(after, { from, changes: different })
  return after
}

/** What {@link replaceConfigurations} changed between two lists; `null` if it did not make one from the other. */
export function changesBetween(
  before: readonly LinkConfiguration[],
  after: readonly LinkConfiguration[],
): ConfigurationChanges | null {
  const origin = origins.get(after)
  return origin !== undefined && origin.from === names.get(before) ? origin.changes : null
}

function putEach(before: readonly LinkConfiguration[], changes: ConfigurationChanges): LinkConfiguration[] {
  // V8 copies a frozen array fast by a spread, and slowly by `slice()` and `with()`.
  const after = [...before]
  for (const [id, link] of changes) {
    const place = placeOf(after, id)
    after.splice(place, after[place]?.id === id ? 1 : 0, ...(link === null ? [] : [link]))
  }
  return after
}

function putAll(before: readonly LinkConfiguration[], changes: ConfigurationChanges): LinkConfiguration[] {
  const kept = before.filter(({ id }) => !changes.has(id))
  const put = [...changes.values()].filter((link) => link !== null)
  return [...kept, ...put].sort((one, other) => (one.id < other.id ? -1 : 1))
}

function find(configurations: readonly LinkConfiguration[], id: string): LinkConfiguration | null {
  const found = configurations[placeOf(configurations, id)]
  return found?.id === id ? found : null
}

function placeOf(configurations: readonly LinkConfiguration[], id: string): number {
  return placeIn(configurations, (other) => other.id < id)
}
