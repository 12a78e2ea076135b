import type { NetworkConfiguration } from './network-configuration.js'

/**
 * Where a configuration stands in rule M2's order, lower first; `null` where it is none to choose: service networks before
 * access points, active before discovered, and within each ethernet, wlan, anything else.
 */
function rank(configuration: NetworkConfiguration): number | null {
  if (!configuration.is('discovered')) return null
  const isActive = configuration.is('active')
  if (configuration.type === 'serviceNetwork') return isActive ? 0 : 1
  const bearer = { ethernet: 0, wlan: 1 }[configuration.bearerType as string] ?? 2
  return (isActive ? 2 : 5) + bearer
}

/**
 * The configuration an application should use unless it knows better (rule M2): what the system names, else the first
 * active or discovered service network, else the best access point by state and bearer, ties by identifier. `null`: none.
 */
export function chooseDefault(
  configurations: Iterable<NetworkConfiguration>,
  named: NetworkConfiguration | null,
): NetworkConfiguration | null {
  if (named !== null) return named
  let best: NetworkConfiguration | null = null
  let bestRank = Number.POSITIVE_INFINITY
  for (const configuration of configurations) {
    const one = rank(configuration)
    if (one === null || one > bestRank) continue
    if (one === bestRank && best !== null && best.identifier < configuration.identifier) continue
    best = configuration
    bestRank = one
  }
  return best
}
