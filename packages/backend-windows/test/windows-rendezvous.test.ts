import { getEventListeners } from 'node:events'
import type { Clock } from '@roamkit/core/contract'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { koffi } from '../src/ffi/declarations.js'
import type { Libraries, Native } from '../src/ffi/libraries.js'
import { windowsRendezvous } from '../src/holders/windows-rendezvous.js'

const WAIT = koffi.proto('void RoamkitTestWait(void *context, uint8_t timedOut)')
const WAIT_TIMEOUT = 0x102
const clock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

afterEach(() => {
  vi.useRealTimers()
})

/** The few functions of Windows that a rendezvous needs, within this process: memory, names, and events that call back. */
function fakeWindows() {
  const memory = koffi.alloc('uint8_t', 512 * 1024)
  const names = new Map<string, number>()
  const callbackOf = new Map<unknown, bigint>()
  const state = { lockedElsewhere: false }
  let handles = 100
  const handle = (name: unknown) => {
    handles += 1
    if (typeof name === 'string') names.set(name, handles)
    return handles
  }
  const given = <Value>(out: unknown, value: Value) => {
    ;(out as [Value])[0] = value
    return 1
  }
  const machineMutexes = new Set<unknown>()
  const functions: Record<string, (...values: unknown[]) => unknown> = {
    ProcessIdToSessionId: (_process, out) => given(out, 1),
    MapViewOfFile: () => koffi.address(memory),
    ConvertStringSecurityDescriptorToSecurityDescriptorW: (_text, _revision, out) => given(out, 1),
    CreateEventW: (_security, _manual, _initial, name) => handle(name),
    CreateEventExW: (_security, name) => handle(name),
    CreateMutexExW: () => {
      const made = handle(null)
      machineMutexes.add(made)
      return made
    },
    OpenEventW: (_access, _inherit, name) => names.get(String(name)) ?? 0,
    OpenProcess: () => handle(null),
    WaitForSingleObject: (what) => (state.lockedElsewhere && machineMutexes.has(what) ? WAIT_TIMEOUT : 0),
    RegisterWaitForSingleObject: (out, object, callback) => {
      callbackOf.set(object, callback as bigint)
      return given(out, object)
    },
    SetEvent: (event) => {
      const callback = callbackOf.get(event)
      if (callback !== undefined) koffi.call(callback, WAIT, null, 0)
      return 1
    },
  }
  const library = new Proxy(
    {},
    {
      get(_target, name): Native {
        const run = (functions[String(name)] ?? (() => 1)) as Native['sync']
        return { sync: run, async: async (...values) => run(...values) }
      },
    },
  )
  return { libraries: { get: () => library } as unknown as Libraries, state }
}

async function openRendezvous(onError: (error: unknown) => void) {
  const { libraries, state } = fakeWindows()
  const rendezvous = await windowsRendezvous(libraries, clock, onError)
  if (rendezvous === null) throw new Error('there is no rendezvous')
  onTestFinished(() => rendezvous[Symbol.asyncDispose]())
  return { rendezvous, state }
}

const unexpected = (error: unknown) => expect.unreachable(String(error))

it('a bell that throws while Windows calls back does no harm: the error is reported, and the others ring', async () => {
  const failures: unknown[] = []
  const rung: string[] = []
  const failure = new Error('in the middle')
  const { rendezvous } = await openRendezvous((error) => failures.push(error))
  await rendezvous.subscribe('link', 'one', () => {
    throw failure
  })
  await rendezvous.subscribe('link', 'two', (text) => rung.push(text))
  rendezvous.notify('link', 'three', 'hello')
  expect(failures).toEqual([failure])
  expect(rung).toEqual(['hello'])
})

it('a signal has one listener however many wait for a lock with it, and none afterwards (H7)', async () => {
  const { rendezvous } = await openRendezvous(unexpected)
  const lock = await rendezvous.take('link')
  const abort = new AbortController()
  const { signal } = abort
  const waits = Array.from({ length: 12 }, () => rendezvous.untilFree('link', { signal }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  lock?.release()
  await Promise.all(waits)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

it('an abort ends every wait for a lock with its reason', async () => {
  const { rendezvous } = await openRendezvous(unexpected)
  await rendezvous.take('link')
  const abort = new AbortController()
  const waits = Array.from({ length: 12 }, () => rendezvous.untilFree('link', { signal: abort.signal }))
  abort.abort('enough')
  expect(await Promise.allSettled(waits)).toEqual(waits.map(() => ({ status: 'rejected', reason: 'enough' })))
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
})

it('the same holds while another logon session has the lock, which cannot be watched', async () => {
  vi.useFakeTimers()
  const { rendezvous, state } = await openRendezvous(unexpected)
  state.lockedElsewhere = true
  expect(await rendezvous.take('link')).toBeNull()
  const { signal } = new AbortController()
  const waits = Array.from({ length: 12 }, () => rendezvous.untilFree('link', { signal }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(50)
  await Promise.all(waits)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
