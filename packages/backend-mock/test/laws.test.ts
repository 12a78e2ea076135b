import type { LinkConfiguration, World } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import { type MockWorld, mock } from '../src/index.js'
import { openBackend } from './open-backend.js'

/** A random number generator with a seed (mulberry32). */
function randomness(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Random controls. Some throw because they do not apply in the current state, which is fine here. */
const controls: ((world: MockWorld, id: string) => void)[] = [
  (world, id) => world.add({ id, device: 'wlan0' }),
  (world, id) => world.add({ id, link: 'up' }),
  (world, id) => world.remove(id),
  (world, id) => world.up(id),
  (world, id) => world.down(id),
  (world, id) => world.activating(id),
  (world, id) => world.deactivating(id),
  (world, id) => world.fail(id, 'addressFailed'),
  (world, id) => world.flap(id),
  (world, id) => world.carrier(id, false),
  (world, id) => world.setInRange(id, false),
  (world, id) => world.setInRange(id, true),
  (world, id) => world.failNext(id, 'denied'),
  (world, id) => world.stall(id),
  (world, id) => world.stallAccept(id),
  (world, id) => world.release(id),
  (world, id) => world.stallDeactivate(id),
  (world, id) => world.set(id, { signal: 50, connectivity: 'limited' }),
  (world, id) => world.setDefault(id),
  (world) => world.setPower('asleep'),
  (world) => world.setPower('awake'),
  (world) => world.loseService(),
  (world) => world.restoreService(),
  (world) => world.restoreService(),
]

function checkConfiguration(configuration: LinkConfiguration): void {
  const { link, activation, ended, carrier } = configuration
  expect(Object.isFrozen(configuration)).toBe(true)
  expect(activation === null).toBe(link === 'down')
  if (link !== 'deactivating') expect(carrier !== null).toBe(link === 'up')
  if (activation !== null) expect(ended?.activation).not.toBe(activation)
}

function checkWorld({ configurations, defaultId }: World): void {
  const ids = configurations.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort())
  if (defaultId !== null) expect(ids).toContain(defaultId)
  const busy = configurations.filter(({ link }) => link !== 'down').map(({ device }) => device)
  expect(busy).toEqual([...new Set(busy)])
  for (const configuration of configurations) checkConfiguration(configuration)
}

test.each(Array.from({ length: 100 }, (_, seed) => seed))(
  'the laws hold through random script %d',
  async (seed) => {
    const random = randomness(seed)
    const driver = mock()
    const { backend, clock, pokes } = await openBackend(driver)
    let before = backend.snapshot()
    let notified = 0
    for (let step = 0; step < 60; step++) {
      const id = ['a', 'b', 'c'][random(3)] as string
      const call = { signal: new AbortController().signal, secret: null }
      const choice = random(controls.length + 6)
      let atMost = 1
      if (choice < controls.length) {
        try {
          controls[choice]?.(driver.world, id)
        } catch (error) {
          expect((error as Error).message).toMatch(/^mock: /)
          atMost = 0
        }
      } else if (choice < controls.length + 2) {
        void backend.activate(id, call).catch((error) => expect(error.name).toBe('BackendError'))
      } else if (choice < controls.length + 4) {
        const { activation } = before.configurations.find((other) => other.id === id) ?? {}
        void backend
          .deactivate(id, activation ?? 'x#1', call)
          .catch((error) => expect(error.name).toBe('BackendError'))
      } else {
        await clock.advance(random(25))
        atMost = Number.POSITIVE_INFINITY
      }
      const after = backend.snapshot()
      expect(pokes.length > notified).toBe(after !== before)
      expect(pokes.length - notified).toBeLessThanOrEqual(atMost)
      checkWorld(after)
      before = after
      notified = pokes.length
    }
    await backend[Symbol.asyncDispose]()
    await clock.advance(1000)
    expect([driver.world.open, clock.pending]).toEqual([0, 0])
  },
)
