import type {
  NetworkConfiguration,
  NetworkSessionErrorData,
  SessionSnapshot,
  SessionState,
} from '@roamkit/core'

const NO_POLICIES = Object.freeze([])

/** What a session shows that nobody has open: the state follows the configuration. */
export function idleSnapshot(
  configuration: NetworkConfiguration,
  error: NetworkSessionErrorData | null,
  state: SessionState = stateOf(configuration),
): SessionSnapshot {
  return Object.freeze({
    state,
    isOpen: false,
    isConnected: false,
    isReopening: false,
    configuration,
    activeConfiguration: '',
    interface: null,
    health: 'unknown',
    usagePolicies: NO_POLICIES,
    offer: null,
    trial: null,
    error,
  })
}

function stateOf(configuration: NetworkConfiguration): SessionState {
  if (!configuration.isValid) return 'invalid'
  if (configuration.is('active')) return 'connected'
  return configuration.is('discovered') ? 'disconnected' : 'notAvailable'
}
