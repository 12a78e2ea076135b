import { Socket, type SocketConstructorOpts, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { checkArgument, expected } from '@roamkit/core/backend-kit'
import { type Bound, withBinding } from './binding/binding.js'
import { checkedLinkOptions, type LinkOptions, type Via } from './following/via.js'
import { identityOf, wayOf } from './way.js'

/** Options of {@link connect}: those of `net.connect()` for TCP, and those of this package. */
export type ConnectOptions = TcpNetConnectOpts & SocketConstructorOpts & LinkOptions

/** Options of {@link tlsConnect}: those of `tls.connect()`, and those of this package. */
export type TlsConnectOptions = Omit<ConnectionOptions, 'socket' | 'path' | 'port'> &
  Omit<TcpNetConnectOpts, 'port'> &
  LinkOptions & { readonly port: number }

/**
 * Opens a TCP connection through the link of a session, a trial or an interface: `net.connect()`, but bound to that link. The name is resolved
 * through the link, too.
 *
 * The socket lives no longer than its link. When the link is lost or loses the socket's address, when the machine has slept, or when the session has
 * left the link (after `finishTimeout`), the socket emits the {@link LinkError} `ERR_LINK_LOST` and is destroyed, at once. When the session is closed,
 * the error is `ERR_SESSION_CLOSED`. All errors of the connection are emitted as `error`, as `net` does.
 *
 * @param via whose link
 * @throws TypeError or RangeError that names an invalid argument
 */
export function connect(via: Via, options: ConnectOptions, connected?: () => void): Bound<Socket>
export function connect(via: Via, port: number, host?: string, connected?: () => void): Bound<Socket>
export function connect(
  via: Via,
  target: ConnectOptions | number,
  ...more: readonly unknown[]
): Bound<Socket> {
  const host = more.find((value) => typeof value === 'string')
  const options = typeof target === 'number' ? { port: target, ...(host !== undefined && { host }) } : target
  const connected = more.find((value) => value !== undefined && value !== host)
  if (connected !== undefined) checkArgument('the listener of connect()', connected, expected.callback)
  const { own, others } = checked('connect()', via, options)
  const socket = withBinding(new Socket(others))
  const way = wayOf({ via, own }, others)
  if (others.timeout) socket.setTimeout(others.timeout)
  socket.connect({ ...others, ...way.options } as TcpNetConnectOpts, connected as () => void)
  way.take(socket)
  return socket
}

/**
 * Opens a TLS connection through the link of a session, a trial or an interface: `tls.connect()`, but bound to that link. It lives as long as a
 * socket of {@link connect} does.
 *
 * @param via whose link
 * @throws TypeError or RangeError that names an invalid argument
 */
export function tlsConnect(via: Via, options: TlsConnectOptions, secured?: () => void): Bound<TLSSocket> {
  const { own, others } = checked('tlsConnect()', via, options)
  const way = wayOf({ via, own }, others)
  const socket = withBinding(connectTls({ ...others, ...identityOf(others), ...way.options }, secured))
  way.take(socket)
  return socket
}

function checked<Options extends ConnectOptions | TlsConnectOptions>(
  taker: string,
  via: Via,
  options: Options,
) {
  checkArgument(`the options of ${taker}`, options, expected.object)
  const { path, socket, port } = options as { path?: unknown; socket?: unknown; port?: unknown }
  if (path !== undefined || socket !== undefined)
    throw new TypeError(`${taker} takes a host and a port, not a path or a socket: those have no link`)
  if (port === undefined) throw new TypeError(`${taker} needs a port`)
  return checkedLinkOptions(taker, via, options)
}
