import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Backoff, deferred, KeyedQueue, orAborted, pause, waitAtMost } from '../src/backend-kit/index.js'
import { systemClock } from '../src/primitives/time/system-clock.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const never = new AbortController().signal

describe('orAborted', () => {
  it('settles as the promise does', async () => {
    const failure = new Error('failed')
    expect(await orAborted(Promise.resolve(1), never)).toBe(1)
    await expect(orAborted(Promise.reject(failure), never)).rejects.toBe(failure)
  })

  it('rejects with the reason of the signal, and swallows what the promise says later', async () => {
    const [work, giveUp] = [deferred<number>(), new AbortController()]
    const waiting = orAborted(work.promise, giveUp.signal)
    giveUp.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    await expect(orAborted(work.promise, giveUp.signal)).rejects.toBe('enough')
    // An unhandled rejection would fail the run.
    work.reject(new Error('too late'))
    await vi.runAllTimersAsync()
  })
})

describe('waitAtMost', () => {
  it('says whether the task ended in time, and aborts one that did not', async () => {
    const seen: AbortSignal[] = []
    const wait = (work: Promise<void>) =>
      waitAtMost(systemClock, 100, never, ({ signal }) => {
        seen.push(signal)
        return orAborted(work, signal)
      })
    expect(await wait(Promise.resolve())).toBe(true)
    expect(await wait(Promise.reject(new Error('failed')))).toBe(true)
    const late = wait(new Promise(() => {}))
    await vi.advanceTimersByTimeAsync(99)
    expect(seen[2]?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await late).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects with the reason of the caller, as a pause does, and leaves no timer', async () => {
    const giveUp = new AbortController()
    const waits = [
      waitAtMost(systemClock, 100, giveUp.signal, () => new Promise(() => {})),
      pause(systemClock, 100, giveUp.signal),
    ]
    giveUp.abort('enough')
    for (const wait of waits) await expect(wait).rejects.toBe('enough')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a backoff', () => {
  const limits = { first: 100, longest: 300 }

  function retries(): { readonly backoff: Backoff; readonly at: number[] } {
    const [at, start] = [[] as number[], Date.now()]
    const backoff = new Backoff(systemClock, limits, () => {
      at.push(Date.now() - start)
      backoff.start()
    })
    return { backoff, at }
  }

  it('doubles its pauses up to the longest', () => {
    const { backoff, at } = retries()
    backoff.start()
    backoff.start()
    vi.advanceTimersByTime(1000)
    expect(at).toEqual([100, 300, 600, 900])
    expect(backoff.isLong).toBe(true)
  })

  it('goes on with the next pause after a cancel, and with the first one after a reset', () => {
    const { backoff, at } = retries()
    backoff.start()
    backoff.cancel()
    vi.advanceTimersByTime(1000)
    expect(at).toEqual([])
    backoff.start()
    vi.advanceTimersByTime(200)
    expect(at).toEqual([1200])
    backoff.reset()
    backoff.start()
    vi.advanceTimersByTime(100)
    expect(at).toEqual([1200, 1300])
    backoff.reset()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a keyed queue', () => {
  it('gives one turn at a time for each key, in the order of asking', async () => {
    const [queue, order] = [new KeyedQueue(), [] as string[]]
    const end = await queue.take('a', never)
    const second = queue.take('a', never).then((next) => {
      order.push('second')
      next()
    })
    const third = queue.take('a', never).then((next) => {
      order.push('third')
      next()
    })
    ;(await queue.take('b', never))()
    expect([order, queue.isTaken('a'), queue.isTaken('b')]).toEqual([[], true, false])
    end()
    await Promise.all([second, third])
    expect([order, queue.isTaken('a')]).toEqual([['second', 'third'], false])
  })

  it('lets no task run early when a waiting one gives up', async () => {
    const [queue, giveUp, order] = [new KeyedQueue(), new AbortController(), [] as string[]]
    const end = await queue.take('a', never)
    const second = queue.take('a', giveUp.signal)
    const third = queue.take('a', never).then(() => order.push('third'))
    giveUp.abort('enough')
    await expect(second).rejects.toBe('enough')
    expect(order).toEqual([])
    end()
    await third
    expect(order).toEqual(['third'])
  })
})
