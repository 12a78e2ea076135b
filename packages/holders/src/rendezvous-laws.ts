import assert from 'node:assert/strict'
import type { Entry, Rendezvous, RendezvousLock } from './rendezvous.js'

/** A separate process that uses a rendezvous on request. How the test talks to it is up to the rig. */
export interface FarRendezvous {
  /** Takes the lock and keeps it. Resolves to whether it got the lock. */
  take(key: string): Promise<boolean>
  /** Releases the lock that it took. */
  release(key: string): Promise<void>
  /** Attends the key until it departs or dies. Resolves to whether it could. */
  attend(key: string): Promise<boolean>
  /** Ends its latest attendance. */
  depart(key: string): Promise<void>
  /** Excludes all others and keeps them out. Resolves to whether it won. */
  exclude(key: string): Promise<boolean>
  /** Lets the others in again. */
  letIn(key: string): Promise<void>
  /** Puts an entry up as that member, without attestation, for as long as it lives. */
  post(key: string, member: string, text: string): Promise<void>
  /** The entries as that process sees them; `null` if it cannot tell. */
  entries(key: string): Promise<readonly Entry[] | null>
  /** Whether it finds all entries attested. */
  isAttested(key: string): Promise<boolean>
  /** Subscribes as that member. What arrives is kept for {@link notifications}. */
  subscribe(key: string, member: string): Promise<void>
  /** The notifications since the last call, in order. */
  notifications(): Promise<readonly string[]>
  /** Notifies all subscribers except that member. */
  notify(key: string, member: string, text: string): Promise<void>
  /** Stops the process without killing it (SIGSTOP). Leave it out if the platform cannot: the laws that need it do not run then. */
  readonly stop?: () => Promise<void>
  /** Kills the process, and resolves when it is dead. */
  kill(): Promise<void>
}

/** What the laws need for their tests. */
export interface RendezvousRig {
  /** Opens a rendezvous in this process. The rig disposes it. */
  open(): Rendezvous
  /** Opens one in a process of its own, which the rig ends. */
  far(): Promise<FarRendezvous>
  /** A key that nobody else uses. Its text needs escaping. */
  key(): string
  /**
   * Spoils one part of what attendance is made of, as a single foreign program may do by chance. Resolves to the undo. Leave it out if
   * there is no such part: the law that needs it does not run then.
   */
  readonly spoil?: (key: string) => Promise<() => void>
  /**
   * Like `far`, but as another user. Leave it out if the rig cannot do that (it needs root): the law that needs it does not run then.
   */
  readonly stranger?: () => Promise<FarRendezvous>
}

/** One promise of every rendezvous, with a test of it. */
export interface RendezvousLaw {
  readonly id: string
  readonly says: string
  /** Resolves if the rendezvous keeps the promise, and rejects with what is wrong. */
  run(rig: RendezvousRig): Promise<void>
}

const A = 'AAAAAAAAAAA'
const B = 'BBBBBBBBBBB'
const unlimited = { signal: new AbortController().signal }

/**
 * The promises of every rendezvous. Authors of one run each law with their own rig, in any test runner. The laws wait for effects
 * without a timeout of their own: the runner sets one.
 */
export const rendezvousLaws: readonly RendezvousLaw[] = [
  {
    id: 'lock-excludes',
    says: 'one at a time has the lock, in this process and others, and it is not recursive',
    async run(rig) {
      const [one, other, far, key] = [rig.open(), rig.open(), await rig.far(), rig.key()]
      const lock = await taken(one, key)
      assert.equal(await one.take(key), null, 'the same one got the lock twice')
      assert.equal(await other.take(key), null, 'another one of the process got a lock that was taken')
      assert.equal(await far.take(key), false, 'another process got a lock that was taken')
      ;(await taken(one, rig.key())).release()
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
    says: 'the word for the holder of the lock is a new one each time it is taken, or always null',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
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
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      assert.ok(await far.take(key))
      const got = untilTaken(one, key)
      await far.release(key)
      ;(await got).release()
    },
  },
  {
    id: 'lock-dies',
    says: 'the lock of a process that is killed is free, and waiting for it ends',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      assert.ok(await far.take(key))
      const got = untilTaken(one, key)
      await far.kill()
      ;(await got).release()
    },
  },
  {
    id: 'lock-wait-aborts',
    says: 'waiting ends with the reason of its signal, and the lock stays with its holder',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
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
    says: 'any number attend at once, in this process and out of it, and none of them can exclude while another is there',
    async run(rig) {
      const [one, other, far, key] = [rig.open(), rig.open(), await rig.far(), rig.key()]
      const goAway = await attending(one, key)
      const goAwayToo = await attending(other, key)
      assert.equal(await far.attend(key), true, 'another process cannot attend')
      for (const rendezvous of [one, other])
        assert.equal(await rendezvous.exclude(key), null, 'it excludes those who are there')
      assert.equal(await far.exclude(key), false, 'another process excludes those who are there')
      goAway()
      goAway()
      goAwayToo()
      assert.equal(await one.exclude(key), null, 'it excludes another process that is there')
      await far.depart(key)
      ;(await excluding(one, key))()
      ;(await excluding(one, rig.key()))()
    },
  },
  {
    id: 'excluded-by-one',
    says: 'one at a time excludes, and nobody attends until it lets others in',
    async run(rig) {
      const [one, other, far, key] = [rig.open(), rig.open(), await rig.far(), rig.key()]
      const letIn = await excluding(one, key)
      assert.equal(await one.exclude(key), null, 'it excludes twice')
      assert.equal(await other.exclude(key), null, 'two exclude at once')
      assert.equal(await far.exclude(key), false, 'another process excludes as well')
      assert.equal(await one.attend(key), null, 'it attends what it excludes from')
      assert.equal(await other.attend(key), null, 'an excluded one attends')
      assert.equal(await far.attend(key), false, 'another process attends although it is excluded')
      ;(await attending(other, rig.key()))()
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
    says: 'a process that is killed is not present any more, and excludes nobody',
    async run(rig) {
      const [one, far, other, key] = [rig.open(), await rig.far(), await rig.far(), rig.key()]
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
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      if (far.stop === undefined) return
      const other = rig.key()
      assert.deepEqual([await far.attend(key), await far.exclude(other)], [true, true])
      await far.stop()
      assert.equal(await one.exclude(key), null)
      assert.equal(await one.attend(other), null)
    },
  },
  {
    id: 'attendance-of-strangers',
    says: 'a process of another user counts as any other',
    async run(rig) {
      if (rig.stranger === undefined) return
      const [one, far, key] = [rig.open(), await rig.stranger(), rig.key()]
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
    says: 'a part that a foreign program has taken by chance prevents nobody from attending, and nobody from excluding',
    async run(rig) {
      if (rig.spoil === undefined) return
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      const unspoil = await rig.spoil(key)
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
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      const other = rig.key()
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
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
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
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      await far.post(key, B, 'far'.repeat(200))
      assert.ok(members(one.entries(key)).has(B))
      await far.kill()
      assert.deepEqual(one.entries(key), [])
    },
  },
  {
    id: 'entries-outlast-a-stop',
    says: 'the entries of a process that is stopped are seen: it is still present',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      if (far.stop === undefined) return
      await far.post(key, B, 'far')
      await far.stop()
      assert.deepEqual(one.entries(key), [{ member: B, text: 'far' }])
      one.notify(key, A, 'nobody answers')
    },
  },
  {
    id: 'entries-are-attested',
    says: 'an entry is attested for other processes of the user exactly if it was attested',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      const takeDown = await one.post(key, A, 'mine', { attest: 'yes' })
      assert.equal(await far.isAttested(key), true)
      const mine = { member: A, text: 'mine' }
      const lies = [
        { member: A, text: 'other' },
        { member: B, text: 'mine' },
        { member: A, text: null },
      ]
      assert.deepEqual([...one.selectAttested(key, [...lies, mine])], [mine])
      assert.deepEqual([...one.selectAttested(rig.key(), [mine])], [])
      takeDown()
      assert.deepEqual([...one.selectAttested(key, [mine])], [])
      await one.post(key, A, 'not attested', { attest: 'no' })
      assert.equal(await far.isAttested(key), false)
    },
  },
  {
    id: 'notifications-arrive',
    says: 'a notification reaches all other subscribers, in this process and others, until they unsubscribe',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      const received: string[] = []
      const unhang = await one.subscribe(key, A, (text) => received.push(text))
      await far.subscribe(key, B)
      await far.notify(key, B, 'é to A')
      await until(() => received.length > 0)
      one.notify(key, A, 'to B')
      const farReceived: string[] = []
      await until(async () => farReceived.push(...(await far.notifications())) > 0)
      assert.deepEqual([received, farReceived], [['é to A'], ['to B']])
      unhang()
      await far.notify(key, B, 'nobody')
      await far.notify(rig.key(), B, 'nobody')
      assert.deepEqual([received, await far.notifications()], [['é to A'], []])
    },
  },
  {
    id: 'disposal-gives-back',
    says: 'disposal leaves nothing behind, and is idempotent',
    async run(rig) {
      const [one, far, key] = [rig.open(), await rig.far(), rig.key()]
      await taken(one, key)
      await one.post(key, A, 'mine', { attest: 'yes' })
      await one.subscribe(key, A, () => undefined)
      await one.attend(key)
      const other = rig.key()
      assert.ok(await one.exclude(other), 'nobody is there, and it cannot exclude')
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
  assert.ok(goAway, 'nobody excludes, and it cannot attend')
  return goAway
}

async function excluding(rendezvous: Rendezvous, key: string): Promise<() => void> {
  const letIn = await rendezvous.exclude(key)
  assert.ok(letIn, 'nobody is there, and it cannot exclude')
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
