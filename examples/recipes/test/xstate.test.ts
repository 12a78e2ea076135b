// docs/recipes/xstate.md
import { expect, it, vi } from 'vitest'
import { createActor } from 'xstate'
import { sessionObservable } from '../src/session-observable.js'
import { uploadMachine } from '../src/upload-machine.js'
import { startMachine } from './machine.js'

const HOUR = 3_600_000

async function startUpload(link: 'down' | 'up' | 'out of range' = 'down') {
  const machine = await startMachine()
  const { manager, world, clock } = machine
  if (link === 'up') world.up('desk')
  if (link === 'out of range') world.setInRange('desk', false)
  const send = vi.fn<(signal: AbortSignal) => Promise<void>>(() => new Promise(() => {}))
  const actor = createActor(uploadMachine, {
    input: { manager, configuration: 'desk', send },
    clock: { setTimeout: (run, ms) => clock.after(ms, run), clearTimeout: (cancel) => cancel() },
  })
  actor.start()
  await clock.advance(10)
  return { ...machine, actor, send, state: () => actor.getSnapshot().value }
}

it('the machine sends when its session is connected, and aborts and repeats that after a loss', async () => {
  const { actor, clock, send, state, isUp, unplug, plugIn } = await startUpload()
  expect(state()).toBe('offline')
  await clock.advance(100)
  expect(state()).toBe('sending')
  await unplug()
  expect(state()).toBe('offline')
  expect(send.mock.calls.map(([signal]) => signal.aborted)).toEqual([true])
  send.mockResolvedValueOnce()
  await plugIn()
  expect(send).toHaveBeenCalledTimes(2)
  await clock.advance(100)
  expect(actor.getSnapshot().status).toBe('done')
  expect(isUp()).toBe(false) // the machine is done, so its session has closed
})

it('repeats a failure after a pause, and at once if the link was lost in the pause', async () => {
  const { actor, clock, send, state, unplug, plugIn } = await startUpload()
  send.mockRejectedValue(new Error('out of order'))
  await clock.advance(100)
  expect([state(), send.mock.calls.length]).toEqual(['pausing', 1])
  await clock.advance(5000)
  expect([state(), send.mock.calls.length]).toEqual(['pausing', 2])
  await unplug()
  expect(state()).toBe('offline')
  await plugIn()
  expect([state(), send.mock.calls.length]).toEqual(['pausing', 3])
  actor.stop()
  await clock.advance(100)
})

it('waits for a link that is not there yet, and survives an outage that ends the session', async () => {
  const { actor, clock, send, state, world } = await startUpload('out of range')
  await clock.advance(HOUR)
  expect(send).not.toHaveBeenCalled()
  world.setInRange('desk', true)
  await clock.advance(100)
  expect(state()).toBe('sending')
  world.setInRange('desk', false)
  await clock.advance(HOUR)
  expect(state()).toBe('offline')
  world.setInRange('desk', true)
  await clock.advance(100)
  expect(state()).toBe('sending')
  actor.stop()
  await clock.advance(100)
})

it('sends on a link that is up already, and leaves it up', async () => {
  const { actor, clock, state, isUp } = await startUpload('up')
  expect(state()).toBe('sending')
  actor.stop()
  await clock.advance(100)
  expect(isUp()).toBe(true)
})

it.each([
  ['opens', 0, 'offline'],
  ['is connected', 100, 'sending'],
])('the session closes when the machine stops while it %s', async (_, ms, state) => {
  const { actor, clock, isUp, ...upload } = await startUpload()
  await clock.advance(ms)
  expect(upload.state()).toBe(state)
  actor.stop()
  await clock.advance(100)
  expect(isUp()).toBe(false)
  expect(clock.pending).toBe(0)
})

it('the machine is offline when the manager is closed', async () => {
  const { actor, manager, clock, state } = await startUpload('up')
  await Promise.all([manager.close(), clock.advance(1000)])
  expect(state()).toBe('offline')
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
