import { expect, it } from 'vitest'
import { failureOf, failureOfEnd } from '../src/links/failure.js'

it('E1 a backend’s error means what its code says', () => {
  const cause = { name: 'BackendError', code: 'ERR_DENIED', message: 'not you' }
  expect(failureOf(cause)).toEqual({ code: 'ERR_DENIED', reason: 'denied', native: 'not you', cause })
})

it.each([
  ['an error of another name', { name: 'Error', code: 'ERR_DENIED', message: 'no' }, 'no'],
  ['a code that is not one', { name: 'BackendError', code: 'constructor', message: 'no' }, 'no'],
  ['a code that is no text', { name: 'BackendError', code: ['ERR_DENIED'], message: 'no' }, 'no'],
  ['a message that is no text', { name: 'Error', message: 7 }, null],
  ['a text', 'no', null],
  ['nothing', undefined, null],
])('E1 %s means that the activation failed, with that cause', (_, cause, native) => {
  expect(failureOf(cause)).toEqual({ code: 'ERR_ACTIVATION_FAILED', reason: 'other', native, cause })
})

it('E1 the end of an activation means that it was denied, or that it failed for that reason', () => {
  expect(failureOfEnd('denied', 'no')).toMatchObject({ code: 'ERR_DENIED', reason: 'denied', native: 'no' })
  expect(failureOfEnd('carrierLost', null)).toMatchObject({
    code: 'ERR_ACTIVATION_FAILED',
    reason: 'carrierLost',
  })
})
