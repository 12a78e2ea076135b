import assert from 'node:assert/strict'
import { carriesAgain, exerciseAll, exercisedControls } from '../test-bed/exercise-all.js'
import { type Law, law } from './law.js'

/** How a backend reports changes. */
export const changeLaws: readonly Law[] = [
  law({
    id: 'poke-on-change',
    says: 'the backend calls host.changed() after every change: a host that reads the snapshot after each call misses nothing',
    needs: [],
    uses: exercisedControls,
    async run(testBed) {
      const live = await testBed.open()
      await exerciseAll(testBed, live, async (after) => {
        await testBed.settle()
        assert.equal(
          live.known === live.backend.snapshot(),
          true,
          `after ${after} the snapshot differs from the one at the last host.changed()`,
        )
      })
    },
  }),
  law({
    id: 'poke-early',
    says: 'a host may read the snapshot inside host.changed()',
    needs: [],
    uses: exercisedControls,
    async run(testBed) {
      const live = await testBed.open()
      const thrown: unknown[] = []
      live.host.watch = () => {
        try {
          live.backend.snapshot()
        } catch (error) {
          thrown.push(error)
        }
      }
      await exerciseAll(testBed, live)
      await testBed.settle()
      assert.deepEqual(thrown, [], 'reading the snapshot throws inside host.changed()')
      assert.equal(
        live.known === live.backend.snapshot(),
        true,
        'a host that reads inside host.changed() misses a change',
      )
    },
  }),
  law({
    id: 'events-without-timers',
    says: 'a backend with updates "events" has no timer pending while nothing happens, and still reports changes',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      if (live.world().updates !== 'events') testBed.cannotRun('updates is "polling"')
      await testBed.settle()
      const { waiting } = live.host.clock
      assert.equal(
        waiting,
        0,
        `${waiting} timers are pending while nothing happens, although updates is "events"`,
      )
      const { pokes } = live.host
      const id = await testBed.ensureUpLink(live)
      if (live.host.pokes === pokes) await testBed.takeDown(live, id)
      assert.ok(live.host.pokes > pokes, 'a link changed, but host.changed() was not called')
    },
  }),
  law({
    id: 'configuration-added',
    says: 'a new configuration appears in the snapshot, with its link down and ended null',
    needs: ['add'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.add()
      await testBed.waitUntil('the snapshot shows the new configuration', () => live.find(id) !== undefined)
      const { link, ended } = live.shown(id)
      assert.equal(link, 'down', `the link of a new configuration is ${link}`)
      assert.equal(ended, null, 'a new configuration has an ended activation')
    },
  }),
  law({
    id: 'configuration-removed',
    says: 'a removed configuration is no longer in the snapshot (C8)',
    needs: ['add', 'remove'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.add()
      await testBed.waitUntil('the snapshot shows the new configuration', () => live.find(id) !== undefined)
      await testBed.controls.remove(id)
      await testBed.waitUntil(
        'the snapshot no longer shows the removed configuration',
        () => live.find(id) === undefined,
      )
    },
  }),
  law({
    id: 'configuration-renamed',
    says: 'a renamed configuration keeps its id (C3)',
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
    says: 'a link that another program brings up and takes down is shown up and down',
    needs: ['linkUp', 'linkDown'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.takeDown(live, id)
    },
  }),
  law({
    id: 'carrier-followed',
    says: 'a link that loses its carrier shows that, or goes down; once the carrier is back the link has it again, or can come up (S12)',
    needs: ['carrier'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      if (live.shown(id).carrier !== true)
        testBed.cannotRun('the link that is up does not report its carrier')
      await testBed.controls.carrier(id, false)
      await testBed.waitUntilShown(live, id, 'has no carrier', ({ carrier }) => carrier !== true)
      await testBed.controls.carrier(id, true)
      await testBed.waitUntilShown(live, id, 'has its carrier back, or can be brought up', carriesAgain)
    },
  }),
  law({
    id: 'range-followed',
    says: 'a link that goes out of range and comes back is shown so (C10)',
    needs: ['setInRange'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.setInRange(id, false)
      await testBed.waitUntilShown(live, id, 'is out of range', ({ inRange }) => inRange === false)
      await testBed.controls.setInRange(id, true)
      await testBed.waitUntilShown(live, id, 'is in range', ({ inRange }) => inRange === true)
    },
  }),
  law({
    id: 'range-promises-nothing',
    says: 'a link out of range does not say activate "yes", unless it is a hidden network, which only an attempt can find (S4)',
    needs: ['setInRange'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.setInRange(id, false)
      await testBed.waitUntilShown(live, id, 'is out of range', ({ inRange }) => inRange === false)
      if (live.shown(id).wifi?.hidden) testBed.cannotRun(`${JSON.stringify(id)} is a hidden network`)
      await testBed.waitUntilShown(
        live,
        id,
        'does not say activate "yes"',
        ({ activate }) => activate !== 'yes',
      )
      await testBed.controls.setInRange(id, true)
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
  law({
    id: 'power-followed',
    says: 'power is "asleep" from the announcement that the machine goes to sleep until it is awake again, and then "awake" (L4)',
    needs: ['setPower'],
    async run(testBed) {
      const live = await testBed.open()
      await testBed.settle()
      const { power } = live.world()
      assert.notEqual(power, 'asleep', 'power is "asleep", but the machine is awake')
      // Twice: a machine that woke up once must be able to sleep again.
      for (const round of ['first', 'second']) {
        for (const next of ['asleep', 'awake'] as const) {
          await testBed.controls.setPower(next)
          await testBed.waitForPower(live, next, `in the ${round} sleep`)
        }
      }
    },
  }),
]
