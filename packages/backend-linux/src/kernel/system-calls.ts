import { createRequire } from 'node:module'
import { constants } from 'node:os'

/** The system calls that make a netlink socket. Each returns -1 if it fails, and `errno` then says why; 0: that is not known. */
export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number
  socketpair(domain: number, type: number, protocol: number, pair: Uint8Array): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  dup3(from: number, to: number, flags: number): number
  close(fd: number): number
  errno(): number
}

/**
 * Loads the system calls: by koffi, or if that is not installed by `node:ffi`, which Node 26 and newer have.
 *
 * @throws if neither can be loaded. The message says why, and what to install
 */
export function loadSystemCalls(): SystemCalls {
  try {
    return koffiCalls()
  } catch (error) {
    // If node:ffi is missing or forbidden too, the reason why koffi cannot be loaded helps more.
    const calls = nodeCallsIfAny()
    if (calls !== null) return calls
    const [first = ''] = String(error).split('\n')
    throw new Error(`koffi cannot be loaded (${first}), and this Node has no node:ffi. Install koffi`, {
      cause: error,
    })
  }
}

/** Such as `EPERM`. */
export function errorName(number: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === number)
  return found?.[0] ?? (number === 0 ? 'unknown error' : `errno ${number}`)
}

/** The part of koffi that is used. */
interface Koffi {
  load(path: string | null): { func(declaration: string): (...values: readonly unknown[]) => number }
  errno(): number
}

function koffiCalls(): SystemCalls {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const libc = koffi.load(null)
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    socketpair: libc.func('int socketpair(int domain, int type, int protocol, _Out_ void *pair)'),
    setsockopt: libc.func(
      'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)',
    ),
    bind: libc.func('int bind(int fd, const void *address, unsigned int length)'),
    dup3: libc.func('int dup3(int from, int to, int flags)'),
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

function nodeCallsIfAny(): SystemCalls | null {
  try {
    return nodeCalls()
  } catch {
    // The permission model of Node forbids it.
    return null
  }
}

/** Experimental in Node 26, and it does not keep `errno` between two calls. */
function nodeCalls(): SystemCalls | null {
  const ffi = process.getBuiltinModule?.('node:ffi') as Ffi | undefined
  if (ffi === undefined) return null
  const libc = new ffi.DynamicLibrary(null)
  const call = (name: string, ...types: readonly string[]) =>
    libc.getFunction(name, { return: 'int32', arguments: types })
  return {
    socket: call('socket', 'int32', 'int32', 'int32'),
    socketpair: call('socketpair', 'int32', 'int32', 'int32', 'buffer'),
    setsockopt: call('setsockopt', 'int32', 'int32', 'int32', 'buffer', 'uint32'),
    bind: call('bind', 'int32', 'buffer', 'uint32'),
    dup3: call('dup3', 'int32', 'int32', 'int32'),
    close: call('close', 'int32'),
    errno: () => 0,
  }
}
