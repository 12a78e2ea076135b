import { isIP, type Socket } from 'node:net'
import { constants } from 'node:os'
import type { LinkInterface } from '@roamkit/core/contract'
import { LinkError } from '../errors.js'
import { type BindingPlan, bindError, noteBinding, systemError } from './binding.js'
import { localAddress } from './local-address.js'
import { bindDescriptor, type Descriptor, deviceSocket, NO_FLAGS } from './native.js'

/**
 * The handle below a socket. Each function returns 0, or a negative error code. `net` has it from its first versions on, without a word in
 * its documentation; docs/adr/0009-bound-attempts.md says why it is used.
 */
interface Handle {
  getsockname(found: { address?: string }): number
  open(fd: number): number
  bind(address: string, port: number): number
  bind6(address: string, port: number, flags: number): number
  connect: (...values: unknown[]) => number
  connect6: (...values: unknown[]) => number
}

/** The local end that the application asks for. */
export interface LocalEnd {
  readonly address: string | null
  readonly port: number
}

/** Any local end. */
export const ANY_END: LocalEnd = { address: null, port: 0 }

/**
 * Binds each attempt of a socket to connect, before its first packet. `net` emits `connectionAttempt` when it has made a handle for one of the
 * host's addresses, and connects that handle right after. So the connection, its time-outs and the race between IPv6 and IPv4 are those of
 * `net`.
 */
export function bindAttempts(socket: Socket, link: LinkInterface, plan: BindingPlan, local: LocalEnd): void {
  let failure: LinkError | null = null
  socket.on('connectionAttempt', (remote: string, _port: number, family: number) => {
    const handle = handleOf(socket)
    // A listener before this one has destroyed the socket.
    if (handle === null) return
    failure = bindHandle(handle, link, plan, { remote, family: family === 6 ? 6 : 4, local })
    if (failure === null) return noteBinding(socket, plan.binding)
    handle.connect = handle.connect6 = () => -constants.errno.EADDRNOTAVAIL
  })
  const destroy = socket._destroy
  // An attempt whose handle could not be bound ends with an error of `net`, which would not say why.
  socket._destroy = (error, done) => destroy.call(socket, error === null ? null : (failure ?? error), done)
}

function handleOf(socket: Socket): Handle | null {
  return (socket as unknown as { readonly _handle?: Handle | null })._handle ?? null
}

/**
 * The address that a socket has now, also while it connects; `null` if it has none. `socket.localAddress` would keep what it is asked for first, and
 * every attempt to connect has its own.
 */
export function boundAddress(socket: Socket): string | null {
  if (!socket.connecting) return socket.localAddress ?? null
  const found: { address?: string } = {}
  handleOf(socket)?.getsockname(found)
  const { address = null } = found
  return address === '0.0.0.0' || address === '::' ? null : address
}

interface Attempt {
  readonly remote: string
  readonly family: 4 | 6
  readonly local: LocalEnd
}

/** Binds the handle of one attempt. Returns why it could not. */
function bindHandle(
  handle: Handle,
  link: LinkInterface,
  plan: BindingPlan,
  { remote, family, local }: Attempt,
): LinkError | null {
  if (local.address !== null && isIP(local.address) !== family) return wrongFamily(local.address, remote)
  const address = local.address ?? (plan.binding === 'address' ? localAddress(link, remote) : null)
  if (plan.binding === 'address' && address === null) return noAddress(link, remote)
  const from = address ?? (local.port === 0 ? null : family === 6 ? '::' : '0.0.0.0')
  if (plan.binding !== 'device') {
    if (from === null) return null
    const result = family === 6 ? handle.bind6(from, local.port, 0) : handle.bind(from, local.port)
    return result === 0 ? null : cannotBind(from, local.port, codeOf(result))
  }
  const { native, device } = plan
  let bound: Descriptor = deviceSocket(native, { type: 'stream', family }, device)
  if (bound.fd === null) return bindError(device, bound.error)
  if (from !== null)
    bound = bindDescriptor(native, bound.fd, { address: from, port: local.port, family, link }, NO_FLAGS)
  if (bound.fd === null) return cannotBind(from ?? '', local.port, bound.error.code)
  const opened = handle.open(bound.fd)
  if (opened === 0) return null
  native.close(bound.fd)
  return bindError(device, { syscall: 'open', code: codeOf(opened) })
}

/** The link has no address of the family of a remote address. */
export function noAddress({ name, addresses }: LinkInterface, remote: string): LinkError {
  const has = addresses.length === 0 ? 'no address' : `only ${addresses.join(', ')}`
  return new LinkError(
    'ERR_NO_ADDRESS',
    `${JSON.stringify(name)} has no address from which ${remote} can be reached: it has ${has}`,
  )
}

/** The application asks for a local address from which no packet gets there. */
function wrongFamily(address: string, remote: string): LinkError {
  return new LinkError('ERR_BIND_FAILED', `${remote} cannot be reached from the local address ${address}`)
}

/** Packets to the machine itself never get to a device. */
export function ofThisMachine(host: string): LinkError {
  const message = `${JSON.stringify(host)} is this machine, which a socket that is bound to a device cannot reach: use a plain socket, or the binding 'address'`
  return new LinkError('ERR_NO_ADDRESS', message)
}

/** The system refuses that local end. */
export function cannotBind(address: string, port: number, code: string): LinkError {
  const message = `cannot bind a socket to ${address}, port ${port} (${code})`
  return new LinkError('ERR_BIND_FAILED', message, { cause: systemError('bind', code) })
}

/** Such as `EADDRINUSE`. */
function codeOf(result: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === -result)
  return found?.[0] ?? `error ${result}`
}
