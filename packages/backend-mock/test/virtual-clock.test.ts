import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.js'

test('time stands still until it is advanced', async () => {
  const clock = new VirtualClock()
  expect(clock.now()).toBe(0)
  await clock.advance(1500)
  expect(clock.now()).toBe(1500)
})

test('timers run in order of time, then of creation, each at its own time', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  for (const [name, ms] of [
    ['late', 30],
    ['first', 10],
    ['second', 10],
    ['never', 31],
  ] as const) {
    clock.after(ms, () => ran.push(`${name} at ${clock.now()}`))
  }
  await clock.advance(30)
  expect(ran).toEqual(['first at 10', 'second at 10', 'late at 30'])
  expect(clock.pending).toBe(1)
})

test('a timer started by a timer runs in the same advance if it is due', async () => {
  const clock = new VirtualClock()
  const ran: number[] = []
  clock.after(10, () => clock.after(10, () => ran.push(clock.now())))
  await clock.advance(20)
  expect(ran).toEqual([20])
})

test('a cancelled timer never runs, and cancelling it again has no effect', async () => {
  const clock = new VirtualClock()
  const undo = clock.after(10, () => expect.unreachable())
  const other = clock.after(10, () => {})
  undo()
  undo()
  expect(clock.pending).toBe(1)
  other()
  await clock.advance(10)
  expect(clock.pending).toBe(0)
})

test('long chains of promises settle before the first timer, between timers and at the end', async () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const chain = async (name: string) => {
    for (let link = 0; link < 5000; link++) await Promise.resolve()
    seen.push(name)
  }
  void chain('before')
  clock.after(10, () => void chain('between').then(() => seen.push(`at ${clock.now()}`)))
  clock.after(20, () => void chain('end'))
  await clock.advance(20)
  expect(seen).toEqual(['before', 'between', 'at 10', 'end'])
})

test('a timer started by a promise that settles during the advance runs in it', async () => {
  const clock = new VirtualClock()
  const ran: number[] = []
  void Promise.resolve().then(() => clock.after(5, () => ran.push(clock.now())))
  await clock.advance(5)
  expect(ran).toEqual([5])
})

test('flush runs the timers that are due now and does not advance time', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  clock.after(0, () => ran.push('now'))
  clock.after(1, () => ran.push('later'))
  await clock.flush()
  expect(ran).toEqual(['now'])
  expect(clock.now()).toBe(0)
})

test('advance rejects with the error that a timer throws, and works afterwards', async () => {
  const clock = new VirtualClock()
  const ran: number[] = []
  clock.after(10, () => {
    throw new Error('a broken timer')
  })
  clock.after(20, () => ran.push(clock.now()))
  await expect(clock.advance(30)).rejects.toThrow('a broken timer')
  expect(clock.now()).toBe(10)
  await clock.advance(10)
  expect(ran).toEqual([20])
})

test.each([-1, Number.NaN])('advance rejects %d', async (ms) => {
  await expect(new VirtualClock().advance(ms)).rejects.toThrow(RangeError)
})
