import assert from 'node:assert/strict'
import type { Permission } from '@roamkit/core/contract'
import { neverAborted } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Scans, connectivity checks and byte counters. */
export const inquiryLaws: readonly Law[] = [
  law({
    id: 'scan-truth',
    says: 'scan resolves if the snapshot says scan "yes", and rejects with ERR_NOT_SUPPORTED or ERR_DENIED if it says "no"',
    needs: [],
    async run(testBed) {
      const { backend } = await testBed.open()
      const { scan } = backend.snapshot()
      if (isOpen(scan))
        testBed.cannotRun(`the snapshot says scan ${JSON.stringify(scan)}, which promises nothing`)
      if (scan === 'yes') await testBed.call('scan', () => backend.scan(neverAborted))
      else
        await testBed.expectRefusal('scan', ['ERR_NOT_SUPPORTED', 'ERR_DENIED'], () =>
          backend.scan(neverAborted),
        )
    },
  }),
  law({
    id: 'scan-aborted',
    says: 'scan with an aborted signal rejects with the abort reason',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      const reason = new Error('changed my mind')
      await testBed.expectAborted('scan', reason, () => backend.scan({ signal: AbortSignal.abort(reason) }))
    },
  }),
  law({
    id: 'scan-finds',
    says: 'a scan finds networks that have appeared',
    needs: ['hide'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.hide()
      await testBed.call('scan', () => live.backend.scan(neverAborted))
      await testBed.waitUntil(
        'the snapshot shows the network that the scan found',
        () => live.find(id) !== undefined,
      )
    },
  }),
  law({
    id: 'scan-when-asked',
    says: 'a backend scans only when asked',
    needs: ['hide'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.controls.hide()
      await testBed.settle()
      assert.equal(
        live.find(id),
        undefined,
        'a network that only a scan can find is shown, but no scan was requested',
      )
    },
  }),
  law({
    id: 'recheck-truth',
    says: 'recheck resolves if the snapshot says recheck "yes", and rejects with ERR_NOT_SUPPORTED or ERR_DENIED if it says "no"',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const { recheck } = live.world()
      if (isOpen(recheck))
        testBed.cannotRun(`the snapshot says recheck ${JSON.stringify(recheck)}, which promises nothing`)
      const id = await testBed.ensureUpLink(live)
      const run = () => live.backend.recheck(id, neverAborted)
      if (recheck === 'yes') await testBed.call('recheck', run)
      else await testBed.expectRefusal('recheck', ['ERR_NOT_SUPPORTED', 'ERR_DENIED'], run)
    },
  }),
  law({
    id: 'recheck-unknown',
    says: 'recheck of an unknown configuration rejects with ERR_UNKNOWN_CONFIGURATION (E1)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      await testBed.expectRefusal('recheck of an unknown id', 'ERR_UNKNOWN_CONFIGURATION', () =>
        backend.recheck('no such configuration', neverAborted),
      )
    },
  }),
  law({
    id: 'recheck-aborted',
    says: 'recheck with an aborted signal rejects with the abort reason',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const reason = new Error('changed my mind')
      await testBed.expectAborted('recheck', reason, () =>
        live.backend.recheck(id, { signal: AbortSignal.abort(reason) }),
      )
    },
  }),
  law({
    id: 'statistics-truth',
    says: 'traffic returns counters for a link that is up if statistics is true, and null if it is false (M4)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const { statistics } = live.world()
      const traffic = live.backend.traffic(id)
      if (!statistics) assert.equal(traffic, null, 'statistics is false, but traffic returns counters')
      else if (live.shown(id).interface === null) testBed.cannotRun('the link that is up has no interface')
      else {
        for (const key of ['received', 'written'] as const) {
          const bytes = traffic?.[key]
          assert.ok(Number.isSafeInteger(bytes) && Number(bytes) >= 0, `traffic returns ${bytes} for ${key}`)
        }
      }
    },
  }),
  law({
    id: 'traffic-unknown',
    says: 'traffic is null for an unknown configuration',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      const answer = live.backend.traffic('no such configuration')
      assert.equal(answer, null, 'traffic returns counters for an unknown configuration')
    },
  }),
  law({
    id: 'traffic-null',
    says: 'traffic is null for a link without an interface',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      const without = live.world().configurations.filter(({ interface: facts }) => facts === null)
      if (without.length === 0) testBed.cannotRun('every configuration has an interface')
      for (const { id } of without)
        assert.equal(
          live.backend.traffic(id),
          null,
          `traffic returns counters for ${id}, which has no interface`,
        )
    },
  }),
  law({
    id: 'traffic-fresh',
    says: 'traffic reads the counters on every call, and they never decrease',
    needs: ['traffic'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const before = live.backend.traffic(id) ?? testBed.cannotRun('traffic returns null')
      await testBed.controls.traffic(id)
      const after = live.backend.traffic(id)
      assert.ok(after, 'traffic no longer returns counters')
      assert.ok(after.received >= before.received && after.written >= before.written, 'a counter decreased')
      const grown = after.received + after.written - before.received - before.written
      assert.ok(grown > 0, 'bytes went through the interface, but the counters did not change')
    },
  }),
]

/** Whether only an attempt can show. */
function isOpen(permission: Permission): boolean {
  return permission === 'ask' || permission === 'unknown'
}
