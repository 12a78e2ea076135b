import {
  type BindOptions,
  createSocket as createPlain,
  type RemoteInfo,
  type Socket,
  type SocketOptions,
  type SocketType,
} from 'node:dgram'
import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core/contract'
import { cannotBind, noAddress } from './binding/bind-attempts.js'
import {
  type BindingPlan,
  type Bound,
  bindError,
  noteBinding,
  planBinding,
  withBinding,
} from './binding/binding.js'
import { localAddress, zoneOf } from './binding/local-address.js'
import { bindDescriptor, deviceSocket } from './binding/native.js'
import { LinkError } from './errors.js'
import {
  checkedLinkOptions,
  type LinkOptions,
  type UsableLink,
  usableLinkOr,
  type Via,
} from './following/via.js'
import { lookup } from './lookup.js'

/** Options of {@link createSocket}: those of `dgram.createSocket()`, and those of this package. */
export type DatagramOptions = SocketOptions & Omit<LinkOptions, 'wait' | 'waitTimeout'>

/** Called for each datagram, as by `dgram`. */
export type DatagramListener = (message: Buffer, from: RemoteInfo) => void

/**
 * Creates a UDP socket on the link of a session, a trial or an interface: `dgram.createSocket()`, but bound to that link from its first
 * packet. The link must be up now. `bind()` binds to a port, and to an address of the link if you name none. Names are resolved through the link.
 *
 * When the link is lost, when it loses the socket's address, or when the session has left the link (after `finishTimeout`), the socket emits
 * `error` with a {@link LinkError} and is closed. UDP knows no connection, so a sleep of the machine does not end it.
 *
 * @param via whose link
 * @throws LinkError `ERR_SESSION_CLOSED`, `ERR_NOT_CONNECTED` or `ERR_BIND_FAILED`; TypeError or RangeError that names an invalid argument
 */
export function createSocket(
  via: Via,
  type: SocketType | DatagramOptions,
  received?: DatagramListener,
): Bound<Socket> {
  const options = typeof type === 'string' ? { type } : type
  const { own, others } = checkedLinkOptions('createSocket()', via, options)
  if (own.wait === true)
    throw new TypeError(
      "createSocket() cannot wait: call it when the session is connected ('wait' is for connections)",
    )
  const link = usableLinkOr(via, own.by, OPEN)
  const plan = planBinding(link.interface.name, own.binding)
  const names = others.lookup ?? (lookup(link.interface) as NonNullable<SocketOptions['lookup']>)
  const socket = withBinding(createPlain({ ...others, lookup: names }, received))
  bindLate(socket, link.interface, plan, others)
  if (plan.binding !== 'none') keepGroupsOnLink(socket, link.interface, others)
  join(socket, link, own)
  return socket
}

/** What to do first. */
const OPEN = {
  ERR_SESSION_CLOSED: 'open it first',
  ERR_NOT_CONNECTED: 'wait for whenConnected(session) first',
} as const

/** Binds a socket to the link when it is bound: by the application, or by its first datagram. */
function bindLate(socket: Socket, link: LinkInterface, plan: BindingPlan, options: ReusableOptions): void {
  const bindPlain = socket.bind.bind(socket) as (target: BindTarget, bound?: () => void) => Socket
  let state: 'unbound' | 'binding' | 'bound' = 'unbound'
  const bindNow = (asked: AskedBind) => {
    if (!isRunning(socket)) return
    const target = targetOf(asked, link, plan, options)
    state = target instanceof LinkError ? 'unbound' : 'bound'
    if (target instanceof LinkError) return void socket.emit('error', target)
    noteBinding(socket, plan.binding)
    bindPlain(target, asked.bound)
  }
  const bind = (...values: readonly unknown[]): Socket => {
    const asked = bindArguments(values)
    checkFamily(asked, options)
    // `send()` asks for it as long as the socket is not bound.
    if (state === 'binding' && asked.isImplicit) return socket
    if (state !== 'unbound')
      throw Object.assign(new Error('Socket is already bound'), { code: 'ERR_SOCKET_ALREADY_BOUND' })
    state = 'binding'
    // As in `dgram`, nothing is emitted before this has returned.
    process.nextTick(bindNow, asked)
    return socket
  }
  // `send()` and `connect()` bind a socket by this method, too.
  socket.bind = bind as Socket['bind']
}

/** Newer versions of Node have `reusePort`. */
type ReusableOptions = SocketOptions & { readonly reusePort?: boolean }

/**
 * Joins multicast groups on the link. Without an interface the system would choose one by its routes. A socket that is not bound yet would be bound
 * by that, to no link, so it has to be bound first.
 */
function keepGroupsOnLink(socket: Socket, link: LinkInterface, { type }: SocketOptions): void {
  const own = type === 'udp6' ? `::%${zoneOf(link)}` : (localAddress(link, EXAMPLES[4]) ?? undefined)
  const groups = socket as unknown as Record<string, (...values: readonly unknown[]) => void>
  for (const [method, count] of Object.entries(GROUP_METHODS)) {
    const original = groups[method]?.bind(socket)
    groups[method] = (...values) => {
      if (isRunning(socket) && !isBound(socket))
        throw Object.assign(
          new Error(`${method}() needs a socket that is bound: call bind() first, and wait`),
          {
            code: 'EBADF',
          },
        )
      original?.(...values.slice(0, count), values[count] ?? own)
    }
  }
}

/** The methods that take an interface, and how many arguments precede it. */
const GROUP_METHODS = {
  addMembership: 1,
  dropMembership: 1,
  addSourceSpecificMembership: 2,
  dropSourceSpecificMembership: 2,
} as const

/** What `dgram` binds a socket to: a descriptor, or an address and a port. */
type BindTarget = BindOptions & { readonly fd?: number }

/** How `bind()` was called. */
interface AskedBind {
  readonly address: string | undefined
  readonly port: number
  readonly exclusive: boolean
  readonly bound: (() => void) | undefined
  /** Whether `dgram` itself asks for it. */
  readonly isImplicit: boolean
}

/** `bind(port, address, bound)` and `bind(options, bound)`, each of them optional. */
function bindArguments(values: readonly unknown[]): AskedBind {
  const bound = values.find((value) => typeof value === 'function') as (() => void) | undefined
  const [first, second] = values
  if (typeof first === 'object' && first !== null) {
    const { address, port, exclusive = false, fd } = first as BindTarget
    if (fd !== undefined)
      throw new TypeError('a socket of createSocket() cannot take over a descriptor: that is bound already')
    return {
      address: address || undefined,
      port: portOf(port),
      exclusive,
      bound,
      isImplicit: second === null,
    }
  }
  return {
    address: typeof second === 'string' && second !== '' ? second : undefined,
    port: typeof first === 'function' ? 0 : portOf(first),
    exclusive: false,
    bound,
    isImplicit: false,
  }
}

/** A port may be a text, as in `dgram`; none means any. @throws RangeError */
function portOf(asked: unknown): number {
  const port = asked === undefined || asked === null ? 0 : Number(asked)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  const message = `bind() takes a port from 0 to 65535, not ${String(asked)}`
  throw Object.assign(new RangeError(message), { code: 'ERR_SOCKET_BAD_PORT' })
}

/** @throws TypeError for an address of the other family */
function checkFamily({ address }: AskedBind, { type }: SocketOptions): void {
  const family = type === 'udp6' ? 6 : 4
  if (address !== undefined && isIP(address) !== family)
    throw new TypeError(
      `a socket of type ${type} binds to an IPv${family} address, not to ${JSON.stringify(address)}`,
    )
}

function targetOf(
  { address, port, exclusive }: AskedBind,
  link: LinkInterface,
  plan: BindingPlan,
  { type, reuseAddr = false, ipv6Only = false, reusePort = false }: ReusableOptions,
): BindTarget | LinkError {
  const family = type === 'udp6' ? 6 : 4
  if (plan.binding === 'none') return { ...(address !== undefined && { address }), port, exclusive }
  if (plan.binding === 'address') {
    const own = address ?? localAddress(link, EXAMPLES[family])
    return own === null ? noAddress(link, `IPv${family}`) : { address: own, port, exclusive }
  }
  const { native, device } = plan
  const made = deviceSocket(native, { type: 'datagram', family }, device)
  if (made.fd === null) return bindError(device, made.error)
  const from = { address: address ?? (family === 6 ? '::' : '0.0.0.0'), port, family, link } as const
  const bound = bindDescriptor(native, made.fd, from, { reuseAddr, ipv6Only, reusePort })
  if (bound.fd === null) return cannotBind(from.address, port, bound.error.code)
  return { fd: bound.fd, exclusive: true }
}

/** An address of each family that is not link-local. */
const EXAMPLES = { 4: '192.0.2.1', 6: '2001:db8::1' } as const

/** Makes a socket a member of its link, until it is closed. */
function join(socket: Socket, { membership }: UsableLink, { finishTimeout = 0 }: LinkOptions): void {
  // A signal that had aborted has closed it already.
  if (membership === null || !isRunning(socket)) return
  const { follower, link, isPinned } = membership
  const leave = follower.add({
    link,
    isPinned,
    finishTimeout,
    outlivesSleep: true,
    isIdle: () => false,
    // Datagrams may be lost at any time, so their senders repeat them anyway.
    hasCarried: () => isBound(socket),
    address: () => addressOf(socket),
    // Not at once: the listeners of the application must not come between the follower and its other members.
    end: (error) => process.nextTick(endSocket, socket, error),
  })
  onClosing(socket, leave)
}

/** Emits the error first, because `dgram` then drops what waits to be sent. Otherwise that would go out before the socket closes. */
function endSocket(socket: Socket, error: LinkError): void {
  if (!isRunning(socket)) return
  try {
    socket.emit('error', error)
  } finally {
    if (isRunning(socket)) socket.close()
  }
}

/**
 * Calls back when a socket has been closed. The event `close` comes later, and the socket can do nothing in between. `close()` puts itself off
 * until the socket is bound if datagrams wait for that, and is called again then.
 */
function onClosing(socket: Socket, run: () => void): void {
  const close = socket.close.bind(socket)
  socket.close = (closed) => {
    close(closed)
    if (!isRunning(socket)) run()
    return socket
  }
}

/** Whether a socket has not been closed. */
function isRunning(socket: Socket): boolean {
  return codeOfAddress(socket) !== 'ERR_SOCKET_DGRAM_NOT_RUNNING'
}

function isBound(socket: Socket): boolean {
  return codeOfAddress(socket) === null
}

/** The code of the error with which a socket refuses to say its address; `null` if it says it. */
function codeOfAddress(socket: Socket): string | null {
  try {
    socket.address()
    return null
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/** The address that it is bound to, unless that is the wildcard. */
function addressOf(socket: Socket): string | null {
  try {
    const { address } = socket.address()
    return address === '0.0.0.0' || address === '::' ? null : address
  } catch {
    // It is not bound yet.
    return null
  }
}
