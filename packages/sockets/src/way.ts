import { isIP, type LookupFunction, type Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { checkArgument, type Expected, expected, isLoopback } from '@roamkit/core/backend-kit'
import {
  bindAttempts,
  boundAddress,
  type LocalEnd,
  noAddress,
  ofThisMachine,
} from './binding/bind-attempts.js'
import { planBinding } from './binding/binding.js'
import { localAddress } from './binding/local-address.js'
import {
  type LinkOptions,
  type UsableLink,
  usableLinkOr,
  type Via,
  WAIT,
  waitForLink,
} from './following/via.js'
import { parseHost } from './names/host-name.js'
import { askOwn } from './names/own-lookup.js'
import { familyOf, type ResolvedAddress, resolveName } from './names/resolve.js'
import { askSystem } from './names/system-resolver.js'

/** What a connection wants of its link. */
export interface WayRequest {
  readonly via: Via
  readonly own: LinkOptions
  /** The default of `finishTimeout`, in milliseconds. */
  readonly finishTimeout?: number
  /** Whether nothing is under way on it. */
  readonly isIdle?: (socket: Socket) => boolean
  /** Called when its link is known. */
  readonly linked?: (socket: Socket, link: UsableLink) => void
}

/** Where a connection of `net` goes. */
export interface Target {
  readonly host?: string | null | undefined
  readonly localAddress?: string | null | undefined
  readonly localPort?: number | null | undefined
  readonly lookup?: LookupFunction | undefined
}

const LOCAL_ADDRESS: Expected = {
  wants: 'an IP address',
  holds: (value) => typeof value === 'string' && isIP(value) !== 0,
}

const LOCAL_PORT: Expected = {
  wants: 'a port from 0 to 65535',
  isRange: true,
  holds: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
}

/** The host that was asked for; `localhost` if there is none, as for `net`. Anything but a text would crash Node if it looks like an address. */
function hostOf({ host }: Target): string {
  if (host === undefined || host === null) return 'localhost'
  checkArgument('host', host, expected.text)
  // A link has IPv4 addresses, not mapped ones.
  return host.replace(/^::ffff:(?=\d+\.)/i, '') || 'localhost'
}

/** The look-up function of the application. */
function lookupOf({ lookup }: Target): LookupFunction | null {
  if (lookup === undefined || lookup === null) return null
  checkArgument('lookup', lookup, expected.callback)
  return lookup
}

/** The local end that was asked for. `net` is not told, because it would bind the socket too early. */
function localEndOf({ localAddress: address, localPort: port }: Target): LocalEnd {
  if (address) checkArgument('localAddress', address, LOCAL_ADDRESS)
  if (port) checkArgument('localPort', port, LOCAL_PORT)
  return { address: address || null, port: port || 0 }
}

/** How a connection of `net` gets its link between `connect()` and its first packet. */
export interface Way {
  /** For `net.connect()` or `tls.connect()`, after the options of the application. */
  readonly options: {
    readonly host: string
    readonly lookup: LookupFunction
    readonly localAddress: undefined
    readonly localPort: undefined
  }
  /** Takes the socket that was made with these options, in the same tick. */
  take(socket: Socket): void
}

/**
 * The way of a connection. Nothing happens until `net` looks its host up.
 * @throws TypeError or RangeError for an invalid host, look-up function or local end
 */
export function wayOf(request: WayRequest, target: Target): Way {
  const host = hostOf(target)
  const trip = { host, local: localEndOf(target), lookup: lookupOf(target) }
  const closed = new AbortController()
  let socket: Socket | null = null
  const lookup: LookupFunction = (_name, { family, all }, done) => {
    const { signal } = closed
    // `net` goes on, and calls listeners of the application: what they throw is no rejection of a promise.
    const answer = (run: () => void) =>
      process.nextTick(() => {
        if (!signal.aborted) run()
      })
    const answered = (addresses: readonly ResolvedAddress[]) => {
      const [first] = addresses
      if (first === undefined) return
      answer(() => (all ? done(null, [...addresses]) : done(null, first.address, first.family)))
    }
    const failed = (error: NodeJS.ErrnoException) => answer(() => done(error, []))
    // `net` looks up before it has returned its socket.
    queueMicrotask(() => {
      if (socket === null || signal.aborted) return
      addressesOf(socket, request, { ...trip, family: familyOf(family) }, signal).then(answered, failed)
    })
  }
  return {
    // In brackets, an address is no address for `net`, so that it calls the look-up, where a connection may have to wait for its link.
    options: { host: isIP(host) ? `[${host}]` : host, lookup, localAddress: undefined, localPort: undefined },
    take(taken) {
      socket = taken
      taken.once('close', () => closed.abort())
    },
  }
}

/** Where a connection goes, and from where. */
interface Trip {
  readonly host: string
  readonly family: 0 | 4 | 6
  readonly local: LocalEnd
  /** The application's own. */
  readonly lookup: LookupFunction | null
}

/** Waits for the link, puts the socket on it, and finds out where it can connect to. */
async function addressesOf(
  socket: Socket,
  request: WayRequest,
  { host, family, local, lookup }: Trip,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const { own, via, linked } = request
  const link = await linkFor(via, own, signal)
  const plan = planBinding(link.interface.name, own.binding)
  bindAttempts(socket, link.interface, plan, local)
  linked?.(socket, link)
  join(socket, link, request)
  if (lookup !== null && isIP(host) === 0) return askOwn(lookup, { host, family, signal })
  if (plan.binding === 'none') return askSystem(host, family, signal)
  const found = await resolveName(link.interface, { host, family, signal })
  const usable = found.filter((one) => localAddress(link.interface, one.address) !== null)
  if (usable.length === 0) throw noAddress(link.interface, host)
  if (plan.binding === 'device' && !link.interface.addresses.some(isLoopback)) {
    const others = usable.filter(({ address }) => !isLoopback(address))
    if (others.length === 0) throw ofThisMachine(host)
    return others
  }
  return usable
}

/** The link of a socket, after a wait if the application wants that. @throws (rejects) LinkError */
export async function linkFor(via: Via, own: LinkOptions, signal: AbortSignal): Promise<UsableLink> {
  return own.wait === true && !('addresses' in via)
    ? waitForLink(via, own, signal)
    : usableLinkOr(via, own.by, WAIT)
}

/** Makes a socket a member of its link, until it is closed. */
function join(
  socket: Socket,
  { membership }: UsableLink,
  { own, isIdle, finishTimeout = 0 }: WayRequest,
): void {
  if (membership === null || socket.destroyed) return
  const { follower, link, isPinned } = membership
  const leave = follower.add({
    link,
    isPinned,
    finishTimeout: own.finishTimeout ?? finishTimeout,
    outlivesSleep: false,
    isIdle: () => isIdle?.(socket) ?? false,
    hasCarried: () => !socket.connecting && socket.bytesRead + socket.bytesWritten > 0,
    address: () => boundAddress(socket),
    end: (error) => socket.destroy(error),
  })
  socket.once('close', leave)
}

/** What `tls` has to know of the server's name, because it does not see the host as the application wrote it. */
export function identityOf({
  host,
  servername,
  checkServerIdentity: check = checkServerIdentity,
}: ConnectionOptions) {
  const asked = host || 'localhost'
  const parsed = parseHost(asked)
  // As in certificates: in ASCII, and without a dot at the end.
  const own = parsed?.kind === 'name' ? parsed.name : ''
  const name = servername || own || asked
  return {
    servername: servername ?? own,
    checkServerIdentity: (_host: string, certificate: Parameters<typeof check>[1]) =>
      check(name, certificate),
  }
}
