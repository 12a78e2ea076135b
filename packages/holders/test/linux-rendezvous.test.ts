import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { systemClock } from '@roamkit/core'
import { isRendezvousUsable, linuxRendezvous, type Rendezvous } from '@roamkit/holders'
import { CannotRun, type RendezvousAdapter, rendezvousLaws } from '@roamkit/holders/rendezvous-laws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bind, deriveEndpoints } from '../src/linux/loopback-socket.js'
import { subscriptionName } from '../src/linux/socket-name.js'
import { farRendezvous } from './far-rendezvous.js'

let keys = 0

const adapter: RendezvousAdapter = {
  open() {
    const rendezvous = linuxRendezvous({ clock: systemClock })
    onTestFinished(() => rendezvous[Symbol.asyncDispose]())
    return rendezvous
  },
  async far() {
    const far = await farRendezvous()
    onTestFinished(() => far.kill())
    return far
  },
  key() {
    keys += 1
    return `test ${process.pid} ${keys} "é\n\u0000`
  },
  async spoil(key) {
    // An application that has taken that port on all addresses, for itself alone.
    const [endpoint] = deriveEndpoints(`presence ${key}`, 3)
    const socket = await bind({ address: '0.0.0.0', port: endpoint?.port ?? 0 }, 'exclusive')
    if (socket === null) throw new Error('that port is taken already')
    return () => void socket.close()
  },
  ...(process.getuid?.() === 0 && {
    async stranger() {
      const far = await farRendezvous(process.execPath, 65_534)
      onTestFinished(() => far.kill())
      return far
    },
  }),
}

/** Reason for the skips elsewhere: the rendezvous is Linux's. */
const isLinux = process.platform === 'linux'

describe.skipIf(!isLinux)('the rendezvous of Linux', () => {
  for (const law of rendezvousLaws)
    it(`${law.id}: ${law.says}`, async ({ skip }) => {
      try {
        await law.run(adapter)
      } catch (error) {
        if (!(error instanceof CannotRun)) throw error
        skip(error.message)
      }
    })

  it.each([
    ['attendance-outlasts-a-stop', 'far() has no stop()'],
    ['attendance-of-strangers', 'the adapter has no stranger()'],
    ['attendance-is-not-spoilt', 'the adapter has no spoil()'],
    ['entries-outlast-a-stop', 'far() has no stop()'],
  ])('%s cannot run if %s', async (id, reason) => {
    const { open, key } = adapter
    const far = async () => {
      const { stop: _stop, ...rest } = await adapter.far()
      return rest
    }
    const law = rendezvousLaws.find((one) => one.id === id)
    const outcome = law?.run({ open, key, far })
    await expect(outcome).rejects.toThrow(reason)
    await expect(outcome).rejects.toBeInstanceOf(CannotRun)
  })

  it('is usable here', async () => {
    expect(await isRendezvousUsable(adapter.open())).toBe(true)
  })

  it('is not usable if a lock does not exclude others, or if an entry is not seen', async () => {
    const rendezvous = adapter.open()
    const bent = (bend: Partial<Rendezvous>): Rendezvous => Object.assign(Object.create(rendezvous), bend)
    const lock = { release() {}, isAwaited: false }
    expect(await isRendezvousUsable(bent({ take: async () => lock }))).toBe(false)
    expect(await isRendezvousUsable(bent({ take: () => Promise.reject(new Error('EACCES')) }))).toBe(false)
    expect(await isRendezvousUsable(bent({ entries: () => null }))).toBe(false)
    expect(await isRendezvousUsable(bent({ entries: () => [] }))).toBe(false)
  })

  it('keeps so many connections in all, however many subscriptions there are, and still gets a lock', async () => {
    // In a clock that stands still, what is kept is kept for ever.
    const rendezvous = linuxRendezvous({ clock: { now: () => 0, after: () => () => undefined } })
    onTestFinished(() => rendezvous[Symbol.asyncDispose]())
    const keys = Array.from({ length: 5 }, () => adapter.key())
    for (const key of keys) await rendezvous.subscribe(key, 'AAAAAAAAAAA', () => undefined)
    let closed = 0
    for (const key of keys)
      for (let count = 0; count < 64; count += 1) {
        const socket = connect({ path: `\0${subscriptionName(key, 'AAAAAAAAAAA')}` })
        onTestFinished(() => void socket.destroy())
        socket.on('error', () => undefined)
        socket.on('close', () => {
          closed += 1
        })
      }
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(4 * 64)
    expect(await rendezvous.take(adapter.key())).not.toBeNull()
  })

  it('sees those who are there among thousands of sockets of strangers', async () => {
    const servers = Array.from({ length: 2000 }, (_, number) =>
      createServer().listen(`\0roamkit stranger ${process.pid} ${number}`.padEnd(100, 'x')),
    )
    onTestFinished(() => {
      for (const server of servers) server.close()
    })
    await Promise.all(servers.map((server) => once(server, 'listening')))
    const [rendezvous, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
    await far.post(key, 'AAAAAAAAAAA', 'here')
    expect(rendezvous.entries(key)?.map(({ text }) => text)).toEqual(['here'])
    await far.kill()
    expect(rendezvous.entries(key)).toEqual([])
  })
})
