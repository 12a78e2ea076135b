import {
  type LinkInterface,
  type NetworkConfiguration,
  NetworkSession,
  observable,
  type RoamingTrial,
  sessionOfTrial,
  sessionOn,
} from '@roamkit/core'
import { checkArgument, checkOptions, type Expected, expected, onAbort } from '@roamkit/core/backend-kit'
import type { Binding } from '../binding/binding.js'
import { LinkError } from '../errors.js'
import { Follower } from './follower.js'

/**
 * Whose link a socket uses.
 *
 * - A session: the link that carries its traffic. In a trial that is still the old one, until you accept.
 * - A trial: exactly the new link, so that you can test it before you accept. After you accept, it is the session's link.
 * - An interface, such as `session.interface` or that of a health check: a socket that is bound to it, and follows no session.
 */
export type Via = NetworkSession | RoamingTrial | LinkInterface

/** What every function of this package takes besides the options of its original. */
export interface LinkOptions {
  /**
   * Another link that is up, instead of the session's: a configuration of the same manager, or its identifier, for example `trial.from`. The socket
   * stays on that link while it is up.
   *
   * @defaultValue the link that carries the session's traffic
   */
  readonly by?: NetworkConfiguration | string
  /**
   * If there is no link: `false` fails at once with `ERR_SESSION_CLOSED` or `ERR_NOT_CONNECTED`, `true` waits for one.
   *
   * @defaultValue false; true for `mqttStream()` and `dispatcher()`
   */
  readonly wait?: boolean
  /**
   * The longest wait for a link, in milliseconds by the manager's clock.
   *
   * @defaultValue 30000
   */
  readonly waitTimeout?: number
  /**
   * How the socket must be bound. `device` fails with `ERR_BIND_FAILED` where that is not possible. `address` and `none` ask for no more than
   * that. The socket's `binding` says what it became.
   *
   * @defaultValue `device` where that is possible, otherwise `address`
   */
  readonly binding?: Binding
  /**
   * How long a connection that is in use may go on after the session has left its link, in milliseconds by the manager's clock. It ends earlier
   * if that link goes down.
   *
   * @defaultValue 0 for sockets, so that their users connect again on the new link; 10000 for agents and dispatchers
   */
  readonly finishTimeout?: number
}

/** The members of {@link LinkOptions}. */
const OPTIONS: Readonly<Record<keyof LinkOptions, Expected>> = {
  by: {
    wants: 'a NetworkConfiguration or an identifier',
    holds: (value) =>
      typeof value === 'string' || typeof (value as { identifier?: unknown } | null)?.identifier === 'string',
  },
  wait: expected.flag,
  waitTimeout: expected.milliseconds,
  binding: expected.oneOf('device', 'address', 'none'),
  finishTimeout: expected.milliseconds,
}

const VIA: Expected = {
  wants: 'a session, a trial or an interface',
  holds: (value) => value instanceof NetworkSession || isTrial(value) || isInterface(value),
}

/**
 * Checks the arguments that all functions have in common, and takes the options of this package out of the others.
 * @throws TypeError or RangeError that names what is invalid
 */
export function checkedLinkOptions<Options extends LinkOptions>(
  taker: string,
  via: Via,
  options: Options,
): { readonly own: LinkOptions; readonly others: Omit<Options, keyof LinkOptions> } {
  checkArgument(`the first argument of ${taker}`, via, VIA)
  checkArgument(`the options of ${taker}`, options, expected.object)
  const own: Record<string, unknown> = {}
  const others: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) others[name] = value
    // A member that is `undefined` counts as left out, also where the default comes later.
    else if (value !== undefined) own[name] = value
  }
  checkOptions(taker, own, OPTIONS)
  if (own.by !== undefined && isInterface(via))
    throw new TypeError(`${taker} takes 'by' with a session or a trial, not with an interface`)
  return { own, others: others as Omit<Options, keyof LinkOptions> }
}

function isTrial(value: unknown): value is RoamingTrial {
  return typeof value === 'object' && value !== null && sessionOfTrial(value as RoamingTrial) !== null
}

function isInterface(value: unknown): value is LinkInterface {
  const { name, addresses, dns, searchDomains } = (value ?? {}) as Partial<LinkInterface>
  const areTexts = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'string')
  return typeof name === 'string' && [addresses, dns, searchDomains].every(areTexts)
}

/** A link that a socket can use now. */
export interface UsableLink {
  readonly interface: LinkInterface
  /** Who ends what is on it, and as a member of which link; `null` for a bare interface. */
  readonly membership: {
    readonly follower: Follower
    readonly link: string
    readonly isPinned: boolean
  } | null
}

/**
 * The link that a socket is to use now.
 * @throws LinkError `ERR_SESSION_CLOSED` or `ERR_NOT_CONNECTED` that says why there is none, but not what to do
 */
export function usableLink(via: Via, by: LinkOptions['by']): UsableLink {
  if (isInterface(via)) return { interface: via, membership: null }
  const { session, trial } = sessionAndTrial(via)
  const follower = Follower.of(session)
  const { current } = follower
  if (current === null) throw new LinkError('ERR_SESSION_CLOSED', `${inWords(session)} is not open`)
  const link = by === undefined ? (trial?.configuration.identifier ?? current) : identifierOf(by)
  if (by === undefined && trial !== null && !isStanding(session, trial, current))
    throw new LinkError('ERR_NOT_CONNECTED', `the trial of '${trial.configuration.name}' is over`, {
      configuration: link,
    })
  const found = link === '' ? null : follower.interfaceOf(link)
  if (found === null)
    throw new LinkError('ERR_NOT_CONNECTED', notConnected(session, link, by !== undefined), {
      configuration: link,
    })
  return { interface: found, membership: { follower, link, isPinned: by !== undefined } }
}

/** What to do for a connection that does not wait. */
export const WAIT = {
  ERR_SESSION_CLOSED: 'open it first, or pass wait: true',
  ERR_NOT_CONNECTED: 'pass wait: true, or try again later',
} as const

/**
 * The same.
 * @param advice what to do if there is none
 */
export function usableLinkOr(
  via: Via,
  by: LinkOptions['by'],
  advice: Readonly<Record<keyof typeof WAIT, string>>,
): UsableLink {
  try {
    return usableLink(via, by)
  } catch (error) {
    throw withMore(error, advice[(error as LinkError).code as keyof typeof WAIT])
  }
}

/** A LinkError with more in its message. */
function withMore(error: unknown, more: string): unknown {
  if (!(error instanceof LinkError)) return error
  const { code, message, configuration } = error
  return new LinkError(code, `${message}: ${more}`, { configuration })
}

/**
 * The same, but waits until there is one.
 * @throws (rejects) the LinkError that says why there is none when the time, the trial or the manager is over; `signal.reason`
 */
export function waitForLink(
  via: NetworkSession | RoamingTrial,
  { by, waitTimeout = 30_000 }: LinkOptions,
  signal: AbortSignal,
): Promise<UsableLink> {
  const { session } = sessionAndTrial(via)
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const undos: (() => void)[] = []
    let isSettled = false
    const settle = (finish: () => void) => {
      if (isSettled) return
      isSettled = true
      // A subscription may be settled before it is made.
      queueMicrotask(() => {
        for (const undo of undos) undo()
      })
      finish()
    }
    const attempt = (failed: (error: unknown) => void) => {
      try {
        const link = usableLink(via, by)
        settle(() => resolve(link))
      } catch (error) {
        failed(error)
      }
    }
    const rejecting = (why: string) => (error: unknown) => settle(() => reject(withMore(error, why)))
    const look = {
      next: () =>
        attempt((error) => {
          if (by === undefined && isOver(via)) settle(() => reject(error))
        }),
      complete: () => attempt(rejecting('its manager is closed')),
    }
    for (const watched of by === undefined ? [session] : [session, sessionOn(session, by)]) {
      const subscription = watched[observable]().subscribe(look)
      undos.push(() => subscription.unsubscribe())
    }
    undos.push(onAbort(signal, () => settle(() => reject(signal.reason))))
    if (waitTimeout !== Number.POSITIVE_INFINITY)
      undos.push(
        session.clock.after(waitTimeout, () =>
          attempt(rejecting(`that did not change within ${waitTimeout} ms (waitTimeout)`)),
        ),
      )
  })
}

function sessionAndTrial(via: Exclude<Via, LinkInterface>): {
  readonly session: NetworkSession
  readonly trial: RoamingTrial | null
} {
  if (via instanceof NetworkSession) return { session: via, trial: null }
  const session = sessionOfTrial(via)
  if (session === null) throw new TypeError('this is not the trial of a session')
  return { session, trial: via }
}

/** Whether there is nothing to wait for: a trial that is over does not come back. */
function isOver(via: Exclude<Via, LinkInterface>): boolean {
  const { session, trial } = sessionAndTrial(via)
  return trial !== null && !isStanding(session, trial, Follower.of(session).current ?? '')
}

/** Whether a trial is under way, or its link is the session's now. */
function isStanding(session: NetworkSession, trial: RoamingTrial, current: string): boolean {
  return session.trial?.id === trial.id || current === trial.configuration.identifier
}

function identifierOf(by: NetworkConfiguration | string): string {
  return typeof by === 'string' ? by : by.identifier
}

function notConnected(session: NetworkSession, link: string, isPinned: boolean): string {
  if (!isPinned) return `${inWords(session)} is ${session.state} and has no link that is up`
  return `'${link}' is not up, or the session's manager does not have it`
}

function inWords(session: NetworkSession): string {
  return `the session on '${session.configuration.name || session.configuration.identifier}'`
}
