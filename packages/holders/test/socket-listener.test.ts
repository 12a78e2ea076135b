import { once } from 'node:events'
import { connect } from 'node:net'
import { systemClock } from '@roamkit/core'
import type { Clock } from '@roamkit/core/contract'
import { expect, it, onTestFinished } from 'vitest'
import { SocketListener } from '../src/linux/socket-listener.js'

const isLinux = process.platform === 'linux'
let names = 0

/** The system's clock, whose time stands still until the test runs the timers. */
function heldTimers() {
  const waits: number[] = []
  let time = 0
  let due: (() => void)[] = []
  const clock: Clock = {
    ...systemClock,
    now: () => time,
    after(delay, run) {
      waits.push(delay)
      due.push(run)
      return () => {
        due = due.filter((one) => one !== run)
      }
    },
  }
  const run = () => {
    time += waits.at(-1) ?? 0
    for (const one of due.splice(0)) one()
  }
  return { clock, waits, run, pending: () => due.length }
}

async function isListening(name: string): Promise<boolean> {
  const socket = connect({ path: `\0${name}` })
  const told = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch(() => [new Error()])
  socket.destroy()
  return !(told[0] instanceof Error)
}

/** Connects until nobody listens any more, or as often as said. */
async function flood(name: string, times: number): Promise<void> {
  for (let count = 0; count < times && (await isListening(name)); count += 1);
}

async function open(kind: 'lock' | 'subscription' | 'name') {
  names += 1
  const name = `roamkit-test-listener ${process.pid} ${names}`
  const timers = heldTimers()
  const listener = await SocketListener.open(name, timers.clock, {
    kind,
    connected: (socket) => socket.destroy(),
  })
  onTestFinished(() => listener.close())
  return { name, listener, ...timers }
}

for (const kind of ['subscription', 'name'] as const) {
  it.skipIf(!isLinux)(`a ${kind} that is flooded rests, twice as long each time`, async () => {
    const { name, waits, run } = await open(kind)
    await flood(name, 2000)
    expect([await isListening(name), waits]).toEqual([false, [1000]])
    run()
    await expect.poll(() => isListening(name)).toBe(true)
    await flood(name, 2000)
    expect([await isListening(name), waits]).toEqual([false, [1000, 2000]])
  })
}

it.skipIf(!isLinux)('a lock does not rest, however many connect', async () => {
  const { name, waits } = await open('lock')
  await flood(name, 2000)
  expect([await isListening(name), waits]).toEqual([true, []])
})

it.skipIf(!isLinux)('a name that another program takes meanwhile is taken back when it is free', async () => {
  const { name, run, pending } = await open('name')
  await flood(name, 2000)
  const other = await SocketListener.open(name, systemClock)
  run()
  await expect.poll(pending).toBe(1)
  other.close()
  run()
  await expect.poll(() => isListening(name)).toBe(true)
})

it.skipIf(!isLinux)('a listener that is closed while it rests stays closed', async () => {
  const { name, listener, run, pending } = await open('name')
  await flood(name, 2000)
  listener.close()
  expect(pending()).toBe(0)
  run()
  expect(await isListening(name)).toBe(false)
})
