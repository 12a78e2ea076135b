import { expect, test } from 'vitest'
import { awake, isResting, type Moment, observeSleep } from '../src/world/sleep.js'

const WAKE_GRACE = 4000

/** A machine whose wall clock is as told; `wall` is by the clock unless given. */
const at = (now: number, wall: number | null = now): Moment => ({ now, wall })

/** What is found when the machine fell asleep at one moment and woke up at another, after a jump of the wall clock was seen at `jumpAt`. */
function resumedBetween(since: Moment, moment: Moment, jumpAt: number | null = null): number | null {
  const sleep = { ...awake(since), since, jumpAt }
  return observeSleep(sleep, 'awake', moment, WAKE_GRACE).resumed
}

test('L4: the time asleep is by the wall clock, or by the clock if that says more', () => {
  expect(resumedBetween(at(1000, 1000), at(1500, 91_000))).toBe(90_000)
  expect(resumedBetween(at(1000, 1000), at(1500, 900))).toBe(500)
})

test('L4: without a wall clock at either end the time asleep is by the clock', () => {
  expect(resumedBetween(at(1000, null), at(1500, 1e12))).toBe(500)
  expect(resumedBetween(at(1000, 1e12), at(1500, null))).toBe(500)
})

test('L4: a jump of the wall clock that was seen before the backend could announce it is not told twice', () => {
  expect(resumedBetween(at(25_000), at(40_000), 10_000)).toBeNull()
  expect(resumedBetween(at(25_001), at(25_011), 10_000)).toBe(10)
  expect(resumedBetween(at(12_000), at(27_001), 10_000)).toBe(15_001)
})

test('L4: a wall clock that appears or disappears is no jump', () => {
  for (const [before, after] of [
    [at(0, null), at(1, 1e12)],
    [at(0, 1e12), at(1, null)],
  ] as const)
    expect(observeSleep(awake(before), 'unknown', after, WAKE_GRACE).resumed).toBeNull()
})

test('L4: the machine rests while it sleeps and for wakeGrace after it', () => {
  const { sleep } = observeSleep(awake(at(0)), 'asleep', at(100), WAKE_GRACE)
  expect(isResting(sleep, 1e9)).toBe(true)
  const woken = observeSleep(sleep, 'awake', at(9000), WAKE_GRACE)
  expect(woken.resumed).toBe(8900)
  expect([9000, 12_999, 13_000].map((now) => isResting(woken.sleep, now))).toEqual([true, true, false])
})
