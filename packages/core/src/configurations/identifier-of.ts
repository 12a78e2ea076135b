import { checkArgument, type Expected } from '../primitives/arguments.js'
import type { NetworkConfiguration } from './network-configuration.js'

/** The identifier, given as such or by a configuration. @throws TypeError that names the call */
export function identifierOf(call: string, configuration: NetworkConfiguration | string): string {
  if (typeof configuration === 'string') return configuration
  checkArgument(`the configuration of ${call}`, configuration, CONFIGURATION)
  return configuration.identifier
}

const CONFIGURATION: Expected = {
  wants: 'a NetworkConfiguration or an identifier',
  holds: (value) => typeof (value as { readonly identifier?: unknown } | null)?.identifier === 'string',
}
