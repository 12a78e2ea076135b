import { expect, it } from 'vitest'
import { registerCallback, unregisterCallback } from '../src/ffi/callback.js'
import { callbacks, koffi } from '../src/ffi/declarations.js'
import { quietHost } from '../src/quiet-host.js'
import { host } from './captured.js'

/** Calls it as Windows does. */
function callBack(callback: bigint): unknown {
  return koffi.call(callback, COUNT, null)
}
const COUNT = koffi.proto('uint32_t RoamkitTestCount(void *self)')

it('a callback that throws does no harm: the error is reported, and the caller gets an answer', () => {
  const failures: unknown[] = []
  const failure = new Error('in the middle')
  const callback = registerCallback(
    () => {
      throw failure
    },
    callbacks.count,
    (error) => failures.push(error),
    7,
  )
  expect(callBack(callback)).toBe(7)
  expect(failures).toEqual([failure])
  unregisterCallback(callback)
})

it('a callback returns the result of its function', () => {
  const callback = registerCallback(
    () => 3,
    callbacks.count,
    () => {},
  )
  expect(callBack(callback)).toBe(3)
  unregisterCallback(callback)
})

it('an error in the log stops nothing', () => {
  const said: string[] = []
  const quiet = quietHost({
    ...host,
    log(event) {
      said.push(event)
      throw new Error('the disk is full')
    },
  })
  expect(() => quiet.log('windows: something')).not.toThrow()
  expect(said).toEqual(['windows: something'])
})
