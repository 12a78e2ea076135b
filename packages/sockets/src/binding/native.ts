import { createRequire } from 'node:module'
import { constants } from 'node:os'
import type { LinkInterface } from '@roamkit/core/contract'

/** The system calls that bind a socket to a device (Linux). Each returns -1 and sets `errno` if it fails; 0: that is not known. */
export interface Native {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  close(fd: number): number
  errno(): number
}

/** The system calls, or why they cannot be made here. */
export interface NativeOrReason {
  readonly native: Native | null
  /** Empty if they can be made. */
  readonly reason: string
}

let loaded: NativeOrReason | null = null

/** Loads the system calls when they are first needed: by koffi, or if that is not installed by `node:ffi`, which newer versions of Node have. */
export function loadNative(): NativeOrReason {
  loaded ??= load()
  return loaded
}

function load(): NativeOrReason {
  if (process.platform !== 'linux')
    return { native: null, reason: `${process.platform} has no SO_BINDTODEVICE. Allow the binding 'address'` }
  try {
    return { native: koffiNative(), reason: '' }
  } catch (error) {
    return { native: nodeNativeIfAny(), reason: notLoaded(error) }
  }
}

function nodeNativeIfAny(): Native | null {
  try {
    return nodeNative()
  } catch {
    // The reason why koffi cannot be loaded helps more.
    return null
  }
}

function notLoaded(error: unknown): string {
  const [first = ''] = String(error).split('\n')
  return `koffi cannot be loaded (${first}). Install it, or allow the binding 'address'`
}

/** The part of koffi that is used. */
interface Koffi {
  load(path: string | null): { func(declaration: string): (...values: readonly unknown[]) => number }
  errno(): number
}

function koffiNative(): Native {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const libc = koffi.load(null)
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    setsockopt: libc.func(
      'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)',
    ),
    bind: libc.func('int bind(int fd, const void *address, unsigned int length)'),
    close: libc.func('int close(int fd)'),
    errno: () => koffi.errno(),
  }
}

/** The part of `node:ffi` that is used. */
interface Ffi {
  readonly DynamicLibrary: new (
    path: string | null,
  ) => {
    getFunction(
      name: string,
      signature: { readonly return: string; readonly arguments: readonly string[] },
    ): (...values: readonly unknown[]) => number
  }
}

/** Experimental in Node 26, and it does not keep `errno` between two calls. @throws if the permission model of Node forbids it */
function nodeNative(): Native | null {
  const ffi = process.getBuiltinModule?.('node:ffi') as Ffi | undefined
  if (ffi === undefined) return null
  const libc = new ffi.DynamicLibrary(null)
  const call = (name: string, ...types: readonly string[]) =>
    libc.getFunction(name, { return: 'int32', arguments: types })
  return {
    socket: call('socket', 'int32', 'int32', 'int32'),
    setsockopt: call('setsockopt', 'int32', 'int32', 'int32', 'buffer', 'uint32'),
    bind: call('bind', 'int32', 'buffer', 'uint32'),
    close: call('close', 'int32'),
    errno: () => 0,
  }
}

const AF = { 4: 2, 6: 10 } as const
const SOCK = { stream: 1, datagram: 2 } as const
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_REUSEPORT = 15
const SO_BINDTODEVICE = 25
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26

/** A name that a device can have: of 1 to 15 bytes. */
const DEVICE = /^[^\0/\s]{1,15}$/

/** What a socket is for. */
export interface SocketKind {
  readonly type: keyof typeof SOCK
  readonly family: 4 | 6
}

/** An error of a system call. */
export interface SystemCallError {
  readonly syscall: string
  /** Such as `EPERM`. */
  readonly code: string
}

/** A descriptor, or what the system said. */
export type Descriptor = { readonly fd: number } | { readonly fd: null; readonly error: SystemCallError }

/**
 * A new socket whose packets use that device, whatever the routes say (`SO_BINDTODEVICE`). Since Linux 5.7 that needs no privilege. The caller
 * closes the descriptor.
 */
export function deviceSocket(native: Native, { type, family }: SocketKind, device: string): Descriptor {
  // The system takes an empty name for no device, and cuts others off.
  if (!DEVICE.test(device))
    return { fd: null, error: { syscall: 'setsockopt SO_BINDTODEVICE', code: 'ENODEV' } }
  const fd = native.socket(AF[family], SOCK[type] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return failed(native, 'socket')
  const name = Buffer.from(`${device}\0`)
  if (native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length) < 0)
    return failed(native, 'setsockopt SO_BINDTODEVICE', fd)
  return { fd }
}

/** Options of a datagram socket that only take effect before it is bound. */
export interface BindFlags {
  readonly reuseAddr: boolean
  readonly ipv6Only: boolean
  readonly reusePort: boolean
}

/** None of them. */
export const NO_FLAGS: BindFlags = { reuseAddr: false, ipv6Only: false, reusePort: false }

/** A local end of a socket. */
export interface LocalName {
  /** May have a zone. */
  readonly address: string
  readonly port: number
  readonly family: 4 | 6
  /** The link that the zone of an address means. */
  readonly link: LinkInterface
}

/** Binds a socket to an address and a port. Closes it if that fails. */
export function bindDescriptor(
  native: Native,
  fd: number,
  { address, port, family, link }: LocalName,
  { reuseAddr, ipv6Only, reusePort }: BindFlags,
): Descriptor {
  const on = Buffer.from(new Int32Array([1]).buffer)
  if (reusePort && native.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, on, on.length) < 0)
    return failed(native, 'setsockopt SO_REUSEPORT', fd)
  if (reuseAddr && native.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, on.length) < 0)
    return failed(native, 'setsockopt SO_REUSEADDR', fd)
  if (ipv6Only && native.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, on, on.length) < 0)
    return failed(native, 'setsockopt IPV6_V6ONLY', fd)
  const raw =
    family === 6 ? sockaddrIn6(address.replace(/%.*$/, ''), port, link.index ?? 0) : sockaddrIn(address, port)
  return native.bind(fd, raw, raw.length) < 0 ? failed(native, 'bind', fd) : { fd }
}

function failed(native: Native, syscall: string, fd?: number): Descriptor {
  const number = native.errno()
  if (fd !== undefined) native.close(fd)
  return { fd: null, error: { syscall, code: nameOf(number) } }
}

/** Such as `EPERM`. */
function nameOf(number: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === number)
  return found?.[0] ?? (number === 0 ? 'unknown error' : `errno ${number}`)
}

/** `struct sockaddr_in`. */
function sockaddrIn(address: string, port: number): Buffer {
  const raw = Buffer.alloc(16)
  raw[0 + Number(BIG_ENDIAN)] = AF[4]
  raw.writeUInt16BE(port, 2)
  raw.set(address.split('.').map(Number), 4)
  return raw
}

/** `struct sockaddr_in6`. */
function sockaddrIn6(address: string, port: number, scope: number): Buffer {
  const raw = Buffer.alloc(28)
  raw[0 + Number(BIG_ENDIAN)] = AF[6]
  raw.writeUInt16BE(port, 2)
  raw.set(ipv6Bytes(address), 8)
  if (BIG_ENDIAN) raw.writeUInt32BE(scope, 24)
  else raw.writeUInt32LE(scope, 24)
  return raw
}

const BIG_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0

/** The 16 bytes of an IPv6 address without a zone. */
export function ipv6Bytes(address: string): Uint8Array {
  // The URL parser writes every form of the address as hexadecimal groups.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = plain.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const all = [...before, ...(tail === undefined ? [] : zeros), ...after].map((group) =>
    Number.parseInt(group, 16),
  )
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]))
}
