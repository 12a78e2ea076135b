import assert from 'node:assert/strict'
import { carriesAgain, exerciseAll, exercisedControls } from '../test-bed/exercise-all.js'
import { type Law, law } from './law.js'

/** How a backend tells of changes. */
export const changeLaws: readonly Law[] = [
  law({
    id: 'poke-on-change',
    says: 'the host is poked after every change: who reads the snapshot after each poke has missed nothing',
    needs: [],
    uses: exercisedControls,
    async run(testBed) {
      const live = await testBed.open()
      await exerciseAll(testBed, live, async (after) => {
        await testBed.settle()
        assert.equal(
          live.known === live.backend.snapshot(),
          true,
          `after ${after} the snapshot is another one than at the last poke`,
        )
      })
    },
  }),
  law({
    id: 'poke-early',
    says: 'a host may read the snapshot inside changed()',
    needs: [],
    uses: exercisedControls,
    async run(testBed) {
      const live = await testBed.open()
      const thrown: unknown[] = []
      const { changed } = live.host
      live.host.changed = () => {
        try {
          live.backend.snapshot()
        } catch (error) {
          thrown.push(error)
        }
        changed.call(live.host)
      }
      await exerciseAll(testBed, live)
      await testBed.settle()
      assert.deepEqual(thrown, [], 'the snapshot throws inside changed()')
      assert.equal(live.known === live.backend.snapshot(), true, 'reading inside changed() loses a change')
    },
  }),
  law({
    id: 'events-without-timers',
    says: 'updates "events" is the truth: no timer waits while nothing happens, and a change is told all the same',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      if (live.world().updates !== 'events')
        testBed.cannotRun('updates says polling, as an honest backend does')
      await testBed.settle()
      const { waiting } = live.host.clock
      assert.equal(waiting, 0, `${waiting} timers wait while nothing happens, and updates says events`)
      const { pokes } = live.host
      await testBed.ensureUpLink(live)
      assert.ok(live.host.pokes > pokes, 'a link came up, and nobody was poked')
    },
  }),
  law({
    id: 'configuration-added',
    says: 'a configuration that appears is in the snapshot, with the link down and no past',
    needs: ['add'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.add()
      await testBed.waitUntil('the snapshot shows the new configuration', () => live.find(id) !== undefined)
      const { link, ended } = live.shown(id)
      assert.equal(link, 'down', `a new configuration starts ${link}`)
      assert.equal(ended, null, 'a new configuration has an ended activation')
    },
  }),
  law({
    id: 'configuration-removed',
    says: 'a configuration that is removed is not in the snapshot any more (C8)',
    needs: ['add', 'remove'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.add()
      await testBed.waitUntil('the snapshot shows the new configuration', () => live.find(id) !== undefined)
      await testBed.controls.remove(id)
      await testBed.waitUntil('the snapshot is without the removed one', () => live.find(id) === undefined)
    },
  }),
  law({
    id: 'configuration-renamed',
    says: 'a configuration that gets another name keeps its id (C3)',
    needs: ['add', 'rename'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.add()
      await testBed.waitUntil('the snapshot shows the new configuration', () => live.find(id) !== undefined)
      await testBed.controls.rename(id, 'another name')
      await testBed.waitUntilShown(live, id, 'has another name', ({ name }) => name === 'another name')
    },
  }),
  law({
    id: 'link-followed',
    says: 'a link that somebody else brings up and takes down is shown up and down, whoever asked for it',
    needs: ['linkUp', 'linkDown'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.takeDown(live, id)
    },
  }),
  law({
    id: 'carrier-followed',
    says: 'a link that stops carrying says so by its carrier, or ends; with the cable back it carries again, or can come up (S12)',
    needs: ['carrier'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      if (live.shown(id).carrier !== true) testBed.cannotRun('the link that is up tells no carrier')
      await testBed.controls.carrier(id, false)
      await testBed.waitUntilShown(live, id, 'carries no more', ({ carrier }) => carrier !== true)
      await testBed.controls.carrier(id, true)
      await testBed.waitUntilShown(live, id, 'carries again, or waits to be brought up', carriesAgain)
    },
  }),
  law({
    id: 'reach-followed',
    says: 'a link that goes out of reach says so, and comes back (C10)',
    needs: ['reach'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.reach(id, false)
      await testBed.waitUntilShown(live, id, 'is out of reach', ({ inReach }) => inReach === false)
      await testBed.controls.reach(id, true)
      await testBed.waitUntilShown(live, id, 'is in reach', ({ inReach }) => inReach === true)
    },
  }),
  law({
    id: 'reach-promises-nothing',
    says: 'a link out of reach does not say "yes" to activate, unless it is a hidden network, which only trying finds (S4)',
    needs: ['reach'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.reach(id, false)
      await testBed.waitUntilShown(live, id, 'is out of reach', ({ inReach }) => inReach === false)
      if (live.shown(id).wifi?.hidden) testBed.cannotRun(`${JSON.stringify(id)} is a hidden network`)
      await testBed.waitUntilShown(
        live,
        id,
        'does not say "yes" to activate',
        ({ activate }) => activate !== 'yes',
      )
      await testBed.controls.reach(id, true)
    },
  }),
  law({
    id: 'default-followed',
    says: 'defaultId names the configuration that the system names (M2)',
    needs: ['nameDefault'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.controls.nameDefault(id)
      await testBed.waitUntil(`defaultId is ${JSON.stringify(id)}`, () => live.world().defaultId === id)
    },
  }),
]
