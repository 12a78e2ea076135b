import type { Socket as DatagramSocket } from 'node:dgram'
import type { Socket } from 'node:net'
import { release } from 'node:os'
import { canBindToDevice } from '@roamkit/core/backend-kit'
import { LinkError } from '../errors.js'
import { loadNative, type Native, type SystemCallError } from './native.js'

/**
 * How a socket is bound to its link.
 *
 * - `device`: its packets use that link whatever the system's routes say.
 * - `address`: it has an address of that link. On Windows that is enough (strong host model). On Linux and macOS the system's routes decide
 *   which link is used.
 * - `none`: it is not bound, at least not yet.
 */
export type Binding = 'device' | 'address' | 'none'

/** A socket that reports how it is bound. */
export type Bound<Value extends Socket | DatagramSocket> = Value & { readonly binding: Binding }

const bindings = new WeakMap<object, Binding>()

/** Gives a socket its property `binding`. */
export function withBinding<Value extends Socket | DatagramSocket>(socket: Value): Bound<Value> {
  Object.defineProperty(socket, 'binding', {
    get: () => bindings.get(socket) ?? 'none',
    enumerable: true,
    configurable: true,
  })
  return socket as Bound<Value>
}

/** What a socket was bound to. Called when it is so. */
export function noteBinding(socket: object, binding: Binding): void {
  bindings.set(socket, binding)
}

/** A binding that was decided on, with what is needed for it. */
export type BindingPlan =
  | { readonly binding: 'device'; readonly native: Native; readonly device: string }
  | { readonly binding: 'address' }
  | { readonly binding: 'none' }

/**
 * Decides how the sockets of a link are bound.
 * @param wanted `undefined`: the best that is possible here
 * @throws LinkError `ERR_BIND_FAILED` if `device` is wanted and not possible
 */
export function planBinding(device: string, wanted: Binding | undefined): BindingPlan {
  if (wanted === 'address' || wanted === 'none') return { binding: wanted }
  const { native, reason } = loadNative()
  if (wanted === undefined && (native === null || !isPermitted())) return { binding: 'address' }
  if (native !== null) return { binding: 'device', native, device }
  const message = `sockets cannot be bound to the device ${JSON.stringify(device)}: ${reason}`
  throw new LinkError('ERR_BIND_FAILED', message)
}

/** Whether this program can bind sockets to a device, as far as is known without trying. */
function isPermitted(): boolean {
  return canBindToDevice(release(), process.geteuid?.())
}

/** Codes for which the program lacks a permission. */
const DENIED: readonly string[] = ['EPERM', 'EACCES']

/** A failed system call, as an error that says what to do. */
export function bindError(device: string, { syscall, code }: SystemCallError): LinkError {
  const where = `a socket to the device ${JSON.stringify(device)}`
  const cause = systemError(syscall, code)
  if (DENIED.includes(code)) {
    const message = `the system does not let this program bind ${where} (${syscall}: ${code}). Linux before 5.7 needs CAP_NET_RAW; otherwise allow the binding 'address'`
    return new LinkError('ERR_BIND_DENIED', message, { cause })
  }
  const why =
    code === 'ENODEV'
      ? `: there is no such device in this network namespace (${code})`
      : ` (${syscall}: ${code})`
  return new LinkError('ERR_BIND_FAILED', `cannot bind ${where}${why}`, { cause })
}

/** An error as Node makes it of a failed system call, for `cause`. */
export function systemError(syscall: string, code: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall })
}
