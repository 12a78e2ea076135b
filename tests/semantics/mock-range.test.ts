import { allUplinks } from '@roamkit/core'
import { expect, it } from 'vitest'
import { openLab } from './lab.js'

it('R11: a session does not roam to what the mock has put out of range, which is no hidden network (S4)', async () => {
  const { manager, world, clock } = await openLab([
    { id: 'cable', bearer: 'ethernet', link: 'up' },
    { id: 'cafe', bearer: 'wlan' },
  ])
  const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
  await session.open()
  world.setInRange('cafe', false)
  world.carrier('cable', false)
  await clock.advance(60_000)
  expect(session.isOpen).toBe(false)
  expect(world.calls.filter(({ command }) => command === 'activate')).toEqual([])
})
