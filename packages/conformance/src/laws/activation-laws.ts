import assert from 'node:assert/strict'
import { neverAborted } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Activations and how they end. */
export const activationLaws: readonly Law[] = [
  law({
    id: 'activation-fresh',
    says: 'every activation has its own id',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const seen = [live.shown(id).activation]
      for (let round = 0; round < 2; round += 1) {
        await testBed.takeDown(live, id)
        await testBed.bringUpAgain(live, id)
        seen.push(live.shown(id).activation)
      }
      assert.equal(new Set(seen).size, 3, `three activations of one link were called ${seen.join(', ')}`)
    },
  }),
  law({
    id: 'activation-flap',
    says: 'a link that goes down and up between two snapshots shows a new activation (H1)',
    needs: ['flap'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const { activation } = live.shown(id)
      await testBed.controls.flap(id)
      await testBed.waitUntilShown(
        live,
        id,
        `is up with an activation other than ${activation}`,
        (now) => now.link === 'up' && now.activation !== activation,
      )
    },
  }),
  law({
    id: 'activation-constant',
    says: 'an activation keeps its id from acceptance until the link is up',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const activation = await testBed.bringUp(live, id)
      const shown = live.shown(id).activation
      assert.equal(shown, activation, `activate resolved to ${activation}, but the link is up as ${shown}`)
    },
  }),
  law({
    id: 'ended-tells',
    says: 'after a link has gone down, ended names the activation that ended',
    needs: ['linkDown'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const { activation } = live.shown(id)
      await testBed.takeDown(live, id)
      const { ended } = live.shown(id)
      assert.equal(ended?.activation, activation, `${activation} has ended, but ended is ${describe(ended)}`)
    },
  }),
  law({
    id: 'ended-stays',
    says: 'ended stays when the link comes up again, until the next activation ends',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.takeDown(live, id)
      const { ended } = live.shown(id)
      await testBed.bringUpAgain(live, id)
      assert.deepEqual(live.shown(id).ended, ended, 'ended changed when the link came up again')
      assert.notEqual(ended, null, 'an activation has ended, but ended is null')
    },
  }),
  law({
    id: 'ended-requested',
    says: 'an activation that deactivate took down has ended with the reason requested',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const activation = await testBed.bringUp(live, id)
      if (live.shown(id).deactivate === 'no') testBed.cannotRun('no link can be taken down')
      await testBed.call('deactivate', () => live.backend.deactivate(id, activation, neverAborted))
      await testBed.waitUntilDown(live, id)
      const { ended } = live.shown(id)
      assert.equal(ended?.activation, activation, `${activation} has ended, but ended is ${describe(ended)}`)
      assert.equal(
        ended?.reason,
        'requested',
        `the reason should be requested, but ended is ${describe(ended)}`,
      )
    },
  }),
]

function describe(ended: object | null): string {
  return JSON.stringify(ended)
}
