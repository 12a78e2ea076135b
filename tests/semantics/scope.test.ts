import { expect, it } from 'vitest'
import { openLab } from './lab.js'

it.each([
  ['of one scope share their links: the first to close leaves them to the other', 'one machine', 'up'],
  ['without a scope share nothing, not even in one process on one driver', null, 'down'],
] as const)('H2: managers on a mock %s', async (_, scope, left) => {
  const { manager, another, world, clock } = await openLab([{ id: 'a' }], { mock: { scope } })
  const session = manager.createSession('a')
  const opened = session.open()
  await clock.advance(100)
  await opened
  const other = (await another()).createSession('a')
  await other.open()
  const closed = session.close()
  await clock.advance(100)
  await closed
  expect(world.snapshot().configurations[0]?.link).toBe(left)
})
