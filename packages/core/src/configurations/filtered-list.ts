import type { ConfigurationState, NetworkConfiguration } from './network-configuration.js'

/** What was filtered out of each list. */
const filtered = new WeakMap<object, Map<ConfigurationState, readonly NetworkConfiguration[]>>()

/** Those of a list that have at least that state (rule C1). The same array each time for the same list, which must not change. */
export function filteredList(
  all: readonly NetworkConfiguration[],
  state: ConfigurationState,
): readonly NetworkConfiguration[] {
  const known = filtered.get(all) ?? new Map<ConfigurationState, readonly NetworkConfiguration[]>()
  const list = known.get(state) ?? Object.freeze(all.filter((configuration) => configuration.is(state)))
  filtered.set(all, known.set(state, list))
  return list
}
