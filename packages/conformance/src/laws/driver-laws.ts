import assert from 'node:assert/strict'
import { asyncDispose } from '@roamkit/core/contract'
import { track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Opening a backend. */
export const driverLaws: readonly Law[] = [
  law({
    id: 'driver-shape',
    says: 'a driver has contract 1, a name and an open function',
    needs: [],
    touches: 'nothing',
    async run({ driver }) {
      assert.equal(driver.contract, 1, `driver.contract is ${driver.contract}, not 1`)
      assert.ok(
        typeof driver.name === 'string' && driver.name !== '',
        'driver.name is not a non-empty string',
      )
      assert.equal(typeof driver.open, 'function', 'driver.open is not a function')
    },
  }),
  law({
    id: 'open-live',
    says: 'open resolves to a live backend: its service is ready and its snapshot is available at once',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      for (const name of ['snapshot', 'activate', 'deactivate', 'scan', 'recheck', 'traffic'] as const)
        assert.equal(typeof backend[name], 'function', `backend.${name} is not a function`)
      assert.equal(typeof backend[asyncDispose], 'function', 'the backend cannot be disposed')
      const { service } = backend.snapshot()
      assert.equal(service, 'ready', `the service is ${service} right after open`)
    },
  }),
  law({
    id: 'open-aborted',
    says: 'open with an aborted signal rejects with the abort reason and leaves nothing running',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const reason = new Error('changed my mind')
      const host = testBed.host()
      await testBed.expectAborted('open', reason, () =>
        testBed.driver.open(host, { signal: AbortSignal.abort(reason) }),
      )
      await testBed.settle()
      assert.equal(host.clock.waiting, 0, `${host.clock.waiting} timers are pending after open has rejected`)
      assert.equal(host.pokes, 0, 'the backend called host.changed() after open had rejected')
    },
  }),
  law({
    id: 'open-abandoned',
    says: 'open that is aborted while it waits rejects with the abort reason, or still resolves; nothing is left half open',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const reason = new Error('changed my mind')
      const host = testBed.host()
      const abort = new AbortController()
      const opening = track('open', () => testBed.driver.open(host, { signal: abort.signal }))
      abort.abort(reason)
      await testBed.waitUntil('open settles', () => opening.outcome !== null)
      const { outcome } = opening
      if (outcome !== null && 'value' in outcome) await testBed.dispose(outcome.value)
      else assert.equal(outcome?.reason, reason, "open did not reject with the signal's own reason")
      const { pokes } = host
      await testBed.settle()
      assert.equal(host.clock.waiting, 0, `${host.clock.waiting} timers are pending after open was aborted`)
      assert.equal(host.pokes, pokes, 'the backend called host.changed() after open was aborted')
    },
  }),
  law({
    id: 'open-without-service',
    says: 'open while the service is lost rejects with ERR_SERVICE_LOST and leaves nothing running, or resolves and shows it as lost',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      await testBed.controls.loseService()
      const host = testBed.host()
      const opening = track('open', () => testBed.driver.open(host, { signal: new AbortController().signal }))
      await testBed.waitUntil('open settles', () => opening.outcome !== null)
      const { outcome } = opening
      if (outcome !== null && 'value' in outcome) {
        const { service } = outcome.value.snapshot()
        await testBed.dispose(outcome.value)
        assert.equal(
          service,
          'lost',
          `the backend opened without its service, but shows the service as ${service}`,
        )
      } else {
        const { code } = (outcome?.reason ?? {}) as { code?: unknown }
        assert.equal(code, 'ERR_SERVICE_LOST', `open rejected with ${code}, not with ERR_SERVICE_LOST`)
      }
      const { pokes } = host
      await testBed.controls.restoreService()
      await testBed.settle()
      assert.equal(host.clock.waiting, 0, `${host.clock.waiting} timers are pending after open has failed`)
      assert.equal(host.pokes, pokes, 'the backend called host.changed() after open had failed')
    },
  }),
  law({
    id: 'open-keeps-alive',
    says: 'an open backend keeps the process alive, so that a program waiting for its network does not exit (M7)',
    needs: ['stays'],
    async run(testBed) {
      await testBed.controls.stays()
    },
  }),
  law({
    id: 'open-again',
    says: 'a driver can open several backends: they show the same ids and scope, and disposing one leaves the others open (C3)',
    needs: [],
    async run(testBed) {
      const one = await testBed.open()
      const other = await testBed.open()
      const ids = (live: typeof one) => live.world().configurations.map(({ id }) => id)
      assert.deepEqual(ids(other), ids(one), 'two backends of one driver show different ids')
      assert.equal(other.world().scope, one.world().scope, 'two backends of one driver have different scopes')
      await testBed.dispose(one.backend)
      const id = await testBed.ensureUpLink(other)
      assert.equal(other.shown(id).link, 'up')
    },
  }),
  law({
    id: 'id-survives',
    says: 'ids survive a restart of the process: a backend that is opened later shows the same ids (C3)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const before = await testBed.open()
      const ids = before.world().configurations.map(({ id }) => id)
      if (ids.length === 0) testBed.cannotRun('there is no configuration')
      await testBed.dispose(before.backend)
      await testBed.settle()
      const after = (await testBed.open()).world().configurations.map(({ id }) => id)
      assert.deepEqual(after, ids, 'the ids changed after the backend was opened again')
    },
  }),
  law({
    id: 'activation-shared',
    says: 'backends with one scope show the same activations, including a backend that is opened later',
    needs: [],
    async run(testBed) {
      const one = await testBed.open()
      if (one.world().scope === null) testBed.cannotRun('scope is null: no other backend shares these links')
      const id = await testBed.ensureUpLink(one)
      await testBed.takeDown(one, id)
      await testBed.bringUpAgain(one, id)
      await testBed.settle()
      const other = await testBed.open()
      assert.equal(
        other.shown(id).activation,
        one.shown(id).activation,
        `two backends with one scope show different activations of ${JSON.stringify(id)}`,
      )
    },
  }),
]
