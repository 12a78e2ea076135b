import assert from 'node:assert/strict'
import type { Entry, Rendezvous, RendezvousLock } from './rendezvous.js'
import { CannotRun, type RendezvousAdapter } from './rendezvous-adapter.js'

export { CannotRun, type FarRendezvous, type RendezvousAdapter } from './rendezvous-adapter.js'

/** One promise of every rendezvous, with a test of it. */
export interface RendezvousLaw {
  readonly id: string
  readonly says: string
  /** Resolves if the rendezvous keeps the promise, and rejects with what is wrong, or with {@link CannotRun}. */
  run(adapter: RendezvousAdapter): Promise<void>
}

const A = 'AAAAAAAAAAA'
const B = 'BBBBBBBBBBB'
const unlimited = { signal: new AbortController().signal }

/**
 * The promises of every rendezvous. Authors of one run each law with their own adapter, in any test runner, and report
 * {@link CannotRun} as skipped. The laws wait for effects without a timeout of their own: the runner sets one.
 */
export const rendezvousLaws: readonly RendezvousLaw[] = [
  {
    id: 'lock-excludes',
    says: 'one at a time has the lock, in this process and others, and the lock is not recursive',
    async run(adapter) {
      const [one, other, far, key] = [adapter.open(), adapter.open(), await adapter.far(), adapter.key()]
      const lock = await taken(one, key)
      assert.equal(await one.take(key), null, 'the same one got the lock twice')
      assert.equal(await other.take(key), null, 'another one of the process got a lock that was taken')
      assert.equal(await far.take(key), false, 'another process got a lock that was taken')
      ;(await taken(one, adapter.key())).release()
      lock.release()
      lock.release()
      assert.equal(await far.take(key), true, 'a lock that was released cannot be taken')
      assert.equal(await one.take(key), null, 'it got a lock that another process has')
      await far.release(key)
      ;(await taken(other, key)).release()
    },
  },
  {
    id: 'lock-holder',
    says: 'the name of the holder of the lock changes each time the lock is taken, or is always null',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      assert.equal(one.holder(key), null)
      await far.take(key)
      const first = one.holder(key)
      assert.equal(one.holder(key), first)
      await far.release(key)
      assert.equal(one.holder(key), null)
      await far.take(key)
      if (first !== null) assert.notEqual(one.holder(key), first)
    },
  },
  {
    id: 'lock-freed',
    says: 'waiting ends when the lock is released',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      assert.ok(await far.take(key))
      const got = untilTaken(one, key)
      await far.release(key)
      ;(await got).release()
    },
  },
  {
    id: 'lock-dies',
    says: 'the lock of a process that is killed is free, and waiting for it ends',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      assert.ok(await far.take(key))
      const got = untilTaken(one, key)
      await far.kill()
      ;(await got).release()
    },
  },
  {
    id: 'lock-wait-aborts',
    says: 'waiting ends with the reason of its signal, and the lock stays with its holder',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      assert.ok(await far.take(key))
      const giveUp = new AbortController()
      const waiting = one.untilFree(key, { signal: giveUp.signal })
      const reason = new Error('no more')
      giveUp.abort(reason)
      await assert.rejects(waiting, (error) => error === reason)
      await assert.rejects(one.untilFree(key, { signal: giveUp.signal }), (error) => error === reason)
      assert.equal(await one.take(key), null)
    },
  },
  {
    id: 'attended-by-many',
    says: 'any number attend at once, in this process and others, and none of them can exclude while another is present',
    async run(adapter) {
      const [one, other, far, key] = [adapter.open(), adapter.open(), await adapter.far(), adapter.key()]
      const goAway = await attending(one, key)
      const goAwayToo = await attending(other, key)
      assert.equal(await far.attend(key), true, 'another process cannot attend')
      for (const rendezvous of [one, other])
        assert.equal(await rendezvous.exclude(key), null, 'it excludes although others are present')
      assert.equal(await far.exclude(key), false, 'another process excludes although others are present')
      goAway()
      goAway()
      goAwayToo()
      assert.equal(await one.exclude(key), null, 'it excludes although another process is present')
      await far.depart(key)
      ;(await excluding(one, key))()
      ;(await excluding(one, adapter.key()))()
    },
  },
  {
    id: 'excluded-by-one',
    says: 'one at a time excludes, and the others cannot attend until it lets them in',
    async run(adapter) {
      const [one, other, far, key] = [adapter.open(), adapter.open(), await adapter.far(), adapter.key()]
      const letIn = await excluding(one, key)
      assert.equal(await one.exclude(key), null, 'it excludes twice')
      assert.equal(await other.exclude(key), null, 'two exclude at once')
      assert.equal(await far.exclude(key), false, 'another process excludes as well')
      assert.equal(await one.attend(key), null, 'it attends what it excludes from')
      assert.equal(await other.attend(key), null, 'an excluded one attends')
      assert.equal(await far.attend(key), false, 'another process attends although it is excluded')
      ;(await attending(other, adapter.key()))()
      letIn()
      letIn()
      assert.equal(await far.exclude(key), true, 'ending the exclusion has no effect')
      assert.equal(await one.attend(key), null, 'it attends what another process excludes it from')
      await far.letIn(key)
      ;(await attending(one, key))()
    },
  },
  {
    id: 'attendance-dies',
    says: 'a process that is killed is no longer present, and no longer excludes others',
    async run(adapter) {
      const [one, far, other, key] = [adapter.open(), await adapter.far(), await adapter.far(), adapter.key()]
      assert.equal(await far.attend(key), true)
      assert.equal(await one.exclude(key), null)
      await far.kill()
      ;(await excluding(one, key))()
      assert.equal(await other.exclude(key), true)
      await other.kill()
      ;(await attending(one, key))()
    },
  },
  {
    id: 'attendance-outlasts-a-stop',
    says: 'a process that is stopped is still present, and still excludes others',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      if (far.stop === undefined) throw new CannotRun('far() has no stop()')
      const other = adapter.key()
      assert.deepEqual([await far.attend(key), await far.exclude(other)], [true, true])
      await far.stop()
      assert.equal(await one.exclude(key), null)
      assert.equal(await one.attend(other), null)
    },
  },
  {
    id: 'attendance-of-strangers',
    says: 'a process of another user counts as any other',
    async run(adapter) {
      const { stranger } = adapter
      if (stranger === undefined) throw new CannotRun('the adapter has no stranger()')
      const [one, far, key] = [adapter.open(), await stranger(), adapter.key()]
      const goAway = await attending(one, key)
      assert.deepEqual([await far.exclude(key), await far.attend(key)], [false, true])
      goAway()
      assert.equal(await one.exclude(key), null)
      await far.depart(key)
      const letIn = await excluding(one, key)
      assert.deepEqual([await far.exclude(key), await far.attend(key)], [false, false])
      letIn()
    },
  },
  {
    id: 'attendance-is-not-spoilt',
    says: 'a part that a foreign program has taken by chance prevents neither attending nor excluding',
    async run(adapter) {
      const { spoil } = adapter
      if (spoil === undefined) throw new CannotRun('the adapter has no spoil()')
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      const unspoil = await spoil(key)
      const goAway = await attending(one, key)
      assert.deepEqual([await far.exclude(key), await far.attend(key)], [false, true])
      goAway()
      assert.equal(await one.exclude(key), null)
      await far.depart(key)
      const letIn = await excluding(one, key)
      assert.equal(await far.attend(key), false)
      // A part that was spoilt when they came makes no difference once it is whole again.
      unspoil()
      assert.deepEqual([await far.attend(key), await far.exclude(key)], [false, false])
      letIn()
    },
  },
  {
    id: 'entries-are-seen',
    says: 'an entry is seen verbatim by all until it is taken down, under its key only',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      const other = adapter.key()
      for (const text of ['', 'x', 'é\u0000"\n\\ @', 'long '.repeat(300)]) {
        const takeDown = await one.post(key, A, text, { attest: 'no' })
        for (const seen of [one.entries(key), await far.entries(key)])
          assert.deepEqual(seen, [{ member: A, text }])
        assert.deepEqual(await far.entries(other), [])
        takeDown()
        takeDown()
        assert.deepEqual(await far.entries(key), [])
      }
      await assert.rejects(one.post(key, A, 'x'.repeat(1501), { attest: 'no' }))
      assert.deepEqual(one.entries(key), [])
    },
  },
  {
    id: 'entries-add-up',
    says: 'members see all entries of each other, and a member that changes its entry never disappears in between',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      await far.post(key, B, 'far')
      let takeDown = await one.post(key, A, 'first', { attest: 'no' })
      for (let count = 0; count < 20; count += 1) {
        const seen = members(one.entries(key))
        assert.ok(seen.has(A) && seen.has(B), 'a member is gone')
        const next = await one.post(key, A, `next ${count} ${'x'.repeat(count * 50)}`, { attest: 'no' })
        takeDown()
        takeDown = next
      }
    },
  },
  {
    id: 'entries-die',
    says: 'the entries of a process that is killed are gone',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      await far.post(key, B, 'far'.repeat(200))
      assert.ok(members(one.entries(key)).has(B))
      await far.kill()
      assert.deepEqual(one.entries(key), [])
    },
  },
  {
    id: 'entries-outlast-a-stop',
    says: 'the entries of a process that is stopped are seen: it is still present',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      if (far.stop === undefined) throw new CannotRun('far() has no stop()')
      await far.post(key, B, 'far')
      await far.stop()
      assert.deepEqual(one.entries(key), [{ member: B, text: 'far' }])
      one.notify(key, A, 'not answered')
    },
  },
  {
    id: 'entries-are-attested',
    says: 'an entry is attested for other processes of the user exactly if it was attested',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      const takeDown = await one.post(key, A, 'mine', { attest: 'yes' })
      assert.equal(await far.isAttested(key), true)
      const mine = { member: A, text: 'mine' }
      const lies = [
        { member: A, text: 'other' },
        { member: B, text: 'mine' },
        { member: A, text: null },
      ]
      assert.deepEqual([...one.selectAttested(key, [...lies, mine])], [mine])
      assert.deepEqual([...one.selectAttested(adapter.key(), [mine])], [])
      takeDown()
      assert.deepEqual([...one.selectAttested(key, [mine])], [])
      await one.post(key, A, 'not attested', { attest: 'no' })
      assert.equal(await far.isAttested(key), false)
    },
  },
  {
    id: 'notifications-arrive',
    says: 'a notification reaches all other subscribers, in this process and others, until they unsubscribe',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      const received: string[] = []
      const unsubscribe = await one.subscribe(key, A, (text) => received.push(text))
      await far.subscribe(key, B)
      await far.notify(key, B, 'é to A')
      await until(() => received.length > 0)
      one.notify(key, A, 'to B')
      const farReceived: string[] = []
      await until(async () => farReceived.push(...(await far.notifications())) > 0)
      assert.deepEqual([received, farReceived], [['é to A'], ['to B']])
      unsubscribe()
      await far.notify(key, B, 'not received')
      await far.notify(adapter.key(), B, 'not received')
      assert.deepEqual([received, await far.notifications()], [['é to A'], []])
    },
  },
  {
    id: 'disposal-gives-back',
    says: 'disposal leaves nothing behind, and is idempotent',
    async run(adapter) {
      const [one, far, key] = [adapter.open(), await adapter.far(), adapter.key()]
      await taken(one, key)
      await one.post(key, A, 'mine', { attest: 'yes' })
      await one.subscribe(key, A, () => undefined)
      await one.attend(key)
      const other = adapter.key()
      assert.ok(await one.exclude(other), 'no one else is present, but it cannot exclude')
      await one[Symbol.asyncDispose]()
      await one[Symbol.asyncDispose]()
      assert.deepEqual(await far.entries(key), [])
      assert.equal(await far.take(key), true)
      assert.equal(await far.exclude(key), true)
      assert.equal(await far.attend(other), true)
    },
  },
]

async function taken(rendezvous: Rendezvous, key: string): Promise<RendezvousLock> {
  const lock = await rendezvous.take(key)
  assert.ok(lock, 'a free lock cannot be taken')
  return lock
}

async function attending(rendezvous: Rendezvous, key: string): Promise<() => void> {
  const goAway = await rendezvous.attend(key)
  assert.ok(goAway, 'no one excludes, but it cannot attend')
  return goAway
}

async function excluding(rendezvous: Rendezvous, key: string): Promise<() => void> {
  const letIn = await rendezvous.exclude(key)
  assert.ok(letIn, 'no one else is present, but it cannot exclude')
  return letIn
}

/** Waits for the lock as `sharedHolders` does. */
async function untilTaken(rendezvous: Rendezvous, key: string): Promise<RendezvousLock> {
  for (;;) {
    const lock = await rendezvous.take(key)
    if (lock !== null) return lock
    await rendezvous.untilFree(key, unlimited)
  }
}

function members(entries: readonly Entry[] | null): ReadonlySet<string> {
  return new Set(entries?.map(({ member }) => member))
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => setTimeout(resolve, 1))
}
