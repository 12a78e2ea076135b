import type { NetworkConfiguration } from './network-configuration.js'

/**
 * The rank of a configuration in the order of rule M2, lower first; `null` if it cannot be chosen. Service networks come before
 * access points, and active ones before discovered ones. Within each, the order is ethernet, wlan, anything else.
 */
function rank(configuration: NetworkConfiguration): number | null {
  if (!configuration.is('discovered')) return null
  const isActive = configuration.is('active')
  if (configuration.type === 'serviceNetwork') return isActive ? 0 : 1
  const bearer = { ethernet: 0, wlan: 1 }[configuration.bearerType as string] ?? 2
  return (isActive ? 2 : 5) + bearer
}

/**
 * The configuration that an application should use by default (rule M2): the one that the system names, otherwise the first active or
 * discovered service network, otherwise the best access point by state and bearer, then by identifier. `null`: none.
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
