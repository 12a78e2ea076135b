import assert from 'node:assert/strict'
import { type LinkConfiguration, type World, worldFaults } from '@roamkit/core/contract'
import { dataFaults } from '../test-bed/data-faults.js'
import { exerciseAll, exercisedControls } from '../test-bed/exercise-all.js'
import type { Live } from '../test-bed/live.js'
import type { TestBed } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'
import { CannotRun } from './law-facts.js'

/** Properties of every snapshot. */
export const snapshotLaws: readonly Law[] = [
  law({
    id: 'snapshot-identity',
    says: 'the snapshot is the same object as long as nothing has changed (C2)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      const first = live.backend.snapshot()
      assert.equal(live.backend.snapshot() === first, true, 'two snapshots of one turn differ')
      await testBed.settle()
      // A real machine may change by itself and report it: wait until it has been quiet for once.
      for (let round = 0; round < 10; round += 1) {
        const { pokes } = live.host
        const before = live.backend.snapshot()
        await testBed.settle()
        const same = live.backend.snapshot() === before
        if (live.host.pokes === pokes)
          return assert.equal(same, true, 'the snapshot is another object, but host.changed() was not called')
      }
      testBed.cannotRun('the world never stops changing')
    },
  }),
  law({
    id: 'snapshot-sharing',
    says: 'adding or removing a configuration in front of others leaves each of them the same object (C2)',
    needs: ['add', 'remove'],
    async run(testBed) {
      const live = await testBed.open()
      const added = await addInFront(testBed, live)
      await testBed.settle()
      assertAllShared(live.worlds)
      await testBed.controls.remove(added)
      await testBed.waitUntil(`${JSON.stringify(added)} is removed`, () => live.find(added) === undefined)
      await testBed.settle()
      assertAllShared(live.worlds)
    },
  }),
  law({
    id: 'snapshot-reuse',
    says: 'an unchanged configuration is the same object in the next snapshot (C2)',
    needs: [],
    uses: exercisedControls,
    async run(testBed) {
      const live = await testBed.open()
      await exerciseAll(testBed, live)
      await testBed.settle()
      assertAllShared(live.worlds)
    },
  }),
  law({
    id: 'absence-is-not-removal',
    says: 'a saved configuration stays in the snapshot, even when its link is down or out of range, until the system deletes it (S13, S14)',
    needs: [],
    uses: exercisedControls,
    async run(testBed) {
      const live = await testBed.open()
      let saved = listSaved(live.world())
      const look = () => {
        for (const world of live.worlds.splice(0)) assertListed(saved, world)
      }
      await exerciseAll(testBed, live, (after) => {
        if (after === 'remove') live.worlds.splice(0)
        else look()
        saved = listSaved(live.world())
      })
      await testBed.settle()
      live.world()
      look()
    },
  }),
  law({
    id: 'up-has-address',
    says: 'a link is up only once it has an address beyond link-local (S3)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.settle()
      const shown = live.worlds.flatMap((world) => world.configurations.filter((one) => one.id === id))
      const up = shown.filter(({ link }) => link === 'up')
      if (up.every(({ interface: facts }) => facts === null))
        testBed.cannotRun('the backend does not report the interface of a link that is up')
      const [first] = up
      assert.ok(
        first?.interface?.addresses.some(reachesOthers),
        `${JSON.stringify(id)} came up with the addresses ${JSON.stringify(first?.interface?.addresses ?? null)}` +
          `; later it had ${JSON.stringify(up.at(-1)?.interface?.addresses ?? null)}`,
      )
    },
  }),
  everywhere({
    id: 'snapshot-frozen',
    says: 'a snapshot is plain JSON data and deeply frozen',
    faults: (world) => dataFaults(world, 'the snapshot'),
  }),
  everywhere({
    id: 'snapshot-domains',
    says: 'a snapshot has every member that the contract names, with the type and range that it specifies',
    faults: worldFaults,
  }),
  everywhere({
    id: 'snapshot-sorted',
    says: 'configurations are sorted by id in the order of UTF-16 code units, without duplicates',
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
        : [`defaultId is ${JSON.stringify(defaultId)}, which is not in the snapshot`],
  }),
  everywhere({
    id: 'activation-while-not-down',
    says: 'activation is null if and only if the link is down',
    isAbout: some(({ link }) => link !== 'down'),
    without: 'every link was down throughout',
    faults: eachConfiguration(({ link, activation }) =>
      (activation === null) === (link === 'down')
        ? null
        : `is ${link}, and its activation is ${JSON.stringify(activation)}`,
    ),
  }),
  everywhere({
    id: 'carrier-while-not-down',
    says: 'carrier is null when the link is down',
    isAbout: some(({ link }) => link === 'down'),
    without: 'no link was ever down',
    faults: eachConfiguration(({ link, carrier }) =>
      link === 'down' && carrier !== null ? `is down, and its carrier is ${carrier}` : null,
    ),
  }),
  everywhere({
    id: 'ended-is-over',
    says: 'ended names an activation that is over, never the current one',
    isAbout: some(({ ended }) => ended !== null),
    without: 'no activation ever ended',
    faults: eachConfiguration(({ activation, ended }) =>
      ended !== null && ended.activation === activation
        ? `shows ${JSON.stringify(activation)} as current, but ended names it`
        : null,
    ),
  }),
  everywhere({
    id: 'device-exclusive',
    says: 'at most one of the links on a device is up (H5)',
    isAbout: some(({ link, device }) => link === 'up' && device !== null),
    without: 'no link was ever up on a device',
    faults: ({ configurations }) => {
      const up = configurations.filter(({ link, device, over }) => link === 'up' && device !== null && !over)
      return up
        .filter(({ device }, index) => up.findIndex((other) => other.device === device) !== index)
        .map(({ id, device }) => `${JSON.stringify(id)} is up on ${device}, and so is another one`)
    },
  }),
]

/** A law about every snapshot that a backend shows while all changes are exercised. */
function everywhere(draft: Everywhere): Law {
  const { faults, isAbout = ({ configurations }) => configurations.length > 0, without, ...rest } = draft
  return law({
    ...rest,
    needs: [],
    uses: exercisedControls,
    touches: 'nothing',
    async run(testBed: TestBed) {
      let isEvident = false
      const look = (worlds: readonly World[]) => {
        isEvident ||= worlds.some(isAbout)
        const found = worlds.flatMap(faults)
        assert.ok(found.length === 0, found.slice(0, 3).join('; '))
      }
      const live = await testBed.open()
      live.world()
      look(live.worlds)
      if (testBed.touch === 'links')
        await exerciseIfPossible(testBed, live, () => look(live.worlds.splice(0)))
      look(live.worlds)
      if (!isEvident) testBed.cannotRun(without ?? 'there is no configuration')
    },
  })
}

interface Everywhere extends Pick<Law, 'id' | 'says'> {
  faults(world: World): string[]
  /**
   * Whether a snapshot contains what the law is about. If none does, the law cannot run.
   * @defaultValue whether the snapshot has a configuration
   */
  isAbout?(world: World): boolean
  /** The reason to give if no snapshot does. */
  readonly without?: string
}

/** Exercises all changes. If the adapter can change nothing, leaves the backend as it is. */
async function exerciseIfPossible(testBed: TestBed, live: Live, look: () => void): Promise<void> {
  try {
    await exerciseAll(testBed, live, look)
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error
  }
}

/** Adds configurations until one sorts before another; resolves to its id. */
async function addInFront(testBed: TestBed<'add'>, live: Live): Promise<string> {
  const known = live.world().configurations.map(({ id }) => id)
  for (let round = 0; round < 5; round += 1) {
    const id = await testBed.controls.add()
    await testBed.waitUntil(`${JSON.stringify(id)} is added`, () => live.find(id) !== undefined)
    if (known.some((other) => id < other)) return id
  }
  return testBed.cannotRun('every added configuration came last, so no other one moved')
}

function listSaved({ configurations }: World): readonly string[] {
  return configurations.filter(({ saved }) => saved).map(({ id }) => id)
}

function assertListed(ids: readonly string[], { configurations }: World): void {
  const missing = ids.find((id) => !configurations.some((one) => one.id === id))
  const what = `${JSON.stringify(missing)} is no longer in the snapshot, although the system has not deleted it`
  assert.equal(
    missing,
    undefined,
    `${what}: a link that has ended is down, and one that is out of range has inRange false`,
  )
}

/** Not fe80::/10: it reaches no further than the cable, and exists before anything has answered. */
function reachesOthers(address: string): boolean {
  return !/^fe[89ab][0-9a-f]:/i.test(address)
}

function some(is: (configuration: LinkConfiguration) => boolean) {
  return ({ configurations }: World): boolean => configurations.some(is)
}

function eachConfiguration(fault: (configuration: LinkConfiguration) => string | null) {
  return ({ configurations }: World): string[] =>
    configurations.flatMap((configuration) => {
      const found = fault(configuration)
      return found === null ? [] : [`${JSON.stringify(configuration.id)} ${found}`]
    })
}

function assertAllShared(worlds: readonly World[]): void {
  for (const [index, world] of worlds.entries()) {
    const before = worlds[index - 1]
    if (before) assertShared(before, world)
  }
}

function assertShared(before: World, after: World): void {
  const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right)
  assert.ok(!same(before, after), 'two successive snapshots are equal, but not the same object')
  const known = new Map(before.configurations.map((configuration) => [configuration.id, configuration]))
  for (const configuration of after.configurations) {
    const old = known.get(configuration.id)
    if (old === undefined || old === configuration) continue
    const place = JSON.stringify(configuration.id)
    assert.ok(
      !same(old, configuration),
      `${place} did not change, but is another object in the next snapshot`,
    )
  }
}
