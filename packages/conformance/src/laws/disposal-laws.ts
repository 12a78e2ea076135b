import assert from 'node:assert/strict'
import { asyncDispose } from '@roamkit/core/contract'
import { neverAborted, request, track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Disposal of a backend. */
export const disposalLaws: readonly Law[] = [
  law({
    id: 'dispose-twice',
    says: 'disposing a backend a second time, at once or later, has no effect',
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
    says: 'the commands of a disposed backend reject with ERR_CLOSED',
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
      if (backend.save) await refused('save', async () => backend.save?.(id, neverAborted))
      if (backend.forget) await refused('forget', async () => backend.forget?.(id, neverAborted))
    },
  }),
  law({
    id: 'dispose-settles',
    says: 'a pending call rejects with ERR_CLOSED when the backend is disposed',
    needs: ['stallAccept', 'release'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.stallAccept(id)
      const waiting = track('activate', () => live.backend.activate(id, request))
      await testBed.settle()
      await testBed.dispose(live.backend)
      await testBed.waitUntil('activate settles when the backend is disposed', () => waiting.outcome !== null)
      const { reason } = { reason: null, ...waiting.outcome }
      const code = (reason as { code?: unknown } | null)?.code
      assert.equal(code, 'ERR_CLOSED', `activate rejected with ${code}, not with ERR_CLOSED`)
      await testBed.controls.release(id)
    },
  }),
  law({
    id: 'dispose-silences',
    says: 'a disposed backend never calls host.changed(), whatever changes',
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
      assert.ok(witness.host.pokes > before, 'nothing changed that an open backend would have reported')
      assert.equal(live.host.pokes, pokes, 'the backend called host.changed() after it was disposed')
    },
  }),
  law({
    id: 'dispose-stops-timers',
    says: 'a disposed backend has no timers pending',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      await testBed.dispose(live.backend)
      const { waiting } = live.host.clock
      assert.equal(waiting, 0, `${waiting} timers are pending after disposal`)
    },
  }),
  law({
    id: 'dispose-stops-waiting',
    says: 'a backend that is disposed while its service is lost stops waiting for it: it has no timers pending',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      await testBed.dispose(live.backend)
      const { waiting } = live.host.clock
      await testBed.controls.restoreService()
      assert.equal(waiting, 0, `${waiting} timers are pending after disposal while the service was lost`)
    },
  }),
  law({
    id: 'dispose-leaves-links',
    says: 'disposal takes no link down: activations outlive the process that requested them (H2)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const activation = await testBed.bringUp(live, id)
      await testBed.dispose(live.backend)
      await testBed.settle()
      const { link, activation: shown } = (await testBed.open()).shown(id)
      assert.equal(link, 'up', `the backend that brought the link up was disposed, and the link is ${link}`)
      assert.equal(shown, activation, 'the link is up with another activation')
    },
  }),
  law({
    id: 'dispose-lets-exit',
    says: 'a disposed backend does not keep the process alive (M7)',
    needs: ['exits'],
    async run(testBed) {
      await testBed.controls.exits()
    },
  }),
]
