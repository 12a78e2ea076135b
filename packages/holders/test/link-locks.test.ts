import { getEventListeners } from 'node:events'
import { VirtualClock } from '@roamkit/backend-mock'
import { KeyedQueue } from '@roamkit/core/backend-kit'
import { describe, expect, it } from 'vitest'
import type { RendezvousLock } from '../src/index.js'
import { LinkLocks } from '../src/link-locks.js'
import { ScriptedMachine, scriptedRendezvous } from './scripted-rendezvous.js'

const KEY = 'a link'
/** When the tests begin: not at 0, where a sum and a difference are the same. */
const START = 500

/** The locks of one process, on a system that answers as the test says. */
async function lab() {
  const clock = new VirtualClock()
  await clock.advance(START)
  const tries: number[] = []
  const logged: unknown[] = []
  const system = {
    lock: null as RendezvousLock | null,
    error: null as Error | null,
    /** Called while it is asked for the lock. */
    asked: () => {},
    holder: (): string | null => 'A',
    /** After how many milliseconds a waiter hears that the lock may be free; `null`: never. */
    freeAfter: null as number | null,
  }
  const queue = new KeyedQueue()
  const rendezvous = {
    ...scriptedRendezvous(new ScriptedMachine(), 1),
    take: async () => {
      tries.push(clock.now() - START)
      system.asked()
      if (system.error !== null) throw system.error
      return system.lock
    },
    holder: () => system.holder(),
    untilFree: (_: string, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve())
        if (system.freeAfter === 0) resolve()
        else if (system.freeAfter !== null) clock.after(system.freeAfter, resolve)
      }),
  }
  const log = (event: string, detail: object) => void logged.push([event, detail])
  const locks = new LinkLocks({ rendezvous, clock, queue, log })
  const { signal } = new AbortController()
  /** Waits for the lock for so long; says how it ends, and when. */
  const acquire = (ms: number, by = signal) => {
    const outcome = locks.acquire(KEY, clock.now() + ms, by)
    const seen = { mode: 'waits', at: -1 }
    void outcome.then(
      ({ mode }) => Object.assign(seen, { mode, at: clock.now() - START }),
      () => Object.assign(seen, { mode: 'rejected', at: clock.now() - START }),
    )
    return { outcome, seen }
  }
  return { clock, tries, logged, system, queue, locks, acquire, signal }
}

/** A lock, and how often it was released. */
function aLock(isAwaited: boolean) {
  const lock = {
    isAwaited,
    released: 0,
    release: () => {
      lock.released += 1
    },
  }
  return lock
}

describe('a lock that is released', () => {
  it('is left to another process that waits for it, for two milliseconds', async () => {
    const { clock, system, acquire } = await lab()
    const lock = aLock(true)
    system.lock = lock
    const { release } = await acquire(1000).outcome
    const next = acquire(1000)
    release()
    expect(lock.released).toBe(1)
    await clock.advance(1)
    expect(next.seen.mode).toBe('waits')
    await clock.advance(1)
    expect(next.seen).toEqual({ mode: 'locked', at: 2 })
    expect(clock.pending).toBe(0)
  })

  it('goes to the next command of this process at once if no other is seen waiting', async () => {
    const { clock, system, acquire } = await lab()
    system.lock = aLock(false)
    const { release } = await acquire(1000).outcome
    const next = acquire(1000)
    release()
    await clock.advance(0)
    expect([next.seen, clock.pending]).toEqual([{ mode: 'locked', at: 0 }, 0])
  })

  it('is left to no other when the locks end', async () => {
    const { clock, system, locks, acquire } = await lab()
    system.lock = aLock(true)
    const { release } = await acquire(1000).outcome
    const next = acquire(1000)
    release()
    locks.end()
    await clock.advance(0)
    expect([next.seen, clock.pending]).toEqual([{ mode: 'locked', at: 0 }, 0])
  })
})

describe('the turn within a process (C6)', () => {
  it('is waited for until its time is over, and leaves nothing behind', async () => {
    const { clock, system, logged, queue, acquire, signal } = await lab()
    system.lock = aLock(false)
    const endTurn = await queue.take(KEY, signal)
    const late = acquire(1000)
    await clock.advance(999)
    expect(late.seen.mode).toBe('waits')
    await clock.advance(1)
    expect(late.seen).toEqual({ mode: 'timedOut', at: 1000 })
    expect(logged).toEqual([['holders: another command of this process does not end', { key: KEY }]])
    const next = acquire(1000)
    endTurn()
    await clock.advance(0)
    expect(next.seen.mode).toBe('locked')
    expect([clock.pending, getEventListeners(signal, 'abort').length]).toEqual([0, 0])
  })
})

describe('a lock that is taken', () => {
  it('is waited for until the time is over, whoever has it', async () => {
    for (const holder of ['A', null]) {
      const { clock, system, logged, acquire } = await lab()
      system.holder = () => holder
      const { seen } = acquire(1000)
      await clock.advance(1000)
      expect(seen).toEqual({ mode: 'timedOut', at: 1000 })
      expect(logged).toEqual([['holders: a lock was not released in time', { key: KEY, holder }]])
      expect(clock.pending).toBe(0)
    }
  })

  it('is not waited for again while the same process has it', async () => {
    const { clock, system, acquire } = await lab()
    const first = acquire(1000)
    await clock.advance(1000)
    const second = acquire(1000)
    await clock.advance(0)
    ;(await first.outcome).release()
    await clock.advance(0)
    expect(second.seen).toEqual({ mode: 'timedOut', at: 1000 })
    ;(await second.outcome).release()
    system.holder = () => 'B'
    const third = acquire(1000)
    await clock.advance(1000)
    expect(third.seen).toEqual({ mode: 'timedOut', at: 2000 })
  })

  it('is waited for again if it was never known who has it', async () => {
    const { clock, system, acquire } = await lab()
    system.holder = () => null
    const first = acquire(1000)
    await clock.advance(1000)
    ;(await first.outcome).release()
    const second = acquire(1000)
    await clock.advance(1000)
    expect(second.seen).toEqual({ mode: 'timedOut', at: 2000 })
  })

  it('is not waited for again if who has it is unknown three times in a row', async () => {
    const { clock, system, tries, acquire } = await lab()
    const first = acquire(1000)
    await clock.advance(1000)
    ;(await first.outcome).release()
    system.freeAfter = 0
    const answers = [null, null, 'B', null, null, null, null]
    system.holder = () => answers.shift() ?? null
    tries.length = 0
    const second = acquire(1000)
    await clock.advance(1000)
    expect(second.seen.mode).toBe('timedOut')
    expect(tries.length).toBe(6)
  })

  it('is waited for to the end if it never timed out, or if another process has it, however often it is tried', async () => {
    const { clock, system, acquire } = await lab()
    system.freeAfter = 0
    system.holder = () => null
    const first = acquire(100)
    await clock.advance(100)
    expect(first.seen).toEqual({ mode: 'timedOut', at: 100 })
    ;(await first.outcome).release()
    system.holder = () => 'B'
    const second = acquire(100)
    await clock.advance(100)
    expect(second.seen).toEqual({ mode: 'timedOut', at: 200 })
  })
})

describe('a lock that seems to be free and is not', () => {
  it('is tried with pauses of at most 16 ms where holders change or are unknown, and never after the time is over', async () => {
    for (const isKnown of [true, false]) {
      const { clock, system, tries, acquire } = await lab()
      system.freeAfter = 0
      let holders = 0
      system.holder = () => {
        holders += 1
        return isKnown ? `${holders}` : null
      }
      const { seen } = acquire(70)
      await clock.advance(100)
      expect(tries).toEqual([0, 1, 3, 7, 15, 31, 47, 63, 70])
      expect(seen).toEqual({ mode: 'timedOut', at: 70 })
    }
  })

  it('is tried with pauses of at most 200 ms where one holder keeps it', async () => {
    const { clock, system, tries, acquire } = await lab()
    system.freeAfter = 0
    acquire(1000)
    await clock.advance(1000)
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 455, 655, 855, 1000])
  })

  it('is tried at once if the wait for it was long', async () => {
    for (const freeAfter of [1, 100]) {
      const { clock, system, tries, acquire } = await lab()
      system.freeAfter = freeAfter
      acquire(1000)
      await clock.advance(freeAfter * 2)
      expect(tries).toEqual([0, freeAfter, freeAfter * 2])
    }
  })
})

describe('a command that is given up while the system answers', () => {
  it('keeps no lock, and rejects with the reason', async () => {
    const { clock, system, acquire } = await lab()
    const lock = aLock(false)
    system.lock = lock
    const controller = new AbortController()
    const reason = new Error('no more')
    system.asked = () => controller.abort(reason)
    const { outcome } = acquire(1000, controller.signal)
    await expect(outcome).rejects.toBe(reason)
    expect(lock.released).toBe(1)
    const next = acquire(1000)
    await clock.advance(0)
    expect(next.seen.mode).toBe('locked')
  })

  it('rejects with the reason also if the system grants no lock, which is logged', async () => {
    const { clock, system, logged, acquire } = await lab()
    const error = new Error('EMFILE')
    system.error = error
    const controller = new AbortController()
    const reason = new Error('no more')
    system.asked = () => controller.abort(reason)
    const { outcome } = acquire(1000, controller.signal)
    await expect(outcome).rejects.toBe(reason)
    expect(logged).toEqual([['holders: the system grants no lock', { key: KEY, error }]])
    const next = acquire(1000)
    await clock.advance(0)
    expect(next.seen.mode).toBe('refused')
  })
})
