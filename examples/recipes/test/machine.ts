import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from 'roamkit'
import { expect, onTestFinished } from 'vitest'

/** A machine with one cable, in virtual time. At the end of the test it must be as if nothing had happened. */
export async function startMachine() {
  const clock = new VirtualClock()
  const driver = mock({ configurations: [{ id: 'desk', name: 'Desk', bearer: 'ethernet', device: 'eth0' }] })
  const { world } = driver
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  const listeners = countListeners(manager)
  const session = manager.createSession('desk')
  const isUp = () => world.snapshot().configurations[0]?.link === 'up'
  onTestFinished(async () => {
    expect(listeners()).toBe(0)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(clock.pending).toBe(0)
    expect(world.open).toBe(0)
  })
  return {
    clock,
    world,
    manager,
    session,
    listeners,
    isUp,
    /** Opens the session, and keeps it open. */
    async open() {
      const opened = session.open({ keepOpen: true })
      await clock.advance(100)
      await opened
    },
    async unplug() {
      world.carrier('desk', false)
      await clock.flush()
    },
    async plugIn() {
      world.carrier('desk', true)
      await clock.flush()
    },
  }
}

/** How many listeners the manager and its sessions have by `subscribe` at the moment. */
function countListeners(manager: NetworkConfigurationManager): () => number {
  const listeners = new Set<object>()
  const count = (source: { subscribe(listener: () => void): () => void }) => {
    const subscribe = source.subscribe.bind(source)
    source.subscribe = (listener) => {
      const undo = subscribe(listener)
      listeners.add(undo)
      return () => {
        listeners.delete(undo)
        undo()
      }
    }
  }
  count(manager)
  const createSession = manager.createSession.bind(manager)
  manager.createSession = (...given) => {
    const session = createSession(...given)
    count(session)
    return session
  }
  return () => listeners.size
}
