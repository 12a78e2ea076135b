import { describe, expect, it } from 'vitest'
import { canBindToDevice } from '../src/backend-kit/index.js'

describe('canBindToDevice', () => {
  it.each([
    ['5.7.0', 1000],
    ['5.10.0-28-amd64', 1000],
    ['6.1.0', 65_534],
    ['10.0', 1000],
    ['6.8.0-1012-aws', undefined],
    ['5.6.19', 0],
    ['4.19.0', 0],
    ['unknown', 0],
  ])('is true on Linux %s for user %s', (release, user) => {
    expect(canBindToDevice(release, user)).toBe(true)
  })

  it.each([
    ['5.6.19', 1000],
    ['5.4.0-150-generic', 1000],
    ['4.19.0', undefined],
    ['5', 1000],
    ['unknown', 1000],
    ['', 1000],
  ])('is false on Linux %s for user %s', (release, user) => {
    expect(canBindToDevice(release, user)).toBe(false)
  })
})
