import { afterEach, describe, expect, it, vi } from 'vitest'
import { BackendError } from '../src/contract/index.js'
import { failure, failureOf } from '../src/links/failure.js'
import { eitherSignal } from '../src/primitives/either-signal.js'
import { systemClock } from '../src/primitives/time/system-clock.js'
import { codeOf, reasonInWords, sessionError } from '../src/sessions/session-error.js'

afterEach(() => {
  vi.useRealTimers()
})

describe('E1 backend codes', () => {
  it.each([
    ['ERR_NOT_SUPPORTED', true, 'operationNotSupported'],
    ['ERR_DENIED', true, 'operationNotSupported'],
    ['ERR_UNKNOWN_CONFIGURATION', true, 'invalidConfiguration'],
    ['ERR_ACTIVATION_FAILED', true, 'unknown'],
    ['ERR_ACTIVATION_FAILED', false, 'invalidConfiguration'],
    ['ERR_TIMED_OUT', true, 'unknown'],
    ['ERR_TIMED_OUT', false, 'invalidConfiguration'],
    ['ERR_SERVICE_LOST', true, 'unknown'],
    ['ERR_CLOSED', true, 'sessionAborted'],
  ] as const)('%s (discovered: %s) maps to %s', (code, discovered, expected) => {
    expect(codeOf(failure(code, 'other'), { isDiscovered: discovered })).toBe(expected)
  })

  it('are recognized by name and code, never by instanceof', () => {
    const foreign = Object.assign(new Error('no'), { name: 'BackendError', code: 'ERR_DENIED' })
    expect(failureOf(foreign)).toMatchObject({ code: 'ERR_DENIED', reason: 'denied', cause: foreign })
    expect(failureOf(new BackendError('ERR_CLOSED', 'x')).code).toBe('ERR_CLOSED')
    expect(failureOf('a string').code).toBe('ERR_ACTIVATION_FAILED')
    expect(failureOf(null).code).toBe('ERR_ACTIVATION_FAILED')
  })

  it('keep what they say as JSON', () => {
    const error = new BackendError('ERR_DENIED', "may not open 'b'", { cause: new Error('org.example.No') })
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: {
        name: 'BackendError',
        code: 'ERR_DENIED',
        message: "may not open 'b'",
        cause: 'org.example.No',
      },
    })
    expect(new BackendError('ERR_CLOSED', 'x').toJSON().cause).toBeNull()
  })

  it('give an error that names the configuration, says why in words, and keeps the cause', () => {
    const cause = new Error('native words')
    const error = sessionError(failureOf(cause), { doing: 'open', name: 'Café', code: 'unknown' })
    expect(error.message).toContain("cannot open 'Café'")
    expect(error.message).toContain(reasonInWords('other'))
    expect(error.message).toContain('native words')
    expect(error.cause).toBe(cause)
  })
})

describe('either signal', () => {
  it('follows whichever aborts first, with its reason, and stops listening to both', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = eitherSignal(one.signal, other.signal)
    other.abort(new Error('second'))
    one.abort(new Error('first'))
    expect((signal.reason as Error).message).toBe('second')
    expect(eitherSignal(AbortSignal.abort('gone'), undefined).signal.reason).toBe('gone')
  })

  it('does not follow any more when released', () => {
    const one = new AbortController()
    const either = eitherSignal(one.signal, undefined)
    either.release()
    one.abort()
    expect(either.signal.aborted).toBe(false)
  })
})

describe('the system clock', () => {
  it('waits longer than setTimeout can', () => {
    vi.useFakeTimers()
    let ran = false
    systemClock.after(2 ** 31 + 1000, () => {
      ran = true
    })
    vi.advanceTimersByTime(2 ** 31 + 999)
    expect(ran).toBe(false)
    vi.advanceTimersByTime(1)
    expect(ran).toBe(true)
  })

  it('undoes a timer, also after its first leg', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    const undo = systemClock.after(2 ** 31 + 1000, run)
    vi.advanceTimersByTime(2 ** 31)
    undo()
    vi.advanceTimersByTime(10_000)
    expect(run).not.toHaveBeenCalled()
  })
})
