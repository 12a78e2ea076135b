import type { NetworkConfigurationManager } from '@roamkit/core'
import { expect, it } from 'vitest'
import { RandomNumbers } from '../linux/storm-random.js'
import { type Lab, openLab } from './lab.js'

const IDS = ['a', 'b', 'c', 'd', 'e', 'f']
const BEARERS = ['ethernet', 'wlan', 'lte'] as const

/** One thing that happens to a world. */
function change({ world }: Lab, random: RandomNumbers): void {
  const id = random.pick(IDS)
  const facts = world.snapshot().configurations.find((one) => one.id === id)
  if (facts === undefined)
    return world.add({ id, bearer: random.pick(BEARERS), link: random.pick(['up', 'down']) })
  switch (random.integer(5)) {
    case 0:
      return world.remove(id)
    case 1:
      return facts.link === 'up' ? world.carrier(id, facts.carrier === false) : world.up(id)
    case 2:
      return world.set(id, { connectivity: random.pick(['full', 'limited', 'none']) })
    case 3:
      return world.setDefault(random.pick([id, null]))
    default:
      return world.set(id, { uplink: random.integer(3) > 0 })
  }
}

/** What can be asked of a manager about the machine, and about a service network. */
function told(manager: NetworkConfigurationManager, network: string) {
  const { isOnline, reachability, isMetered, transportMedium } = manager
  const { state, children } = manager.configurationFromIdentifier(network)
  const usual = manager.defaultConfiguration()
  return {
    machine: { isOnline, reachability, isMetered, transportMedium },
    usual: usual.type === 'serviceNetwork' ? 'serviceNetwork' : usual.identifier,
    network: { state, children: children.map(({ identifier }) => identifier) },
  }
}

it('what a manager has followed is what another one finds that comes later (M1, M2, M5)', async () => {
  const random = new RandomNumbers(5)
  // Without a grace, which only a manager that saw the carrier before can grant.
  const lab = await openLab([{ id: 'a' }, { id: 'b', bearer: 'wlan', link: 'up' }], { carrierGrace: 0 })
  const members = ({ isUplink }: { isUplink: boolean }) => isUplink
  lab.manager.defineServiceNetwork({ identifier: 'net', members })
  for (let step = 0; step < 400; step += 1) {
    change(lab, random)
    await lab.clock.advance(100)
    const later = await lab.another()
    later.defineServiceNetwork({ identifier: 'net', members })
    expect(told(lab.manager, 'net')).toEqual(told(later, 'net'))
    await later.close()
  }
})

it('asks of an access point whether it is a member only when that one changes (M5)', async () => {
  const lab = await openLab()
  const asked: string[] = []
  lab.manager.defineServiceNetwork({
    identifier: 'net',
    members: ({ identifier }) => asked.push(identifier) > 0,
  })
  expect(asked).toEqual(['a', 'b', 'c'])
  lab.world.set('a', { connectivity: 'limited' })
  await lab.clock.advance(100)
  expect(asked).toEqual(['a', 'b', 'c', 'a'])
})
