import { describe, expect, it, vi } from 'vitest'
import type { SocketKind } from '../src/binding/native.js'
import { A, leavingNothing, lookUp, lookUpBy, nameServer, zone } from './names-servers.js'

/** A fake: a system that makes no IPv6 sockets, or none at all. */
const refusedFamilies = vi.hoisted(() => new Set<number>())
vi.mock('../src/binding/native.js', async (original) => {
  const real = await original<typeof import('../src/binding/native.js')>()
  const deviceSocket: typeof real.deviceSocket = (native, kind: SocketKind, device) =>
    refusedFamilies.has(kind.family)
      ? { fd: null, error: { syscall: 'socket', code: 'EAFNOSUPPORT' } }
      : real.deviceSocket(native, kind, device)
  return { ...real, deviceSocket }
})

const HOST = 'host.example'

describe.runIf(process.platform === 'linux')('sockets that cannot be made (a fake of the system)', () => {
  it('does no harm if there is another server', async () => {
    refusedFamilies.clear()
    refusedFamilies.add(6)
    const server = await nameServer(zone({ [HOST]: [A(HOST, '192.0.2.1')] }))
    const link = { dns: ['2001:db8::1', server.address] }
    expect(await leavingNothing(() => lookUpBy(server, HOST, { link }))).toEqual(['192.0.2.1'])
  })

  it('is an error of the link if there is none', async () => {
    refusedFamilies.add(4).add(6)
    const link = { dns: ['2001:db8::1', '127.0.0.1'] }
    await expect(leavingNothing(() => lookUp(HOST, { link }))).rejects.toMatchObject({
      code: 'ERR_BIND_FAILED',
    })
  })
})
