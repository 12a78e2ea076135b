import assert from 'node:assert/strict'
import { asyncDispose } from '@roamkit/core/contract'
import { neverAborted, request, track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** How a backend ends. */
export const disposalLaws: readonly Law[] = [
  law({
    id: 'dispose-twice',
    says: 'disposing again, at once or later, does nothing more',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      const both = () => Promise.all([backend[asyncDispose](), backend[asyncDispose]()])
      await testBed.call('disposing twice at once', both)
      await testBed.dispose(backend)
    },
  }),
  law({
    id: 'dispose-refuses',
    says: 'commands to a disposed backend reject with ERR_CLOSED',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      const { backend } = live
      const id = live.world().configurations[0]?.id ?? testBed.cannotRun('there is no configuration')
      await testBed.dispose(backend)
      const refused = (what: string, run: () => Promise<unknown>) =>
        testBed.expectRefusal(`${what} after disposal`, 'ERR_CLOSED', run)
      await refused('activate', () => backend.activate(id, request))
      await refused('deactivate', () => backend.deactivate(id, 'no such activation', neverAborted))
      await refused('scan', () => backend.scan(neverAborted))
      await refused('recheck', () => backend.recheck(id, neverAborted))
    },
  }),
  law({
    id: 'dispose-settles',
    says: 'a call that waits when the backend is disposed rejects with ERR_CLOSED',
    needs: ['stallAccept', 'release'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.stallAccept(id)
      const waiting = track('activate', () => live.backend.activate(id, request))
      await testBed.settle()
      await testBed.dispose(live.backend)
      await testBed.waitUntil(
        'activate is answered when the backend is disposed',
        () => waiting.outcome !== null,
      )
      const { reason } = { reason: null, ...waiting.outcome }
      const code = (reason as { code?: unknown } | null)?.code
      assert.equal(code, 'ERR_CLOSED', `activate rejected with ${code}, not with ERR_CLOSED`)
      await testBed.controls.release(id)
    },
  }),
  law({
    id: 'dispose-silences',
    says: 'no host.changed() comes after disposal, whatever happens to the world',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const witness = await testBed.open()
      await testBed.dispose(live.backend)
      const { pokes } = live.host
      const before = witness.host.pokes
      const id = await testBed.ensureUpLink(witness)
      if (witness.host.pokes === before) await testBed.takeDown(witness, id)
      await testBed.settle()
      assert.ok(witness.host.pokes > before, 'nothing changed that a live backend would have told')
      assert.equal(live.host.pokes, pokes, 'the backend pokes after it was disposed')
    },
  }),
  law({
    id: 'dispose-stops-timers',
    says: 'no timer of a backend waits after disposal',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      await testBed.dispose(live.backend)
      const { waiting } = live.host.clock
      assert.equal(waiting, 0, `${waiting} timers wait after disposal`)
    },
  }),
  law({
    id: 'dispose-stops-waiting',
    says: 'a backend that is disposed while it waits for its service waits no more: it has no timer left',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      await testBed.dispose(live.backend)
      const { waiting } = live.host.clock
      await testBed.controls.restoreService()
      assert.equal(waiting, 0, `${waiting} timers wait after disposal while the service was lost`)
    },
  }),
  law({
    id: 'dispose-leaves-links',
    says: 'disposal takes no link down: activations are not bound to the process that asked for them (H2)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const activation = await testBed.bringUp(live, id)
      await testBed.dispose(live.backend)
      await testBed.settle()
      const { link, activation: shown } = (await testBed.open()).shown(id)
      assert.equal(link, 'up', `the backend that brought a link up was disposed, and the link is ${link}`)
      assert.equal(shown, activation, 'the link is up under another activation')
    },
  }),
  law({
    id: 'dispose-lets-exit',
    says: 'a disposed backend keeps no process alive (M7)',
    needs: ['exits'],
    async run(testBed) {
      await testBed.controls.exits()
    },
  }),
]
