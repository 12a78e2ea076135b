import type { NetworkConfigurationManager, SessionSnapshot } from 'roamkit'
import type { Badge } from './node-red.js'
import { shortName } from './text.js'

/** The badge of a session: green while it can be used, red if it should be and cannot. */
export function sessionBadge(
  { state, isOpen, isConnected, isReopening, activeConfiguration, configuration, error }: SessionSnapshot,
  manager: NetworkConfigurationManager,
): Badge {
  const { name } = isOpen ? manager.configurationFromIdentifier(activeConfiguration) : configuration
  const of = (word: string) => `${word}: ${shortName(name || configuration.name)}`
  if (isConnected) return { fill: 'green', shape: 'dot', text: of('connected') }
  if (state === 'roaming' || state === 'connecting' || state === 'closing')
    return { fill: 'yellow', shape: 'ring', text: of(state) }
  if (isOpen || isReopening) return { fill: 'red', shape: 'ring', text: of('waiting') }
  if (error !== null) return { fill: 'red', shape: 'ring', text: of(error.reason) }
  return { fill: 'grey', shape: 'ring', text: of('closed') }
}
