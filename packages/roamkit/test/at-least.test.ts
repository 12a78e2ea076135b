import type { CheckedLink, CheckResult, HealthCheck } from '@roamkit/core'
import { describe, expect, test, vi } from 'vitest'
import { atLeast } from '../src/index.js'
import { turns } from './loopback.js'

const LINK = {} as CheckedLink
const call = () => ({ signal: new AbortController().signal })

const alive: HealthCheck = async () => ({ alive: true, bytes: 1 })
const dead: HealthCheck = async () => ({ alive: false, bytes: 10 })
const unsure: HealthCheck = async () => ({ alive: null, bytes: 100 })
const yes: HealthCheck = async () => true
const no: HealthCheck = async () => false
const rejecting: HealthCheck = async () => {
  throw new Error('mine')
}
const throwing: HealthCheck = () => {
  throw new Error('mine')
}
const NAMES = new Map<HealthCheck, string>(
  Object.entries({ alive, dead, unsure, yes, no, rejecting, throwing }).map(([name, check]) => [check, name]),
)

/** Never settles by itself; when it is aborted, it settles with what it has sent. */
function silent(bytes = 1000) {
  const aborted = vi.fn()
  const check: HealthCheck = (_link, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        aborted()
        resolve({ alive: null, bytes })
      })
    })
  return { check, aborted }
}

/** Settles when the test wants it to. */
function byHand() {
  let settle!: (result: boolean | CheckResult) => void
  const result = new Promise<boolean | CheckResult>((resolve) => {
    settle = resolve
  })
  return { check: (() => result) satisfies HealthCheck, settle }
}

describe('atLeast (L1)', () => {
  test.each<[count: number, checks: readonly HealthCheck[], alive: boolean | null, bytes: number]>([
    [1, [alive], true, 1],
    [1, [dead], false, 10],
    [1, [unsure], null, 100],
    [1, [yes], true, 0],
    [1, [no], false, 0],
    [1, [rejecting], false, 0],
    [1, [throwing], false, 0],
    [1, [dead, alive], true, 11],
    [1, [dead, unsure], null, 110],
    [1, [dead, dead, dead], false, 30],
    [1, [rejecting, throwing, alive], true, 1],
    [2, [alive, alive], true, 2],
    [2, [alive, dead], false, 11],
    [2, [alive, unsure], null, 101],
    [2, [dead, unsure], false, 110],
    [2, [alive, dead, alive], true, 12],
    [2, [alive, dead, unsure], null, 111],
    [2, [dead, dead, unsure], false, 120],
    [3, [alive, alive, unsure], null, 102],
    [3, [alive, alive, yes], true, 2],
  ])('%i of %s', async (count, checks, result, bytes) => {
    expect(await atLeast(count, ...checks)(LINK, call())).toEqual({ alive: result, bytes })
  })

  test.each([...NAMES].map(([check, name]) => [name, check] as const))(
    'does not reject because of a check that is %s',
    async (_name, check) => {
      await expect(atLeast(1, check)(LINK, call())).resolves.toHaveProperty('alive')
    },
  )

  test('is alive as soon as enough are, and aborts the rest, whose bytes count', async () => {
    const rest = silent()
    expect(await atLeast(1, rest.check, alive)(LINK, call())).toEqual({ alive: true, bytes: 1001 })
    expect(rest.aborted).toHaveBeenCalledOnce()
  })

  test('has failed as soon as too few are left, and aborts the rest', async () => {
    const rest = silent()
    expect(await atLeast(2, rest.check, dead)(LINK, call())).toEqual({ alive: false, bytes: 1010 })
    expect(rest.aborted).toHaveBeenCalledOnce()
  })

  test('waits while it is not decided', async () => {
    const [one, two, three] = [byHand(), byHand(), byHand()]
    const settled = vi.fn()
    const checking = atLeast(2, one.check, two.check, three.check)(LINK, call())
    void checking.then(settled)
    one.settle(false)
    two.settle({ alive: true, bytes: 5 })
    await turns(3)
    expect(settled).not.toHaveBeenCalled()
    three.settle(true)
    expect(await checking).toEqual({ alive: true, bytes: 5 })
  })

  test('waits for none that goes on after it was aborted', async () => {
    const stubborn: HealthCheck = () => new Promise(() => {})
    expect(await atLeast(1, stubborn, alive)(LINK, call())).toEqual({ alive: true, bytes: 1 })
  })

  test('aborts all of them with its own signal, and cannot tell', async () => {
    const abort = new AbortController()
    const rests = [silent(1), silent(2)]
    const checking = atLeast(1, ...rests.map(({ check }) => check))(LINK, { signal: abort.signal })
    abort.abort(new Error('enough'))
    expect(await checking).toEqual({ alive: null, bytes: 3 })
    for (const { aborted } of rests) expect(aborted).toHaveBeenCalledOnce()
  })

  test('starts none if its signal is aborted already', async () => {
    const check = vi.fn(alive)
    expect(await atLeast(1, check)(LINK, { signal: AbortSignal.abort() })).toEqual({ alive: null, bytes: 0 })
    expect(check).not.toHaveBeenCalled()
  })

  test('gives each check the link, and can be one of several itself', async () => {
    const check = vi.fn(dead)
    const nested = atLeast(1, atLeast(1, check, no), atLeast(1, alive))
    expect(await nested(LINK, call())).toEqual({ alive: true, bytes: expect.any(Number) })
    expect(check).toHaveBeenCalledWith(LINK, { signal: expect.any(AbortSignal) })
  })

  test('leaves no listener on a signal that lives long', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    for (let round = 0; round < 20; round += 1) await atLeast(1, alive)(LINK, { signal })
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length)
    expect(added).toHaveBeenCalled()
  })
})

test.each<[make: () => unknown, error: typeof TypeError | typeof RangeError, says: string]>([
  [
    () => atLeast(1),
    RangeError,
    'the count of atLeast() must be a whole number from 1 to the number of checks (0), not 1',
  ],
  [
    () => atLeast(0, yes),
    RangeError,
    'the count of atLeast() must be a whole number from 1 to the number of checks (1), not 0',
  ],
  [() => atLeast(2, yes), RangeError, 'not 2'],
  [() => atLeast(1.5, yes, yes), RangeError, 'not 1.5'],
  [() => atLeast(yes as never, yes), RangeError, 'the count of atLeast() must be'],
  [() => atLeast(1, yes, 5 as never), TypeError, 'the checks of atLeast()[1] must be a function, not 5'],
])('%s is refused at once (E2)', (make, error, says) => {
  expect(make).toThrow(error)
  expect(make).toThrow(says)
})
