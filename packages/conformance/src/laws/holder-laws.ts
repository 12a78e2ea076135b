import assert from 'node:assert/strict'
import { deferred } from '@roamkit/core/backend-kit'
import type { Held, Holders } from '@roamkit/core/contract'
import type { Live } from '../test-bed/live.js'
import { neverAborted, type TestBed, track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** A link that no world has: what is counted is up to those who count. */
const ID = 'a link for the laws, é"\\'

/** How a backend counts who holds its links across processes, where it does. */
export const holderLaws: readonly Law[] = [
  law({
    id: 'holders-exclude',
    says: "one at a time has a link's lock, whichever process it is in; other links are not concerned (H3)",
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
        await testBed.waitUntil('a free lock is to be had', () => inside.isEntered)
        const enter = async () => void seen.push('second')
        const two = track('the second', () => second.locked(scope, ID, enter, neverAborted))
        await testBed.call('the lock of another link', () =>
          second.locked(scope, `${ID} 2`, async () => 0, neverAborted),
        )
        await testBed.settle()
        assert.deepEqual(seen, [], 'two have the lock at once')
        inside.leave()
        await testBed.waitUntil('a lock that is given back is to be had', () => two.outcome !== null)
        await testBed.waitUntil('who was in has left', () => one.outcome !== null)
        assert.deepEqual([seen, one.outcome], [['second'], { value: undefined }])
      }
    },
  }),
  law({
    id: 'holders-count',
    says: 'a holder is counted by all others, once however often it joins, until it leaves (H2)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const { holders: there } = await testBed.controls.elsewhere()
      const others = async (holders: Holders) => (await look(testBed, holders, scope)).others
      assert.equal(await others(here), 0, 'somebody holds what nobody has joined')
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
    says: 'who is to take a link down wins that nobody else holds it, and loses while anybody does, seen or not (H3)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const far = await testBed.controls.elsewhere()
      const excludes = (holders: Holders) => within(testBed, holders, scope, (held) => held.exclude())
      assert.equal(here.certainty, 'certain', 'it is not certain who counts along')
      assert.equal(await excludes(here), true, 'nobody is there, and it loses')
      await within(testBed, here, scope, (held) => held.join(null))
      assert.equal(await excludes(here), true, 'its own presence keeps it from excluding')
      assert.equal(await excludes(far.holders), false, 'somebody is there, and another one wins')
      await within(testBed, far.holders, scope, (held) => held.join(null))
      assert.equal(await excludes(here), false, 'somebody is there, and it wins')
      await within(testBed, far.holders, scope, async (held) => {
        await held.leave()
        assert.equal(await held.exclude(), false, 'who has left wins against who has not')
      })
      await within(testBed, far.holders, scope, (held) => held.join(null))
      await far.kill()
      await within(testBed, here, scope, async (held) => {
        assert.equal(await held.exclude(), true, 'a dead one keeps it from excluding')
        await held.leave()
      })
      assert.equal(await excludes(here), true, 'what was won once is not given back')
    },
  }),
  law({
    id: 'holders-remember',
    says: 'whose a link is, is remembered verbatim as long as anybody holds it, and no longer (H1)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const far = await testBed.controls.elsewhere()
      const owned = 'activation é"\\ /1'
      await within(testBed, far.holders, scope, (held) => held.join(owned))
      await within(testBed, here, scope, (held) => held.join(held.owned))
      await far.kill()
      assert.equal((await look(testBed, here, scope)).owned, owned, 'nobody knows whose the link is')
      await within(testBed, here, scope, (held) => held.leave())
      assert.equal((await look(testBed, here, scope)).owned, null)
    },
  }),
  law({
    id: 'holders-die',
    says: 'a process that is killed holds nothing and keeps no lock from the others (H2)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const [far, holding] = [await testBed.controls.elsewhere(), gate()]
      await within(testBed, far.holders, scope, (held) => held.join('activation'))
      assert.equal((await look(testBed, here, scope)).others, 1)
      const locking = track('its lock', () => far.holders.locked(scope, ID, holding.enter, neverAborted))
      await testBed.waitUntil('a free lock is to be had', () => holding.isEntered)
      await far.kill()
      holding.leave()
      assert.deepEqual(await look(testBed, here, scope), { others: 0, owned: null })
      // Whatever became of a call to the dead.
      void locking
    },
  }),
  law({
    id: 'holders-stopping',
    says: 'that a link is stopped is told to those who watch it elsewhere, and not to who stops it (S10)',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const { holders: there } = await testBed.controls.elsewhere()
      const told: string[] = []
      here.watch(scope, ID, (activation) => told.push(`here ${activation}`))
      here.watch(scope, `${ID} 2`, (activation) => told.push(`other ${activation}`))
      there.watch(scope, ID, (activation) => told.push(`there ${activation}`))
      await testBed.settle()
      await within(testBed, there, scope, async (held) => held.stopping('é 1'))
      await testBed.waitUntil('the others are told', () => told.length > 0)
      await within(testBed, here, scope, async (held) => held.stopping('é 2'))
      await testBed.waitUntil('the others are told', () => told.length > 1)
      await testBed.settle()
      assert.deepEqual(told, ['here é 1', 'there é 2'])
    },
  }),
  law({
    id: 'holders-abort',
    says: 'waiting for a lock ends with the reason of its signal, and lets nobody in early',
    needs: ['elsewhere'],
    async run(testBed) {
      const { here, scope } = await openCounting(testBed)
      const [{ holders: there }, inside] = [await testBed.controls.elsewhere(), gate()]
      const one = track('the first', () => there.locked(scope, ID, inside.enter, neverAborted))
      await testBed.waitUntil('a free lock is to be had', () => inside.isEntered)
      const [giveUp, reason] = [new AbortController(), new Error('no more')]
      const seen: string[] = []
      const enter = async () => void seen.push('in')
      const gone = track('who gives up', () => here.locked(scope, ID, enter, giveUp))
      const next = track('the next', () => here.locked(scope, ID, enter, neverAborted))
      await testBed.settle()
      giveUp.abort(reason)
      await testBed.waitUntil('who gives up is let go', () => gone.outcome !== null)
      assert.deepEqual(gone.outcome, { reason })
      await testBed.settle()
      assert.deepEqual(seen, [], 'somebody is in while another has the lock')
      inside.leave()
      await testBed.waitUntil('the next has its turn', () => next.outcome !== null)
      await testBed.waitUntil('who was in has left', () => one.outcome !== null)
      assert.deepEqual([seen, one.outcome], [['in'], { value: undefined }])
      await testBed.expectAborted('locked', reason, () => here.locked(scope, ID, enter, giveUp))
    },
  }),
  law({
    id: 'holders-dispose',
    says: 'a backend that is disposed holds nothing (M7)',
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
  const here = live.backend.holders ?? testBed.cannotRun('it counts no holders: core does, in its process')
  const scope = live.world().scope ?? testBed.cannotRun('its world has no scope')
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

/** A task that stays inside a lock until it is told to leave. */
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
