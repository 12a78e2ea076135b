import type { NetworkConfiguration } from './configurations/network-configuration.js'
import type { asyncDispose } from './contract/index.js'
import type { NetworkConfigurationManager } from './network-configuration-manager.js'
import type { observable } from './primitives/snapshots/observable.js'
import type { SessionLike } from './session-like.js'
import type { SessionOptions } from './session-options.js'

/**
 * The members of a manager that do not depend on where it runs. A `NetworkConfigurationManager` has them, and so has its mirror in another
 * process (`@roamkit/bridge`). Write functions for this type if they are to work with both.
 */
export interface ManagerLike<Session extends SessionLike = SessionLike>
  extends Pick<
    NetworkConfigurationManager,
    | 'backend'
    | 'allConfigurations'
    | 'configurationFromIdentifier'
    | 'defaultConfiguration'
    | 'isOnline'
    | 'reachability'
    | 'isBehindCaptivePortal'
    | 'isMetered'
    | 'transportMedium'
    | 'capabilities'
    | 'clock'
    | 'service'
    | 'updateConfigurations'
    | 'recheckConnectivity'
    | 'saveNetwork'
    | 'forgetNetwork'
    | 'close'
    | 'on'
    | 'subscribe'
    | 'getSnapshot'
    | typeof Symbol.asyncIterator
    | typeof observable
    | typeof asyncDispose
  > {
  /** Creates a session on a configuration, which you name by a snapshot or an identifier. It emits no event (rule S1). */
  createSession(configuration: NetworkConfiguration | string, options?: SessionOptions): Session
}
