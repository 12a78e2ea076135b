// docs/recipes/xstate.md
import { expect, it, vi } from 'vitest'
import { createActor } from 'xstate'
import { uploadMachine } from '../src/session-actor.js'
import { sessionObservable } from '../src/session-observable.js'
import { startMachine } from './machine.js'

const HOUR = 3_600_000

async function startUpload(link: 'down' | 'up' | 'out of range' = 'down') {
  const machine = await startMachine()
  if (link === 'up') machine.world.up('desk')
  if (link === 'out of range') machine.world.setInRange('desk', false)
  const signals: AbortSignal[] = []
  let finish = () => {}
  const send = vi.fn((signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<void>((resolve) => {
      finish = resolve
    })
  })
  const actor = createActor(uploadMachine, {
    input: { manager: machine.manager, configuration: 'desk', send },
  })
  actor.start()
  await machine.clock.advance(100)
  return { ...machine, actor, signals, send, finish: () => finish() }
}

it('the machine sends when its session is connected, and aborts and repeats that after a loss', async () => {
  const { actor, clock, signals, finish, isUp, unplug, plugIn } = await startUpload()
  expect(actor.getSnapshot().value).toBe('sending')
  await unplug()
  expect(actor.getSnapshot().value).toBe('offline')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  await plugIn()
  expect(actor.getSnapshot().value).toBe('sending')
  finish()
  await clock.advance(100)
  expect(signals).toHaveLength(2)
  expect(actor.getSnapshot().status).toBe('done')
  expect(isUp()).toBe(false) // the machine is done, so its session has closed
})

it('waits for a link that is not there yet, and survives an outage that ends the session', async () => {
  const { actor, clock, send, world } = await startUpload('out of range')
  await clock.advance(HOUR)
  expect(send).not.toHaveBeenCalled()
  world.setInRange('desk', true)
  await clock.advance(100)
  expect(actor.getSnapshot().value).toBe('sending')
  world.setInRange('desk', false)
  await clock.advance(HOUR)
  expect(actor.getSnapshot().value).toBe('offline')
  world.setInRange('desk', true)
  await clock.advance(100)
  expect(actor.getSnapshot().value).toBe('sending')
  expect(send).toHaveBeenCalledTimes(2)
  actor.stop()
  await clock.advance(100)
})

it('sends on a link that is up already, and leaves it up', async () => {
  const { actor, clock, send, isUp } = await startUpload('up')
  expect(send).toHaveBeenCalledTimes(1)
  actor.stop()
  await clock.advance(100)
  expect(isUp()).toBe(true)
})

it.each([
  ['is connected', 100],
  ['opens', 10],
])('the session closes when the machine stops while it %s', async (_, ms) => {
  const { manager, clock, isUp, world } = await startMachine()
  const send = () => new Promise<void>(() => {})
  const actor = createActor(uploadMachine, { input: { manager, configuration: 'desk', send } })
  actor.start()
  await clock.advance(ms)
  expect(world.snapshot().configurations[0]?.link).not.toBe('down')
  actor.stop()
  await clock.advance(100)
  expect(isUp()).toBe(false)
  expect(clock.pending).toBe(0)
})

it('the machine is offline when the manager is closed', async () => {
  const { actor, manager, clock } = await startUpload()
  const closed = manager.close()
  await clock.advance(1000)
  await closed
  expect(actor.getSnapshot().value).toBe('offline')
  actor.stop()
})

it('an actor of session$ has the snapshot as its context, and closes its session when it stops', async () => {
  const { manager, clock, world, isUp } = await startMachine()
  world.setInRange('desk', false)
  const actor = createActor(sessionObservable, { input: { manager, configuration: 'desk' } })
  actor.start()
  await clock.advance(HOUR)
  expect(actor.getSnapshot().context).toMatchObject({ state: 'notAvailable', isReopening: true })
  world.setInRange('desk', true)
  await clock.advance(100)
  expect(actor.getSnapshot().context).toMatchObject({ state: 'connected', isConnected: true })
  actor.stop()
  await clock.advance(100)
  expect(isUp()).toBe(false)
})
