import { BackendError } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import { mock } from '../src/index.js'
import { neverAborted, openBackend, request, shown } from './open-backend.js'

test('activate resolves at once, and the link is up after the activation time', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend, clock, pokes } = await openBackend(driver)
  await expect(backend.activate('a', request)).resolves.toBe('a#1')
  expect(shown(backend, 'a')).toMatchObject({ link: 'activating', activation: 'a#1', interface: null })
  await clock.advance(19)
  expect(shown(backend, 'a').link).toBe('activating')
  await clock.advance(1)
  expect(shown(backend, 'a')).toMatchObject({ link: 'up', activation: 'a#1', carrier: true })
  expect(pokes).toHaveLength(2)
})

test('deactivate resolves at once, and the link is down after the deactivation time', async () => {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }], deactivationTime: 50 })
  const { backend, clock, pokes } = await openBackend(driver)
  await backend.deactivate('a', 'a#1', neverAborted)
  expect(shown(backend, 'a')).toMatchObject({ link: 'deactivating', activation: 'a#1' })
  await clock.advance(50)
  expect(shown(backend, 'a')).toMatchObject({
    link: 'down',
    activation: null,
    ended: { activation: 'a#1', reason: 'requested' },
  })
  expect(pokes).toHaveLength(2)
})

test('an activation in progress can be taken down, and does not come up later', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend, clock } = await openBackend(driver)
  const activation = await backend.activate('a', request)
  await backend.deactivate('a', activation, neverAborted)
  await clock.advance(1000)
  expect(shown(backend, 'a')).toMatchObject({ link: 'down', ended: { activation, reason: 'requested' } })
  expect(clock.pending).toBe(0)
})

test('a deactivation of a superseded activation has no effect', async () => {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }] })
  const { backend, clock, pokes } = await openBackend(driver)
  driver.world.flap('a')
  await backend.deactivate('a', 'a#1', neverAborted)
  await clock.advance(1000)
  expect(shown(backend, 'a')).toMatchObject({ link: 'up', activation: 'a#2' })
  expect(pokes).toHaveLength(1)
})

test('activate on a link that is up or coming up resolves to its activation and starts nothing', async () => {
  const driver = mock({
    configurations: [
      { id: 'up', link: 'up' },
      { id: 'coming', link: 'activating' },
    ],
  })
  const { backend, pokes } = await openBackend(driver)
  await expect(backend.activate('up', request)).resolves.toBe('up#1')
  await expect(backend.activate('coming', request)).resolves.toBe('coming#1')
  expect(pokes).toEqual([])
})

test('activate on a link that is being taken down starts a new activation', async () => {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }] })
  const { backend, clock } = await openBackend(driver)
  await backend.deactivate('a', 'a#1', neverAborted)
  await expect(backend.activate('a', request)).resolves.toBe('a#2')
  expect(shown(backend, 'a').ended).toEqual({ activation: 'a#1', reason: 'requested', native: null })
  await clock.advance(20)
  expect(shown(backend, 'a')).toMatchObject({ link: 'up', activation: 'a#2' })
})

test('activate on a device in use takes the other link down', async () => {
  const configurations = ['a', 'b'].map((id) => ({ id, device: 'wlan0' }))
  const driver = mock({ configurations })
  const { backend, clock } = await openBackend(driver)
  await backend.activate('a', request)
  await backend.activate('b', request)
  expect(shown(backend, 'a')).toMatchObject({
    link: 'down',
    ended: { activation: 'a#1', reason: 'deviceTaken' },
  })
  await clock.advance(20)
  expect(backend.snapshot().configurations.map(({ link }) => link)).toEqual(['down', 'up'])
})

test.each([
  ['of an unknown configuration', 'b', {}, 'ERR_UNKNOWN_CONFIGURATION'],
  ['that is not possible', 'a', { activate: 'no' }, 'ERR_NOT_SUPPORTED'],
  ['out of range', 'a', { activate: 'unknown', inRange: false }, 'ERR_ACTIVATION_FAILED'],
] as const)('an activation %s is rejected and changes nothing', async (_, id, facts, code) => {
  const driver = mock({ configurations: [{ id: 'a', ...facts }] })
  const { backend } = await openBackend(driver)
  const before = backend.snapshot()
  await expect(backend.activate(id, request)).rejects.toMatchObject({ name: 'BackendError', code })
  expect(backend.snapshot()).toBe(before)
})

test.each([
  ['scripted so', { inRange: false, activate: 'yes' }],
  ['by its Wi-Fi facts', { inRange: false, wifi: { ssid: 'a', hidden: true, security: 'open' } }],
] as const)('a hidden network, %s, is tried (S4)', async (_, facts) => {
  const driver = mock({ configurations: [{ id: 'a', ...facts }] })
  const { backend, clock } = await openBackend(driver)
  await backend.activate('a', request)
  await clock.advance(20)
  expect(shown(backend, 'a')).toMatchObject({ link: 'up', inRange: true })
})

test('deactivate rejects if the link cannot be taken down', async () => {
  const driver = mock({ configurations: [{ id: 'a', link: 'up', deactivate: 'no' }] })
  const { backend } = await openBackend(driver)
  await expect(backend.deactivate('a', 'a#1', neverAborted)).rejects.toMatchObject({
    code: 'ERR_NOT_SUPPORTED',
  })
  await expect(backend.deactivate('b', 'b#1', neverAborted)).rejects.toMatchObject({
    code: 'ERR_UNKNOWN_CONFIGURATION',
  })
})

test('scan and recheck reject if they are not supported', async () => {
  const { backend } = await openBackend(mock({ scan: 'no', recheck: 'no', configurations: [{ id: 'a' }] }))
  await expect(backend.scan(neverAborted)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  await expect(backend.recheck('a', neverAborted)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  await expect(backend.recheck('b', neverAborted)).rejects.toMatchObject({
    code: 'ERR_UNKNOWN_CONFIGURATION',
  })
})

test('a call with an aborted signal rejects with the abort reason and has no effect', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend } = await openBackend(driver)
  const reason = new Error('changed my mind')
  const call = { signal: AbortSignal.abort(reason), secret: null }
  await expect(backend.activate('a', call)).rejects.toBe(reason)
  await expect(backend.deactivate('a', 'a#1', call)).rejects.toBe(reason)
  await expect(backend.scan(call)).rejects.toBe(reason)
  await expect(backend.recheck('a', call)).rejects.toBe(reason)
  await expect(
    driver.open({ changed() {}, log() {}, clock: { now: () => 0, after: () => () => {} } }, call),
  ).rejects.toBe(reason)
  expect(driver.world.calls).toEqual([])
})

test('aborting a pending call rejects it and undoes nothing', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend, clock } = await openBackend(driver)
  const abort = new AbortController()
  const activation = backend.activate('a', { signal: abort.signal, secret: null })
  abort.abort(new Error('changed my mind'))
  await expect(activation).rejects.toThrow('changed my mind')
  await clock.advance(20)
  expect(shown(backend, 'a').link).toBe('up')
})

test('a disposed backend rejects every call, including pending ones, and no longer notifies its host', async () => {
  const driver = mock({ configurations: [{ id: 'a' }] })
  const { backend, pokes } = await openBackend(driver)
  const other = await openBackend(driver)
  driver.world.stallAccept('a')
  const waiting = backend.activate('a', request)
  const closing = backend[Symbol.asyncDispose]()
  await expect(waiting).rejects.toMatchObject({ name: 'BackendError', code: 'ERR_CLOSED' })
  await closing
  await backend[Symbol.asyncDispose]()
  for (const call of [
    () => backend.activate('a', request),
    () => backend.deactivate('a', 'a#1', neverAborted),
    () => backend.scan(neverAborted),
    () => backend.recheck('a', neverAborted),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  }
  driver.world.up('a')
  expect(backend.traffic('a')).toBeNull()
  expect(pokes).toEqual([])
  expect(other.pokes).toHaveLength(1)
  expect(driver.world.open).toBe(1)
})

test('errors can be recognised by name and code', () => {
  const error = new BackendError('ERR_DENIED', 'no')
  expect([error.name, error.code]).toEqual(['BackendError', 'ERR_DENIED'])
})
