import assert from 'node:assert/strict'
import type { Permission, Traffic } from '@roamkit/core/contract'
import type { Live } from '../test-bed/live.js'
import { neverAborted, type TestBed } from '../test-bed/test-bed.js'
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
  law({
    id: 'direct-routing',
    says: 'if directRouting is true, a socket that is bound to one of two links sends and receives through that link (M4)',
    needs: [],
    uses: ['exchangeThrough'],
    async run(testBed) {
      const live = await testBed.open()
      const { directRouting, statistics } = live.world()
      if (directRouting !== true) return void testBed.untried.add('direct routing')
      const { exchangeThrough } = testBed.controls
      if (!exchangeThrough) return testBed.cannotRun('the adapter has no exchangeThrough')
      if (!statistics) testBed.cannotRun('statistics is false, so no counter shows which link the bytes used')
      const [one, other] = await testBed.ensureTwoUpLinks(live)
      // At most one of them has the default route, so the other one proves that the route did not decide.
      await expectOwnBytes(testBed, live, () => exchangeThrough(one, BULK), { bound: one, idle: other })
      await expectOwnBytes(testBed, live, () => exchangeThrough(other, BULK), { bound: other, idle: one })
    },
  }),
]

/** Bytes that stand out from everything else that uses a link in the meantime. */
const BULK = 500_000

/** Fails unless the bytes that a socket exchanges are counted on the link that it is bound to, and not on the idle one. */
async function expectOwnBytes(
  testBed: TestBed,
  live: Live,
  exchange: () => Promise<void>,
  { bound, idle }: { readonly bound: string; readonly idle: string },
): Promise<void> {
  const start = { bound: countersOf(live, bound), idle: countersOf(live, idle) }
  await exchange()
  const socket = `a socket bound to ${JSON.stringify(bound)}`
  for (const direction of ['received', 'written'] as const) {
    await testBed.waitUntil(
      `traffic of ${JSON.stringify(bound)} counts ${BULK} bytes that ${socket} has ${direction}`,
      () => countersOf(live, bound)[direction] - start.bound[direction] >= BULK,
    )
    const stray = countersOf(live, idle)[direction] - start.idle[direction]
    assert.ok(
      stray < BULK / 2,
      `${socket} has ${direction} ${BULK} bytes, and traffic of ${JSON.stringify(idle)} counts ${stray} more`,
    )
  }
}

function countersOf(live: Live, id: string): Traffic {
  const traffic = live.backend.traffic(id)
  assert.ok(traffic, `statistics is true, but traffic of ${JSON.stringify(id)} is null`)
  return traffic
}

/** Whether only an attempt can show. */
function isOpen(permission: Permission): boolean {
  return permission === 'ask' || permission === 'unknown'
}
