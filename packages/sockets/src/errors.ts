/** What went wrong with a socket of a link. */
export type LinkErrorCode =
  | 'ERR_LINK_LOST'
  | 'ERR_SESSION_CLOSED'
  | 'ERR_NOT_CONNECTED'
  | 'ERR_NO_ADDRESS'
  | 'ERR_BIND_DENIED'
  | 'ERR_BIND_FAILED'

/** Why a socket has lost its link. */
export type LossReason = 'down' | 'bad' | 'roamed' | 'rejected' | 'addressGone' | 'resumed'

/**
 * An error of a socket's link. Errors of the network itself (`ECONNREFUSED`, `ENOTFOUND` ...) are those of Node.
 *
 * - `ERR_LINK_LOST`: the link of the socket went down, or the session has left it; `reason` says which.
 * - `ERR_SESSION_CLOSED`: the session is not open, or its manager was closed.
 * - `ERR_NOT_CONNECTED`: the session is open, but no link of it is up now.
 * - `ERR_NO_ADDRESS`: the link has no address from which it could reach the host, for example no IPv6 address.
 * - `ERR_BIND_DENIED`: the system does not let this program bind a socket to the link.
 * - `ERR_BIND_FAILED`: the socket cannot be bound to the link for another reason, for example because koffi is not installed.
 */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly code: LinkErrorCode
  /** Why the link was lost; `null` unless `code` is `ERR_LINK_LOST`. */
  readonly reason: LossReason | null
  /** The identifier of the link's configuration; `null` if it is not known. */
  readonly configuration: string | null
  /**
   * Whether nothing had been sent or received: what you asked for has certainly not been done, so you can repeat it. If this is `false`, repeat
   * only what may be done twice.
   */
  readonly isRetryable: boolean

  constructor(
    code: LinkErrorCode,
    message: string,
    {
      reason = null,
      configuration = null,
      isRetryable = true,
      cause,
    }: {
      readonly reason?: LossReason | null
      readonly configuration?: string | null
      readonly isRetryable?: boolean
      readonly cause?: unknown
    } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.reason = reason
    this.configuration = configuration
    this.isRetryable = isRetryable
  }
}

/** What each loss is called. */
const LOSSES: Readonly<Record<LossReason, string>> = {
  down: 'the link of this connection went down',
  bad: 'the session has left the link of this connection because it carries no traffic',
  roamed: 'the session has moved to another link',
  rejected: 'the trial of this link is over: the session went back to the old one',
  addressGone: 'the link has lost the address of this connection',
  resumed: 'the machine was asleep, and nothing vouches for this connection any more',
}

/** The error of a socket whose link is gone for it. */
export function linkLost(
  reason: LossReason,
  configuration: string | null,
  { isRetryable }: { readonly isRetryable: boolean },
): LinkError {
  return new LinkError('ERR_LINK_LOST', LOSSES[reason], { reason, configuration, isRetryable })
}
