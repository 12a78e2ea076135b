import { BackendError } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import { mock } from '../src/index.js'
import { neverAborted, openBackend, request, shown } from './open-backend.js'

async function openOne(link: 'down' | 'up' = 'down') {
  const driver = mock({ configurations: [{ id: 'a', link }] })
  return { world: driver.world, ...(await openBackend(driver)) }
}

test('failNext with a reason: the activation is accepted and ends with it, and the next one works', async () => {
  const { world, backend, clock } = await openOne()
  world.failNext('a', 'secretWrong')
  const activation = await backend.activate('a', request)
  await clock.advance(20)
  expect(shown(backend, 'a')).toMatchObject({ link: 'down', ended: { activation, reason: 'secretWrong' } })
  await backend.activate('a', request)
  await clock.advance(20)
  expect(shown(backend, 'a').link).toBe('up')
})

test('failNext with an error: the activation is not accepted, and the next one is', async () => {
  const { world, backend } = await openOne()
  const denied = new BackendError('ERR_DENIED', 'not you')
  world.failNext('a', denied)
  await expect(backend.activate('a', request)).rejects.toBe(denied)
  expect(shown(backend, 'a')).toMatchObject({ link: 'down', ended: null })
  await expect(backend.activate('a', request)).resolves.toBe('a#1')
})

test('a stalled activation stays in progress until it is completed or fails', async () => {
  const { world, backend, clock } = await openOne()
  world.stall('a')
  await backend.activate('a', request)
  await clock.advance(1e6)
  expect(shown(backend, 'a').link).toBe('activating')
  world.fail('a', 'timedOut')
  expect(shown(backend, 'a').ended).toMatchObject({ activation: 'a#1', reason: 'timedOut' })
  world.stall('a')
  await backend.activate('a', request)
  world.up('a')
  expect(shown(backend, 'a')).toMatchObject({ link: 'up', activation: 'a#2' })
})

test('a stalled activation can be taken down', async () => {
  const { world, backend, clock } = await openOne()
  world.stall('a')
  await backend.deactivate('a', await backend.activate('a', request), neverAborted)
  await clock.advance(10)
  expect(shown(backend, 'a').link).toBe('down')
})

test('an activation whose answer is withheld starts and is answered when it is released', async () => {
  const { world, backend, clock } = await openOne()
  world.stallAccept('a')
  const activation = backend.activate('a', request)
  await clock.advance(1e6)
  expect(shown(backend, 'a').link).toBe('down')
  world.release('a')
  await expect(activation).resolves.toBe('a#1')
  await clock.advance(20)
  expect(shown(backend, 'a').link).toBe('up')
})

test('an activation whose answer is withheld is carried out when it is released, even if its caller has aborted', async () => {
  const { world, backend, clock } = await openOne()
  const abort = new AbortController()
  world.stallAccept('a')
  const activation = backend.activate('a', { signal: abort.signal, secret: null })
  abort.abort(new Error('changed my mind'))
  await expect(activation).rejects.toThrow('changed my mind')
  world.release('a')
  await clock.advance(20)
  expect(shown(backend, 'a')).toMatchObject({ link: 'up', activation: 'a#1' })
})

test('a withheld answer is a refusal if the configuration was replaced in the meantime', async () => {
  const { world, backend } = await openOne()
  world.stallAccept('a')
  const activation = backend.activate('a', request)
  world.remove('a')
  world.add({ id: 'a', activate: 'no' })
  world.release('a')
  await expect(activation).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
})

test('a refused deactivation leaves the link up, and the next one works', async () => {
  const { world, backend, clock } = await openOne('up')
  const denied = new BackendError('ERR_DENIED', 'not you')
  world.refuseDeactivate('a', denied)
  await expect(backend.deactivate('a', 'a#1', neverAborted)).rejects.toBe(denied)
  expect(shown(backend, 'a').link).toBe('up')
  await backend.deactivate('a', 'a#1', neverAborted)
  await clock.advance(10)
  expect(shown(backend, 'a').link).toBe('down')
})

test('a stalled deactivation is accepted, and the link stays deactivating until it is taken down', async () => {
  const { world, backend, clock } = await openOne('up')
  world.stallDeactivate('a')
  await backend.deactivate('a', 'a#1', neverAborted)
  await clock.advance(1e6)
  expect(shown(backend, 'a').link).toBe('deactivating')
  world.down('a')
  expect(shown(backend, 'a')).toMatchObject({ link: 'down', ended: { reason: 'requested' } })
})

test('failScan: the next scan rejects, and the one after it works', async () => {
  const { world, backend } = await openOne()
  const busy = new BackendError('ERR_TIMED_OUT', 'the radio is busy')
  world.failScan(busy)
  world.appearOnScan({ id: 'b' })
  await expect(backend.scan(neverAborted)).rejects.toBe(busy)
  await backend.scan(neverAborted)
  expect(shown(backend, 'b').link).toBe('down')
})

test('a lost service rejects commands, including pending ones, and ends activations in progress', async () => {
  const driver = mock({ configurations: [{ id: 'a' }, { id: 'b' }, { id: 'c', link: 'up' }] })
  const { backend, clock, pokes } = await openBackend(driver)
  await backend.activate('a', request)
  driver.world.stallAccept('b')
  const waiting = backend.activate('b', request)
  driver.world.loseService()
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  for (const call of [
    () => backend.activate('c', request),
    () => backend.deactivate('c', 'c#1', neverAborted),
    () => backend.scan(neverAborted),
    () => backend.recheck('c', neverAborted),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  }
  expect(shown(backend, 'a')).toMatchObject({
    link: 'down',
    ended: { activation: 'a#1', reason: 'serviceLost' },
  })
  expect(shown(backend, 'c')).toMatchObject({ link: 'up', activation: 'c#1' })
  expect(backend.snapshot().service).toBe('lost')
  driver.world.restoreService()
  driver.world.release('b')
  await clock.advance(1000)
  expect(backend.snapshot().configurations.map(({ link }) => link)).toEqual(['down', 'down', 'up'])
  expect(pokes.map(({ service }) => service)).toEqual(['ready', 'lost', 'ready'])
})

test('a lost service shows the last known state, and the current one when it is back', async () => {
  const { world, backend, clock, pokes } = await openOne('up')
  world.loseService()
  const lost = backend.snapshot()
  world.add({ id: 'b' })
  world.down('a', 'carrierLost')
  world.setDefault('b')
  await clock.advance(1000)
  expect(backend.snapshot()).toBe(lost)
  expect(lost.configurations.map(({ id, link }) => [id, link])).toEqual([['a', 'up']])
  expect(pokes).toHaveLength(1)
  world.restoreService()
  expect(backend.snapshot()).toMatchObject({ service: 'ready', defaultId: 'b' })
  expect(backend.snapshot().configurations.map(({ id, link }) => [id, link])).toEqual([
    ['a', 'down'],
    ['b', 'down'],
  ])
  expect(pokes).toHaveLength(2)
})

test('a restart that keeps the link keeps the configuration object', async () => {
  const { world, backend } = await openOne('up')
  const before = shown(backend, 'a')
  world.loseService()
  expect(shown(backend, 'a')).toBe(before)
  world.restoreService()
  expect(shown(backend, 'a')).toBe(before)
})
