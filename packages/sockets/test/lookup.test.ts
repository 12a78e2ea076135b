import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { lookup } from '../src/index.js'
import { openLab, startServer } from './lab.js'

type Lookup = (host: string, ...more: readonly unknown[]) => void

it.each([
  [[], '127.0.0.1', 4],
  [[4], '127.0.0.1', 4],
  [[6], '::1', 6],
  [[{}], '127.0.0.1', 4],
  [[{ family: 'IPv6' }], '::1', 6],
  [[null], '127.0.0.1', 4],
])('lookup() takes %j before the callback, as dns.lookup() does', async (options, address, family) => {
  const { session } = await openLab()
  const found = await new Promise((resolve) => {
    ;(lookup(session) as Lookup)('app.localhost', ...options, (...values: readonly unknown[]) =>
      resolve(values),
    )
  })
  expect(found).toEqual([null, address, family])
})

it('what its callback throws is an uncaught exception, and not a rejection of a promise', async () => {
  const { session } = await openLab()
  const origins: string[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const thrown = new Promise<void>((resolve) =>
    process.on('uncaughtException', (_error, origin) => {
      origins.push(origin)
      resolve()
    }),
  )
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
  ;(lookup(session) as Lookup)('localhost', {}, () => {
    throw new Error('in the callback')
  })
  await thrown
  expect(origins).toEqual(['uncaughtException'])
})

it('net takes it', async () => {
  const { session } = await openLab()
  const { port } = await startServer()
  const socket = connectPlain({ host: 'app.localhost', port, family: 4, lookup: lookup(session) })
  await once(socket, 'connect')
  socket.destroy()
})
