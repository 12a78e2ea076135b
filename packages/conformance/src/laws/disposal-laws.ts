import assert from 'node:assert/strict'
import { asyncDispose } from '@roamkit/core/contract'
import { patient, request, settling } from '../test-bed/bench.js'
import { type Law, law } from './law.js'

/** How a backend ends. */
export const disposalLaws: readonly Law[] = [
  law({
    id: 'dispose-twice',
    says: 'disposing again, at once or later, does nothing more',
    needs: [],
    touches: 'nothing',
    async run(bench) {
      const { backend } = await bench.open()
      const both = () => Promise.all([backend[asyncDispose](), backend[asyncDispose]()])
      await bench.call('disposing twice at once', both)
      await bench.dispose(backend)
    },
  }),
  law({
    id: 'dispose-refuses',
    says: 'commands to a disposed backend reject with ERR_CLOSED',
    needs: [],
    touches: 'nothing',
    async run(bench) {
      const live = await bench.open()
      const { backend } = live
      const id = live.world().configurations[0]?.id ?? bench.cannot('there is no configuration')
      await bench.dispose(backend)
      const refused = (what: string, run: () => Promise<unknown>) =>
        bench.refused(`${what} after disposal`, 'ERR_CLOSED', run)
      await refused('activate', () => backend.activate(id, request))
      await refused('deactivate', () => backend.deactivate(id, 'no such activation', patient))
      await refused('scan', () => backend.scan(patient))
      await refused('recheck', () => backend.recheck(id, patient))
    },
  }),
  law({
    id: 'dispose-settles',
    says: 'a call that waits when the backend is disposed rejects with ERR_CLOSED',
    needs: ['stallAccept', 'release'],
    async run(bench) {
      const live = await bench.open()
      const id = bench.startable(live)
      await bench.controls.stallAccept(id)
      const waiting = settling('activate', () => live.backend.activate(id, request))
      await bench.quiet()
      await bench.dispose(live.backend)
      await bench.until('activate is answered when the backend is disposed', () => waiting.outcome !== null)
      const { reason } = { reason: null, ...waiting.outcome }
      const code = (reason as { code?: unknown } | null)?.code
      assert.equal(code, 'ERR_CLOSED', `activate rejected with ${code}, not with ERR_CLOSED`)
      await bench.controls.release(id)
    },
  }),
  law({
    id: 'dispose-silences',
    says: 'no host.changed() comes after disposal, whatever happens to the world',
    needs: [],
    async run(bench) {
      const live = await bench.open()
      const witness = await bench.open()
      await bench.dispose(live.backend)
      const { pokes } = live.host
      const before = witness.host.pokes
      const id = await bench.upLink(witness)
      if (witness.host.pokes === before) await bench.takeDown(witness, id)
      await bench.quiet()
      assert.ok(witness.host.pokes > before, 'nothing changed that a live backend would have told')
      assert.equal(live.host.pokes, pokes, 'the backend pokes after it was disposed')
    },
  }),
  law({
    id: 'dispose-stops-timers',
    says: 'no timer of a backend waits after disposal',
    needs: [],
    touches: 'nothing',
    async run(bench) {
      const live = await bench.open()
      await bench.dispose(live.backend)
      const { waiting } = live.host.clock
      assert.equal(waiting, 0, `${waiting} timers wait after disposal`)
    },
  }),
  law({
    id: 'dispose-stops-waiting',
    says: 'a backend that is disposed while it waits for its service waits no more: it has no timer left',
    needs: ['loseService', 'restoreService'],
    async run(bench) {
      const live = await bench.open()
      await bench.controls.loseService()
      await bench.service(live, 'lost')
      await bench.dispose(live.backend)
      const { waiting } = live.host.clock
      await bench.controls.restoreService()
      assert.equal(waiting, 0, `${waiting} timers wait after disposal while the service was lost`)
    },
  }),
  law({
    id: 'dispose-leaves-links',
    says: 'disposal takes no link down: activations are not bound to the process that asked for them (H2)',
    needs: [],
    async run(bench) {
      const live = await bench.open()
      const id = bench.startable(live)
      const activation = await bench.bringUp(live, id)
      await bench.dispose(live.backend)
      await bench.quiet()
      const { link, activation: shown } = (await bench.open()).shown(id)
      assert.equal(link, 'up', `the backend that brought a link up was disposed, and the link is ${link}`)
      assert.equal(shown, activation, 'the link is up under another activation')
    },
  }),
  law({
    id: 'dispose-lets-exit',
    says: 'a disposed backend keeps no process alive (M7)',
    needs: ['exits'],
    async run(bench) {
      await bench.controls.exits()
    },
  }),
]
