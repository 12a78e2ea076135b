import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { connect } from '../src/index.js'
import { endOf, type Lab, openLab, startServer } from './lab.js'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const PER_ROAM = 100
const WARM_UP = 40

/** Opens connections and loses some of them by a roam, the others by closing them. */
async function roam(lab: Lab, port: number, sockets: readonly { destroy(): void }[], to: 'a' | 'b') {
  const made = await Promise.all(
    Array.from({ length: PER_ROAM }, async () => {
      const socket = connect(lab.session, { port, host: '127.0.0.1' })
      await once(socket, 'connect')
      return socket
    }),
  )
  const ends = made.map(endOf)
  for (const socket of made.slice(0, PER_ROAM / 2)) socket.destroy()
  lab.world.setInRange('b', to === 'b')
  await lab.clock.advance(1000)
  expect(lab.session.activeConfiguration).toBe(to)
  for (const [index, end] of (await Promise.all(ends)).entries())
    expect(end).toBe(index < PER_ROAM / 2 ? null : `ERR_LINK_LOST/${to === 'b' ? 'roamed' : 'down'}`)
  for (const socket of sockets) socket.destroy()
}

it('10 000 connections over 100 roams leave no descriptor, no listener and no memory behind', {
  timeout: 120_000,
}, async () => {
  const lab = await openLab()
  const { port, sockets, from } = await startServer()
  const round = async (index: number) => {
    await roam(lab, port, sockets.splice(0), index % 2 === 0 ? 'b' : 'a')
    from.length = 0
  }
  // Until what is kept once is there.
  for (let index = 0; index < WARM_UP; index += 1) await round(index)
  const measure = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    return { heap: process.memoryUsage().heapUsed, descriptors: readdirSync('/proc/self/fd').length }
  }
  const before = await measure()
  for (let index = 0; index < 100; index += 1) await round(index)
  await expect.poll(async () => (await measure()).descriptors).toBeLessThanOrEqual(before.descriptors)
  const after = await measure()
  // A hundred bytes of each would be more.
  expect(after.heap - before.heap).toBeLessThan(900_000)
  expect(lab.clock.pending).toBe(0)
})
