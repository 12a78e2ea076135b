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

it('a callback that throws ends nothing: the error is told, and the caller is answered', () => {
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

it('a callback answers what its function does', () => {
  const callback = registerCallback(
    () => 3,
    callbacks.count,
    () => {},
  )
  expect(callBack(callback)).toBe(3)
  unregisterCallback(callback)
})

it('a log that throws stops nothing', () => {
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
