import assert from 'node:assert/strict'
import type { LinkConfiguration } from '@roamkit/core/contract'
import type { Live } from '../test-bed/live.js'
import type { TestBed } from '../test-bed/test-bed.js'
import { neverAborted, request } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Taking links down. */
export const deactivateLaws: readonly Law[] = [
  law({
    id: 'deactivate-takes-down',
    says: 'deactivate takes the current activation down (S8)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await bringUpStoppable(testBed, live)
      const { activation } = live.shown(id)
      await testBed.call('deactivate', () => live.backend.deactivate(id, activation ?? '', neverAborted))
      await testBed.waitUntilDown(live, id)
    },
  }),
  law({
    id: 'deactivate-under-way',
    says: 'deactivate takes down an activation that is in progress, and the link does not come up later (S7)',
    needs: ['stallNext'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      if (live.shown(id).deactivate === 'no') testBed.cannotRun('no link can be taken down')
      await testBed.controls.stallNext(id)
      const activation = await testBed.call('activate', () => live.backend.activate(id, request))
      await testBed.waitUntil('the link is activating', () => live.shown(id).link === 'activating')
      await testBed.call('deactivate', () => live.backend.deactivate(id, activation, neverAborted))
      await testBed.waitUntilDown(live, id)
      await testBed.settle()
      const { link, ended } = live.shown(id)
      assert.equal(link, 'down', `the link is ${link} after its activation was taken down`)
      assert.equal(
        ended?.activation,
        activation,
        `${activation} has ended, but ended names ${ended?.activation}`,
      )
    },
  }),
  law({
    id: 'deactivate-superseded',
    says: 'deactivate of a superseded activation has no effect: the newer activation stays up (H6)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await bringUpStoppable(testBed, live)
      const former = live.shown(id).activation ?? ''
      await testBed.takeDown(live, id)
      const activation = await testBed.bringUp(live, id)
      await testBed.call('deactivate', () => live.backend.deactivate(id, former, neverAborted))
      await testBed.settle()
      assertUnaffected(live, { id, activation }, 'deactivate of an earlier activation')
    },
  }),
  law({
    id: 'deactivate-gone',
    says: 'deactivate of an activation that has ended resolves and has no effect',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await bringUpStoppable(testBed, live)
      const former = live.shown(id).activation ?? ''
      await testBed.takeDown(live, id)
      await testBed.call('deactivate of an activation that has ended', () =>
        live.backend.deactivate(id, former, neverAborted),
      )
      await testBed.settle()
      assert.equal(live.shown(id).link, 'down')
    },
  }),
  law({
    id: 'deactivate-never-was',
    says: 'deactivate of an activation that never existed resolves and has no effect',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const { activation } = live.shown(id)
      const what = 'deactivate of an activation that never existed'
      await testBed.call(what, () => live.backend.deactivate(id, 'no such activation', neverAborted))
      await testBed.settle()
      assertUnaffected(live, { id, activation }, what)
    },
  }),
  law({
    id: 'deactivate-needs-no-permission',
    says: 'deactivate of an activation that is superseded or has ended needs no permission',
    needs: ['refuseDown'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.controls.refuseDown(id)
      const { activation } = live.shown(id)
      const what = 'deactivate of an activation that never existed'
      await testBed.call(what, () => live.backend.deactivate(id, 'no such activation', neverAborted))
      await testBed.settle()
      assertUnaffected(live, { id, activation }, what)
    },
  }),
  law({
    id: 'deactivate-unknown',
    says: 'deactivate of an unknown configuration rejects with ERR_UNKNOWN_CONFIGURATION (E1)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      await testBed.expectRefusal('deactivate of an unknown id', 'ERR_UNKNOWN_CONFIGURATION', () =>
        backend.deactivate('no such configuration', 'no such activation', neverAborted),
      )
    },
  }),
  law({
    id: 'deactivate-denied',
    says: 'deactivate rejects with ERR_DENIED and leaves the link up when the system refuses it (S11)',
    needs: ['refuseDown'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      await testBed.controls.refuseDown(id)
      const { activation } = live.shown(id)
      await testBed.expectRefusal('deactivate', 'ERR_DENIED', () =>
        live.backend.deactivate(id, activation ?? '', neverAborted),
      )
      await testBed.settle()
      assertUnaffected(live, { id, activation }, 'a deactivation that the system refused')
    },
  }),
  law({
    id: 'deactivate-not-supported',
    says: 'if a configuration says deactivate "no", deactivate rejects with ERR_NOT_SUPPORTED or ERR_DENIED and the link stays up',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const found = live
        .world()
        .configurations.find(({ link, deactivate }) => link === 'up' && deactivate === 'no')
      const { id, activation } = found ?? testBed.cannotRun('no link is up and says deactivate "no"')
      await testBed.expectRefusal('deactivate', ['ERR_NOT_SUPPORTED', 'ERR_DENIED'], () =>
        live.backend.deactivate(id, activation ?? '', neverAborted),
      )
      await testBed.settle()
      assertUnaffected(live, { id, activation }, 'deactivate of a link that cannot be taken down')
    },
  }),
  law({
    id: 'deactivate-aborted',
    says: 'deactivate with an aborted signal rejects with the abort reason and has no effect',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = await testBed.ensureUpLink(live)
      const { activation } = live.shown(id)
      const reason = new Error('changed my mind')
      const call = { signal: AbortSignal.abort(reason) }
      await testBed.expectAborted('deactivate', reason, () =>
        live.backend.deactivate(id, activation ?? '', call),
      )
      await testBed.settle()
      assertUnaffected(live, { id, activation }, 'a deactivation that was aborted before it began')
    },
  }),
]

/** Fails unless a link is still up with the same activation: it may have been down, and up again, in the meantime. */
function assertUnaffected(
  live: Live,
  { id, activation }: Pick<LinkConfiguration, 'id' | 'activation'>,
  what: string,
): void {
  const { link, activation: shown } = live.shown(id)
  assert.equal(link, 'up', `${what} left the link ${link}`)
  assert.equal(shown, activation, `${what} ended ${activation}: the link is up again, as ${shown}`)
}

/** Activates a link that can be taken down again; resolves to its id. */
async function bringUpStoppable(testBed: TestBed, live: Live): Promise<string> {
  const id = testBed.findStartable(live)
  if (live.shown(id).deactivate === 'no') testBed.cannotRun('no link can be taken down')
  await testBed.bringUp(live, id)
  return id
}
