import type { ConfigurationFacts, NetworkConfiguration } from '@roamkit/core'

/** A configuration as `--json` prints it: every fact, and its children by identifier. */
export type PlainConfiguration = Omit<ConfigurationFacts, 'children'> & {
  readonly children: readonly string[]
}

/** The facts of a configuration, as plain data; the best known ones first. */
export function plainConfiguration(configuration: NetworkConfiguration): PlainConfiguration {
  const { identifier, name, type, state, bearerType, children, ...rest } = configuration
  const members = children.map((child) => child.identifier)
  return { identifier, name, type, state, bearerType, ...rest, children: members }
}
