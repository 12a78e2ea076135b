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
import { localAddress } from './binding/local-address.js'
import { bindDescriptor, deviceSocket } from './binding/native.js'
import { LinkError } from './errors.js'
import {
  checkedLinkOptions,
  type LinkOptions,
  type UsableLink,
  usableLink,
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
  if ('wait' in own)
    throw new TypeError(
      "createSocket() cannot wait: call it when the session is connected ('wait' is for connections)",
    )
  const link = usableLink(via, own.by)
  const plan = planBinding(link.interface.name, own.binding)
  const names = { lookup: lookup(link.interface) as NonNullable<SocketOptions['lookup']> }
  const socket = withBinding(createPlain({ ...names, ...others }, received))
  bindLate(socket, link.interface, plan, others)
  join(socket, link, own)
  return socket
}

/** Binds a socket to the link when it is bound: by the application, or by its first datagram. */
function bindLate(socket: Socket, link: LinkInterface, plan: BindingPlan, options: SocketOptions): void {
  const bindPlain = socket.bind.bind(socket) as (target: BindTarget, bound?: () => void) => Socket
  let state: 'unbound' | 'binding' | 'bound' | 'closed' = 'unbound'
  onClosing(socket, () => {
    state = 'closed'
  })
  const bindNow = (asked: AskedBind) => {
    if (state === 'closed') return
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
    const { address, port = 0, exclusive = false } = first as BindOptions
    return { address, port, exclusive, bound, isImplicit: second === null }
  }
  return {
    address: typeof second === 'string' ? second : undefined,
    port: typeof first === 'number' ? first : 0,
    exclusive: false,
    bound,
    isImplicit: false,
  }
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
  { type, reuseAddr = false, ipv6Only = false }: SocketOptions,
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
  const bound = bindDescriptor(native, made.fd, from, { reuseAddr, ipv6Only })
  if (bound.fd === null) return cannotBind(from.address, port, bound.error.code)
  return { fd: bound.fd, exclusive: true }
}

/** An address of each family that is not link-local. */
const EXAMPLES = { 4: '192.0.2.1', 6: '2001:db8::1' } as const

/** Makes a socket a member of its link, until it is closed. */
function join(socket: Socket, { membership }: UsableLink, { finishTimeout = 0 }: LinkOptions): void {
  if (membership === null) return
  const { follower, link, isPinned } = membership
  const leave = follower.add({
    link,
    isPinned,
    finishTimeout,
    outlivesSleep: true,
    isIdle: () => false,
    // Datagrams may be lost at any time, so their senders repeat them anyway.
    hasCarried: () => false,
    address: () => addressOf(socket),
    end: (error) => {
      socket.close()
      socket.emit('error', error)
    },
  })
  onClosing(socket, leave)
}

/** Calls back when a socket is being closed. The event `close` comes later, and the socket can do nothing in between. */
function onClosing(socket: Socket, run: () => void): void {
  const close = socket.close.bind(socket)
  socket.close = (closed) => {
    run()
    return close(closed)
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
