import assert from 'node:assert/strict'
import { type LinkConfiguration, type World, worldFaults } from '@roamkit/core/contract'
import type { Bench } from '../bench.js'
import { dataFaults } from '../data-faults.js'
import { type Law, law } from '../law.js'
import { tour } from '../tour.js'

/** What every snapshot is like. */
export const snapshotLaws: readonly Law[] = [
  law({
    id: 'snapshot-identity',
    says: 'the snapshot is the same object while nothing changed (C2)',
    needs: [],
    touches: 'nothing',
    async run(bench) {
      const live = await bench.open()
      const first = live.backend.snapshot()
      assert.equal(live.backend.snapshot() === first, true, 'two snapshots of one turn differ')
      await bench.quiet()
      const { pokes } = live.host
      const before = live.backend.snapshot()
      await bench.quiet()
      // A real machine may change by itself, and then says so.
      if (live.host.pokes === pokes)
        assert.equal(live.backend.snapshot() === before, true, 'the snapshot is another object, unpoked')
    },
  }),
  law({
    id: 'snapshot-sharing',
    says: 'what did not change is the same object in the next world, down to each configuration (C2)',
    needs: [],
    async run(bench) {
      const live = await bench.open()
      await tour(bench, live)
      await bench.quiet()
      for (const [index, world] of live.worlds.entries()) {
        const before = live.worlds[index - 1]
        if (before) assertShared(before, world)
      }
    },
  }),
  everywhere({
    id: 'snapshot-frozen',
    says: 'a snapshot is plain data, JSON and frozen all the way down',
    faults: (world) => dataFaults(world, 'the world'),
  }),
  everywhere({
    id: 'snapshot-domains',
    says: 'every member of a snapshot is there, and of the type and the range that the contract says',
    faults: worldFaults,
  }),
  everywhere({
    id: 'snapshot-sorted',
    says: 'configurations are sorted by id, in the order of UTF-16 code units, each id once',
    faults: ({ configurations }) =>
      configurations
        .map(({ id }, index) => [configurations[index - 1]?.id, id] as const)
        .filter(([before, id]) => before !== undefined && !(before < id))
        .map(([before, id]) => `${JSON.stringify(before)} comes before ${JSON.stringify(id)}`),
  }),
  everywhere({
    id: 'default-listed',
    says: 'defaultId is the id of one of the configurations, or null (M2)',
    faults: ({ configurations, defaultId }) =>
      defaultId === null || configurations.some(({ id }) => id === defaultId)
        ? []
        : [`defaultId is ${JSON.stringify(defaultId)}, which is not listed`],
  }),
  everywhere({
    id: 'activation-while-not-down',
    says: 'activation is null while the link is down, and only then',
    faults: eachConfiguration(({ link, activation }) =>
      (activation === null) === (link === 'down')
        ? null
        : `is ${link}, and its activation is ${JSON.stringify(activation)}`,
    ),
  }),
  everywhere({
    id: 'carrier-while-not-down',
    says: 'carrier is null while the link is down',
    faults: eachConfiguration(({ link, carrier }) =>
      link === 'down' && carrier !== null ? `is down, and its carrier is ${carrier}` : null,
    ),
  }),
  everywhere({
    id: 'ended-is-over',
    says: 'ended is about an activation that is over, never about the present one',
    faults: eachConfiguration(({ activation, ended }) =>
      ended !== null && ended.activation === activation
        ? `says that ${JSON.stringify(activation)} has ended, which it shows as present`
        : null,
    ),
  }),
  everywhere({
    id: 'device-exclusive',
    says: 'of the links on one device at most one is up (H5)',
    faults: ({ configurations }) => {
      const up = configurations.filter(({ link, device, over }) => link === 'up' && device !== null && !over)
      return up
        .filter(({ device }, index) => up.findIndex((other) => other.device === device) !== index)
        .map(({ id, device }) => `${JSON.stringify(id)} is up on ${device}, and so is another one`)
    },
  }),
]

/** A law about every single world that a backend shows on a tour through all changes. */
function everywhere(draft: Pick<Law, 'id' | 'says'> & { faults(world: World): string[] }): Law {
  const { faults, ...rest } = draft
  const look = (worlds: readonly World[]) => {
    const found = worlds.flatMap(faults)
    assert.ok(found.length === 0, found.slice(0, 3).join('; '))
  }
  return law({
    ...rest,
    needs: [],
    touches: 'nothing',
    async run(bench: Bench) {
      const live = await bench.open()
      live.world()
      look(live.worlds)
      if (bench.touch === 'links') await tour(bench, live, () => look(live.worlds.splice(0)))
    },
  })
}

function eachConfiguration(fault: (configuration: LinkConfiguration) => string | null) {
  return ({ configurations }: World): string[] =>
    configurations.flatMap((configuration) => {
      const found = fault(configuration)
      return found === null ? [] : [`${JSON.stringify(configuration.id)} ${found}`]
    })
}

function assertShared(before: World, after: World): void {
  const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right)
  assert.ok(!same(before, after), 'two worlds that follow each other are equal, and not the same object')
  const known = new Map(before.configurations.map((configuration) => [configuration.id, configuration]))
  for (const configuration of after.configurations) {
    const old = known.get(configuration.id)
    if (old === undefined || old === configuration) continue
    const place = JSON.stringify(configuration.id)
    assert.ok(!same(old, configuration), `${place} did not change, and is another object in the next world`)
  }
}
