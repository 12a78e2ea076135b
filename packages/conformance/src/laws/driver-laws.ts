import assert from 'node:assert/strict'
import { asyncDispose } from '@roamkit/core/contract'
import { track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** How a backend comes to life. */
export const driverLaws: readonly Law[] = [
  law({
    id: 'driver-shape',
    says: 'a driver is of contract 1, has a name, and opens when it is asked to',
    needs: [],
    touches: 'nothing',
    async run({ driver }) {
      assert.equal(driver.contract, 1, `driver.contract is ${driver.contract}, not 1`)
      assert.ok(typeof driver.name === 'string' && driver.name !== '', 'driver.name is no name')
      assert.equal(typeof driver.open, 'function', 'driver.open is no function')
    },
  }),
  law({
    id: 'open-live',
    says: 'open resolves to a backend that is live: its service is ready and its snapshot is there at once',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      for (const name of ['snapshot', 'activate', 'deactivate', 'scan', 'recheck', 'traffic'] as const)
        assert.equal(typeof backend[name], 'function', `backend.${name} is no function`)
      assert.equal(typeof backend[asyncDispose], 'function', 'the backend cannot be disposed')
      const { service } = backend.snapshot()
      assert.equal(service, 'ready', `the service is ${service} right after open`)
    },
  }),
  law({
    id: 'open-aborted',
    says: 'open with an aborted signal rejects with its reason and leaves nothing behind',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const reason = new Error('changed my mind')
      const host = testBed.host()
      await testBed.expectAborted('open', reason, () =>
        testBed.driver.open(host, { signal: AbortSignal.abort(reason) }),
      )
      await testBed.settle()
      assert.equal(host.clock.waiting, 0, `${host.clock.waiting} timers wait after open has rejected`)
      assert.equal(host.pokes, 0, 'the backend pokes after open has rejected')
    },
  }),
  law({
    id: 'open-abandoned',
    says: 'open whose signal is aborted meanwhile rejects with its reason, or has been done; nothing is half open',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const reason = new Error('changed my mind')
      const host = testBed.host()
      const abort = new AbortController()
      const opening = track('open', () => testBed.driver.open(host, { signal: abort.signal }))
      abort.abort(reason)
      await testBed.waitUntil('open is answered', () => opening.outcome !== null)
      const { outcome } = opening
      if (outcome !== null && 'value' in outcome) await testBed.dispose(outcome.value)
      else assert.equal(outcome?.reason, reason, "open did not reject with the signal's own reason")
      const { pokes } = host
      await testBed.settle()
      assert.equal(host.clock.waiting, 0, `${host.clock.waiting} timers wait after open was given up`)
      assert.equal(host.pokes, pokes, 'the backend pokes after open was given up')
    },
  }),
  law({
    id: 'open-without-service',
    says: 'open while the service is away rejects with ERR_SERVICE_LOST and leaves nothing, or says lost',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      await testBed.controls.loseService()
      const host = testBed.host()
      const opening = track('open', () => testBed.driver.open(host, { signal: new AbortController().signal }))
      await testBed.waitUntil('open is answered', () => opening.outcome !== null)
      const { outcome } = opening
      if (outcome !== null && 'value' in outcome) {
        const { service } = outcome.value.snapshot()
        await testBed.dispose(outcome.value)
        assert.equal(service, 'lost', `opened without a service, the world says that it is ${service}`)
      } else {
        const { code } = (outcome?.reason ?? {}) as { code?: unknown }
        assert.equal(code, 'ERR_SERVICE_LOST', `open rejected with ${code}, not with ERR_SERVICE_LOST`)
      }
      const { pokes } = host
      await testBed.controls.restoreService()
      await testBed.settle()
      assert.equal(host.clock.waiting, 0, `${host.clock.waiting} timers wait after open has failed`)
      assert.equal(host.pokes, pokes, 'the backend pokes after open has failed')
    },
  }),
  law({
    id: 'open-keeps-alive',
    says: 'an open backend keeps the process alive: a program that waits for its network does not end meanwhile (M7)',
    needs: ['stays'],
    async run(testBed) {
      await testBed.controls.stays()
    },
  }),
  law({
    id: 'open-again',
    says: 'a driver opens several backends: ids and scope are the same in all, and each lives and ends by itself (C3)',
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
    says: 'an id survives restarts of the process: a backend that is opened later shows the same ones (C3)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const before = await testBed.open()
      const ids = before.world().configurations.map(({ id }) => id)
      if (ids.length === 0) testBed.cannotRun('there is no configuration')
      await testBed.dispose(before.backend)
      await testBed.settle()
      const after = (await testBed.open()).world().configurations.map(({ id }) => id)
      assert.deepEqual(after, ids, 'the ids are others after the backend was opened again')
    },
  }),
  law({
    id: 'activation-shared',
    says: 'backends of one scope show the same activations, one that is opened later too',
    needs: [],
    async run(testBed) {
      const one = await testBed.open()
      if (one.world().scope === null) testBed.cannotRun('the world has no scope: it is only this backend')
      const id = await testBed.ensureUpLink(one)
      await testBed.takeDown(one, id)
      await testBed.ensureUpLink(one)
      await testBed.settle()
      const other = await testBed.open()
      assert.equal(
        other.shown(id).activation,
        one.shown(id).activation,
        `two backends of one scope show different activations of ${JSON.stringify(id)}`,
      )
    },
  }),
]
