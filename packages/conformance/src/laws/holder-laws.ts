import assert from 'node:assert/strict'
import { deferred } from '@roamkit/core/backend-kit'
import type { Held, Holders } from '@roamkit/core/contract'
import type { Live } from '../test-bed/live.js'
import { neverAborted, type TestBed, track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** A link that exists in no fixture: holders are counted by id, whatever the links are. */
const ID = 'a link for the laws, é"\\'

/** How a backend counts the holders of its links across processes, if it does. */
export const holderLaws: readonly Law[] = [
  law({
    id: 'holders-exclude',
    says: 'only one process at a time has the lock of a link; the locks of other links are independent (H3)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const { holders: there } = await testBed.controls.elsewhere()
      for (const [first, second] of [
        [here, there],
        [there, here],
      ] as const) {
        const inside = gate()
        const seen: string[] = []
        const one = track('the first', () => first.locked(scope, ID, inside.enter, neverAborted))
        await testBed.waitUntil('a free lock is acquired', () => inside.isEntered)
        const enter = async () => void seen.push('second')
        const two = track('the second', () => second.locked(scope, ID, enter, neverAborted))
        await testBed.call('the lock of another link', () =>
          second.locked(scope, `${ID} 2`, async () => 0, neverAborted),
        )
        await testBed.settle()
        assert.deepEqual(seen, [], 'two processes have the lock at the same time')
        inside.leave()
        await testBed.waitUntil('a released lock is acquired', () => two.outcome !== null)
        await testBed.waitUntil('the first has released the lock', () => one.outcome !== null)
        assert.deepEqual([seen, one.outcome], [['second'], { value: undefined }])
      }
    },
  }),
  law({
    id: 'holders-count',
    says: 'each process counts every other holder once, however often it joins, until it leaves (H2)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const { holders: there } = await testBed.controls.elsewhere()
      const others = async (holders: Holders) => (await look(testBed, holders, scope)).others
      assert.equal(await others(here), 0, 'a link without holders is counted as held')
      await within(testBed, there, scope, (held) => held.join(null))
      await within(testBed, there, scope, (held) => held.join(null))
      assert.deepEqual([await others(here), await others(there)], [1, 0])
      await within(testBed, here, scope, (held) => held.join(null))
      assert.deepEqual([await others(here), await others(there)], [1, 1])
      await within(testBed, there, scope, (held) => held.leave())
      assert.deepEqual([await others(here), await others(there)], [0, 1])
    },
  }),
  law({
    id: 'holders-exclude-others',
    says: 'exclude succeeds when no other process holds the link, and fails while one does, counted or not (H3)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const far = await testBed.controls.elsewhere()
      const excludes = (holders: Holders) => within(testBed, holders, scope, (held) => held.exclude())
      assert.equal(here.certainty, 'certain', 'certainty is not certain')
      assert.equal(await excludes(here), true, 'exclude failed without any holder')
      await within(testBed, here, scope, (held) => held.join(null))
      assert.equal(await excludes(here), true, 'a process that holds the link cannot exclude the others')
      assert.equal(
        await excludes(far.holders),
        false,
        'exclude succeeded while another process holds the link',
      )
      await within(testBed, far.holders, scope, (held) => held.join(null))
      assert.equal(await excludes(here), false, 'exclude succeeded while both processes hold the link')
      await within(testBed, far.holders, scope, async (held) => {
        await held.leave()
        assert.equal(
          await held.exclude(),
          false,
          'exclude succeeded after leaving, while the other process holds the link',
        )
      })
      await within(testBed, far.holders, scope, (held) => held.join(null))
      await far.kill()
      await within(testBed, here, scope, async (held) => {
        assert.equal(await held.exclude(), true, 'a killed process keeps exclude from succeeding')
        await held.leave()
      })
      assert.equal(await excludes(here), true, 'exclude failed after the last holder left')
    },
  }),
  law({
    id: 'holders-remember',
    says: 'the owned activation is kept verbatim as long as any process holds the link, and no longer (H1)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const far = await testBed.controls.elsewhere()
      const owned = 'activation é"\\ /1'
      await within(testBed, far.holders, scope, (held) => held.join(owned))
      await within(testBed, here, scope, (held) => held.join(held.owned))
      await far.kill()
      assert.equal((await look(testBed, here, scope)).owned, owned, 'the owned activation is lost')
      await within(testBed, here, scope, (held) => held.leave())
      assert.equal((await look(testBed, here, scope)).owned, null)
    },
  }),
  law({
    id: 'holders-die',
    says: 'a killed process holds no link and no lock (H2)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const [far, holding] = [await testBed.controls.elsewhere(), gate()]
      await within(testBed, far.holders, scope, (held) => held.join('activation'))
      assert.equal((await look(testBed, here, scope)).others, 1)
      const locking = track('its lock', () => far.holders.locked(scope, ID, holding.enter, neverAborted))
      await testBed.waitUntil('a free lock is acquired', () => holding.isEntered)
      await far.kill()
      holding.leave()
      assert.deepEqual(await look(testBed, here, scope), { others: 0, owned: null })
      // How a call to a killed process ends does not matter.
      void locking
    },
  }),
  law({
    id: 'holders-stopping',
    says: 'stopping a link notifies the other processes that watch it, and not the one that stops it (S10)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const { holders: there } = await testBed.controls.elsewhere()
      const notices: string[] = []
      here.watch(scope, ID, (activation) => notices.push(`here ${activation}`))
      here.watch(scope, `${ID} 2`, (activation) => notices.push(`other ${activation}`))
      there.watch(scope, ID, (activation) => notices.push(`there ${activation}`))
      await testBed.settle()
      await within(testBed, there, scope, async (held) => held.stopping('é 1'))
      await testBed.waitUntil('the others are notified', () => notices.length > 0)
      await within(testBed, here, scope, async (held) => held.stopping('é 2'))
      await testBed.waitUntil('the others are notified', () => notices.length > 1)
      await testBed.settle()
      assert.deepEqual(notices, ['here é 1', 'there é 2'])
    },
  }),
  law({
    id: 'holders-abort',
    says: 'aborting a wait for a lock rejects it with the abort reason, and the next in line still waits its turn',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const [{ holders: there }, inside] = [await testBed.controls.elsewhere(), gate()]
      const one = track('the first', () => there.locked(scope, ID, inside.enter, neverAborted))
      await testBed.waitUntil('a free lock is acquired', () => inside.isEntered)
      const [giveUp, reason] = [new AbortController(), new Error('no more')]
      const seen: string[] = []
      const enter = async () => void seen.push('in')
      const gone = track('the aborted wait', () => here.locked(scope, ID, enter, giveUp))
      const next = track('the next', () => here.locked(scope, ID, enter, neverAborted))
      await testBed.settle()
      giveUp.abort(reason)
      await testBed.waitUntil('the aborted wait settles', () => gone.outcome !== null)
      assert.deepEqual(gone.outcome, { reason })
      await testBed.settle()
      assert.deepEqual(seen, [], 'a process entered while another one has the lock')
      inside.leave()
      await testBed.waitUntil('the next in line gets the lock', () => next.outcome !== null)
      await testBed.waitUntil('the first has released the lock', () => one.outcome !== null)
      assert.deepEqual([seen, one.outcome], [['in'], { value: undefined }])
      await testBed.expectAborted('locked', reason, () => here.locked(scope, ID, enter, giveUp))
    },
  }),
  law({
    id: 'holders-dispose',
    says: 'a disposed backend holds no link (M7)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope, live } = await openCounting(testBed)
      const { holders: there } = await testBed.controls.elsewhere()
      await within(testBed, here, scope, (held) => held.join('activation'))
      assert.equal((await look(testBed, there, scope)).others, 1)
      await testBed.dispose(live.backend)
      assert.deepEqual(await look(testBed, there, scope), { others: 0, owned: null })
    },
  }),
]

async function openCounting(testBed: TestBed): Promise<{ here: Holders; scope: string; live: Live }> {
  const live = await testBed.open()
  const here =
    live.backend.holders ?? testBed.cannotRun('holders is null: core counts the holders within the process')
  const scope = live.world().scope ?? testBed.cannotRun('scope is null')
  return { here, scope, live }
}

function within<T>(
  testBed: TestBed,
  holders: Holders,
  scope: string,
  run: (held: Held) => Promise<T>,
): Promise<T> {
  return testBed.call('locked', () => holders.locked(scope, ID, run, neverAborted))
}

function look(testBed: TestBed, holders: Holders, scope: string) {
  return within(testBed, holders, scope, async ({ others, owned }) => ({ others, owned }))
}

/** A task that stays inside a lock until its `leave()` is called. */
function gate() {
  const { promise, resolve: leave } = deferred()
  const inside = {
    isEntered: false,
    enter: () => {
      inside.isEntered = true
      return promise
    },
    leave: () => leave(),
  }
  return inside
}
