import type { NetworkConfiguration } from '@roamkit/core'
import { checkArgument, expected, protect } from '@roamkit/core/backend-kit'

/**
 * What a host can allow a guest to do. `consult` lets the guest's listeners make a session ask before it roams, `lastClose` lets `open()` say
 * what happens to the link when the session closes, `secrets` takes passwords and keys from the guest, and `choose` asks the guest when a
 * session on `userChoice` is opened. Every other one is a method of a session or of a manager.
 */
export type GuestAction =
  | 'open'
  | 'lastClose'
  | 'close'
  | 'stop'
  | 'consult'
  | 'migrate'
  | 'ignore'
  | 'accept'
  | 'reject'
  | 'report'
  | 'holdOff'
  | 'secrets'
  | 'choose'
  | 'updateConfigurations'
  | 'recheckConnectivity'
  | 'saveNetwork'
  | 'forgetNetwork'

/** What a guest wants to do. */
export interface GuestRequest {
  readonly action: GuestAction
  /** The configuration that it is about; `null` if it is about none. Invalid if the guest named an unknown one. */
  readonly configuration: NetworkConfiguration | null
  /** The name of the shared session that it is about; `null` for a session of the guest, and for what is about no session. */
  readonly shared: string | null
}

/** The actions that a guest may use, or a function that decides on each request. If the function throws, the request is denied. */
export type Allow = readonly GuestAction[] | ((request: GuestRequest) => boolean)

const ACTION = expected.oneOf(
  ...Object.keys({
    open: true,
    lastClose: true,
    close: true,
    stop: true,
    consult: true,
    migrate: true,
    ignore: true,
    accept: true,
    reject: true,
    report: true,
    holdOff: true,
    secrets: true,
    choose: true,
    updateConfigurations: true,
    recheckConnectivity: true,
    saveNetwork: true,
    forgetNetwork: true,
  } satisfies Readonly<Record<GuestAction, true>>),
)

/** Whether a guest may do something. */
export type Permit = (request: GuestRequest) => boolean

/** The decision on each request. @throws TypeError or RangeError for anything else than {@link Allow} */
export function permitOf(allow: Allow): Permit {
  if (typeof allow !== 'function') {
    checkArgument('allow of hostManager()', allow, expected.listOf(ACTION))
    const allowed = new Set(allow)
    return ({ action }) => allowed.has(action)
  }
  return (request) => {
    let isAllowed = false
    protect(() => {
      // Nothing but true: a function that returns a promise by mistake allows nothing.
      isAllowed = allow(request) === true
    })
    return isAllowed
  }
}
