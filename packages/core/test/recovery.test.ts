import { expect, test } from 'vitest'
import {
  isRecovering,
  observe,
  Recoveries,
  type Recovery,
  recoversAt,
  relapse,
} from '../src/configurations/recovery.js'

const TIMES = { recovery: 3000, recoveryLimit: 20_000 }

/** Lost at those times, and good again a second after each. */
function lostAt(...times: readonly number[]): Recovery | null {
  let recovery: Recovery | null = null
  for (const at of times) {
    recovery = relapse(recovery, at, TIMES)
    recovery = recovery && observe(recovery, 'good', at + 1000, TIMES)
  }
  return recovery
}

test('L3: a child that was lost is preferred again when it has been good for the recovery time', () => {
  const once = lostAt(0) as Recovery
  expect([1000, 3999, 4000].map((now) => isRecovering(once, now))).toEqual([true, true, false])
  expect([1000, 3999, 4000].map((now) => recoversAt(once, now))).toEqual([4000, 4000, null])
})

test('L3: while it is not good it does not recover', () => {
  const lost = relapse(null, 0, TIMES) as Recovery
  expect(isRecovering(lost, 1e9)).toBe(true)
  expect(recoversAt(lost, 1e9)).toBeNull()
})

test('L3: what it has been good for is void once it is not', () => {
  const once = lostAt(0) as Recovery
  const gone = observe(once, 'notGood', 2000, TIMES) as Recovery
  expect(gone).toEqual({ wait: 3000, next: 6000, goodSince: null, wasGood: true })
  expect(observe(gone, 'notGood', 2500, TIMES)).toBe(gone)
  const back = observe(gone, 'good', 3000, TIMES) as Recovery
  expect(recoversAt(back, 3000)).toBe(6000)
  expect(observe(back, 'good', 4000, TIMES)).toBe(back)
})

test('L3: each relapse doubles the time, up to the limit', () => {
  const waits = [1, 2, 3, 4, 5].map(
    (count) => lostAt(...Array.from({ length: count }, (_, n) => n * 2000))?.wait,
  )
  expect(waits).toEqual([3000, 6000, 12_000, 20_000, 20_000])
})

test('L3: it halves for each equal time without one, counted from when it is preferred again', () => {
  // Lost twice: waits 6 s from 3 s on, and the next relapse would cost 12 s.
  const twice = lostAt(0, 2000)
  const next = (now: number) => relapse(twice, now, TIMES)?.wait
  expect([9000, 20_999, 21_000, 26_999].map(next)).toEqual([12_000, 12_000, 6000, 6000])
})

test('L3: it is forgotten when a relapse would cost no more than the first one', () => {
  const twice = lostAt(0, 2000) as Recovery
  expect(observe(twice, 'good', 29_999, TIMES)).toBe(twice)
  // 9 s, then 12, 6 and 3.
  expect(observe(twice, 'good', 30_000, TIMES)).toBeNull()
  expect(observe(twice, 'notGood', 30_000, TIMES)).toBeNull()
  expect(relapse(twice, 30_000, TIMES)?.wait).toBe(3000)
})

test('L3: what several sessions lose at once is one relapse', () => {
  const lost = relapse(null, 0, TIMES) as Recovery
  expect(relapse(lost, 0, TIMES)).toBe(lost)
  const good = observe(lost, 'good', 1000, TIMES) as Recovery
  expect(relapse(observe(good, 'notGood', 1100, TIMES), 1100, TIMES)?.wait).toBe(6000)
})

test('L3: no recovery time, no memory', () => {
  expect(relapse(null, 0, { ...TIMES, recovery: 0 })).toBeNull()
})

test('L3: what is not good does not recover by itself, however early it is', () => {
  expect(recoversAt(relapse(null, 0, TIMES) as Recovery, 0)).toBeNull()
})

/** Two children: `a` recovers at 4000, `b` at 3500. */
function twoRecovering(): Recoveries {
  const recoveries = new Recoveries()
  for (const child of ['a', 'b']) recoveries.note(child, 0, TIMES)
  recoveries.look('a', 'good', 1000, TIMES)
  recoveries.look('b', 'good', 500, TIMES)
  return recoveries
}

test('L3: the next time is that of the child that recovers first', () => {
  expect(twoRecovering().recoversAt(1000)).toBe(3500)
  expect(twoRecovering().recoversAt(3500)).toBe(4000)
  expect(twoRecovering().recoversAt(4000)).toBeNull()
})

test('L3: a child that is forgotten does not recover', () => {
  const one = twoRecovering()
  one.delete('b')
  expect([...one.children]).toEqual(['a'])
  const other = twoRecovering()
  other.keepOnly((child) => child === 'b')
  expect([...other.children]).toEqual(['b'])
})
