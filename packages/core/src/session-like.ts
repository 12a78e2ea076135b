import type { asyncDispose } from './contract/index.js'
import type { NetworkSession } from './network-session.js'
import type { observable } from './primitives/snapshots/observable.js'

/**
 * The members of a session that do not depend on where it runs. A `NetworkSession` has them, and so has the mirror of a session in another
 * process (`@roamkit/bridge`). Write functions for this type if they are to work with both.
 */
export interface SessionLike
  extends Pick<
    NetworkSession,
    | 'configuration'
    | 'state'
    | 'isOpen'
    | 'isConnected'
    | 'isReopening'
    | 'error'
    | 'errorString'
    | 'interface'
    | 'clock'
    | 'health'
    | 'bytesReceived'
    | 'bytesWritten'
    | 'activeConfiguration'
    | 'usagePolicies'
    | 'connectInBackground'
    | 'offer'
    | 'trial'
    | 'open'
    | 'close'
    | 'stop'
    | 'migrate'
    | 'ignore'
    | 'accept'
    | 'reject'
    | 'report'
    | 'holdOff'
    | 'on'
    | 'subscribe'
    | 'getSnapshot'
    | typeof Symbol.asyncIterator
    | typeof observable
    | typeof asyncDispose
  > {}
