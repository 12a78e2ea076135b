import { systemClock } from '@roamkit/core'
import { linuxRendezvous } from '@roamkit/holders'
import { expect, it } from 'vitest'
import { RandomNumbers } from '../linux/storm-random.js'
import { FamilyMember } from './holders-family.js'
import { LINKS, SharedMockWorld } from './holders-mock-world.js'
import { HolderStorm } from './holders-storm.js'

const SEED = Number(process.env.ROAMKIT_SEED ?? Date.now() % 1e6)
const ROUNDS = Number(process.env.ROAMKIT_ROUNDS ?? 3000)

/** Reason for the skip elsewhere: the system holders of other platforms have tests of their own. */
it.skipIf(process.platform !== 'linux')(
  `8 processes open, close, stop and are killed at random on one world (ROAMKIT_SEED=${SEED}): H2, H3`,
  async () => {
    const world = new SharedMockWorld()
    const storm = new HolderStorm(
      {
        links: LINKS,
        link: (id) => world.link(id),
        down: (id) => world.down(id),
        start: (name) => FamilyMember.start(name, world),
      },
      new RandomNumbers(SEED),
    )
    world.deactivating = (id) => {
      const holders = storm.holdersOf(id)
      if (holders.length > 0) storm.violate(`${id} is taken down, and held by ${holders}`, id)
    }
    const report = await storm.run({ rounds: ROUNDS, members: 8, kills: 30 })
    expect(storm.violations).toEqual([])
    console.log(`seed ${SEED}:`, JSON.stringify(report))
    expect(report.opened).toBeGreaterThan(ROUNDS / 10)

    const rendezvous = linuxRendezvous({ clock: systemClock })
    for (const id of LINKS) {
      const key = JSON.stringify([world.scope, id])
      expect([rendezvous.entries(key), rendezvous.holder(key)]).toEqual([[], null])
    }
  },
  240_000,
)
