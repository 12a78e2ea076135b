import { Socket } from 'node:dgram'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bind, deriveEndpoints, type Endpoint, type Sharing } from '../../src/linux/loopback-socket.js'
import { takePart } from '../../src/linux/presence.js'

let keys = 0

function aKey(): string {
  keys += 1
  return `presence test ${process.pid} ${keys}`
}

const endpointsOf = (key: string) => deriveEndpoints(`presence ${key}`, 3)

/** Whether no socket has that endpoint. */
async function isFree(endpoint: Endpoint): Promise<boolean> {
  const socket = await bind(endpoint, 'exclusive')
  socket?.close()
  return socket !== null
}

/** Another program takes that endpoint for itself. */
async function occupy(endpoint: Endpoint | undefined): Promise<void> {
  const socket = endpoint && (await bind(endpoint, 'exclusive'))
  if (!socket) throw new Error('that endpoint is taken already')
  onTestFinished(() => void socket.close())
}

async function part(key: string, sharing: Sharing): Promise<(() => void) | null> {
  const giveBack = await takePart(key, sharing)
  onTestFinished(() => giveBack?.())
  return giveBack
}

/** The system refuses these binds of the next ones, counted from 0. */
function refuse(...which: readonly number[]): void {
  const real = Socket.prototype.bind
  let binds = 0
  const spy = vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (this: Socket, ...parameters) {
    binds += 1
    if (!which.includes(binds - 1)) return Reflect.apply(real, this, parameters)
    queueMicrotask(() => this.emit('error', Object.assign(new Error(`EMFILE ${binds}`), { code: 'EMFILE' })))
    return this
  })
  onTestFinished(() => spy.mockRestore())
}

/** Reason for the skips elsewhere: only Linux has all of 127.0.0.0/8. */
describe.skipIf(process.platform !== 'linux')('taking part in a lock of the kernel', () => {
  it('is possible for any number that share it, and keeps an exclusive one out until all of them are gone', async () => {
    const key = aKey()
    const [one, two] = [await part(key, 'shared'), await part(key, 'shared')]
    expect([one, two]).not.toContain(null)
    expect(await part(key, 'exclusive')).toBeNull()
    one?.()
    one?.()
    expect(await part(key, 'exclusive')).toBeNull()
    two?.()
    expect(await part(key, 'exclusive')).not.toBeNull()
  })

  it('is possible for one exclusive one, which keeps all others out until it is gone', async () => {
    const key = aKey()
    const one = await part(key, 'exclusive')
    expect([await part(key, 'shared'), await part(key, 'exclusive')]).toEqual([null, null])
    one?.()
    expect(await part(key, 'shared')).not.toBeNull()
  })

  it('is not disturbed by one foreign socket', async () => {
    for (const sharing of ['shared', 'exclusive'] as const) {
      const key = aKey()
      await occupy(endpointsOf(key)[1])
      const one = await part(key, sharing)
      expect(one).not.toBeNull()
      expect(await part(key, 'exclusive')).toBeNull()
    }
  })

  it('is impossible with two foreign sockets, and leaves nothing behind', async () => {
    const key = aKey()
    const [one, two, three] = endpointsOf(key)
    await occupy(one)
    await occupy(three)
    expect([await part(key, 'shared'), await part(key, 'exclusive')]).toEqual([null, null])
    expect(two && (await isFree(two))).toBe(true)
  })

  it('is possible if the system refuses one of three sockets', async () => {
    const key = aKey()
    refuse(2)
    expect(await part(key, 'shared')).not.toBeNull()
  })

  it('rejects if the system refuses too many, and leaves nothing behind', async () => {
    const key = aKey()
    refuse(0, 1)
    await expect(takePart(key, 'shared')).rejects.toMatchObject({ code: 'EMFILE' })
    for (const endpoint of endpointsOf(key)) expect(await isFree(endpoint)).toBe(true)
  })

  it('rejects if the system refuses one and another program has one', async () => {
    const key = aKey()
    await occupy(endpointsOf(key)[0])
    refuse(1)
    await expect(takePart(key, 'exclusive')).rejects.toMatchObject({ code: 'EMFILE' })
  })
})
