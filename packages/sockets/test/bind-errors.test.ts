import { expect, it } from 'vitest'
import { bindError } from '../src/binding/binding.js'
import { deviceSocket, type Native } from '../src/binding/native.js'

/** A fake of the system calls: no kernel here refuses them. */
function refusing(errno: number): { readonly native: Native; readonly closed: number[] } {
  const closed: number[] = []
  const native: Native = {
    socket: () => 7,
    setsockopt: () => -1,
    bind: () => -1,
    close: (fd) => closed.push(fd),
    errno: () => errno,
  }
  return { native, closed }
}

it.each([
  [
    1,
    'EPERM',
    'ERR_BIND_DENIED',
    /does not let this program bind .* "eth0" .*Linux before 5\.7 needs CAP_NET_RAW/,
  ],
  [13, 'EACCES', 'ERR_BIND_DENIED', /does not let this program bind/],
  [19, 'ENODEV', 'ERR_BIND_FAILED', /there is no such device in this network namespace/],
  [
    0,
    'unknown error',
    'ERR_BIND_FAILED',
    /^cannot bind a socket to the device "eth0" \(setsockopt SO_BINDTODEVICE: unknown error\)$/,
  ],
])('a kernel that refuses with %d (%s) is %s, and the descriptor is closed', (errno, name, code, message) => {
  const { native, closed } = refusing(errno)
  const made = deviceSocket(native, { type: 'stream', family: 4 }, 'eth0')
  if (made.fd !== null) throw new Error('it was bound')
  expect(made.error.code).toBe(name)
  const error = bindError('eth0', made.error)
  expect(error).toMatchObject({ code, isRetryable: true, cause: { code: name } })
  expect(error.message).toMatch(message)
  expect(closed).toEqual([7])
})
