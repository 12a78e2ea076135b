import { mock } from '@roamkit/backend-mock'
import { BackendError, type Driver, NetworkConfigurationManager } from '@roamkit/core'
import type { BackendHost, PickedBackend } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import * as roamkit from '../src/index.js'
import { firstOf } from '../src/platform/first-of.js'
import { driversFor } from '../src/platform/platform.js'

function host() {
  const picked: PickedBackend[] = []
  const clock = { now: () => 0, after: () => () => {} }
  const it: BackendHost = { changed() {}, clock, log() {}, picked: (backend) => picked.push(backend) }
  return { host: it, picked }
}

const call = { signal: new AbortController().signal }
const absent = new BackendError('ERR_SERVICE_LOST', 'nobody there')

function failing(error: unknown): Driver {
  return { contract: 1, name: 'failing', open: () => Promise.reject(error) }
}

test('one import has the manager and the platform', () => {
  expect(roamkit.platform().name).toBe('platform')
  expect(roamkit.NetworkConfigurationManager.name).toBe('NetworkConfigurationManager')
})

test.each([
  [{ busAdress: 'x' }, "platform() has no option 'busAdress'; did you mean 'busAddress'?"],
  [{ busAddress: 5 }, 'busAddress of platform() must be a text, not 5'],
  [{ callTimeout: 'x' }, "callTimeout of platform() must be a number of milliseconds from 0 up, not 'x'"],
  [{ trustedUsers: ['root'] }, "trustedUsers of platform()[0] must be a number, not 'root'"],
])('%j is refused at once (E2)', (options, says) => {
  expect(() => roamkit.platform(options as never)).toThrow(says)
})

test.each([
  ['linux', ['linux', 'generic']],
  ['darwin', ['generic']],
  ['win32', ['windows', 'generic']],
] as const)('%s has these backends, the best first', (system, names) => {
  expect(driversFor(system, {}).map(({ name }) => name)).toEqual(names)
})

test('the drivers are asked for when it is opened and not before', async () => {
  let asked = 0
  const driver = firstOf('all', () => {
    asked += 1
    return [mock()]
  })
  expect(asked).toBe(0)
  await driver.open(host().host, call)
  expect(asked).toBe(1)
})

test('the first whose service is there is opened, and the host is told which and why', async () => {
  const { host: it, picked } = host()
  const driver = mock()
  await firstOf('all', () => [failing(absent), driver, failing(absent)]).open(it, call)
  expect(driver.world.open).toBe(1)
  expect(picked).toEqual([{ name: 'mock', passedOver: [{ name: 'failing', error: absent }] }])
})

test('the manager says which backend it has, and which were passed over', async () => {
  await using manager = await NetworkConfigurationManager.open(
    firstOf('all', () => [failing(absent), mock()]),
  )
  expect(manager.backend).toEqual({ name: 'mock', passedOver: [{ name: 'failing', error: absent }] })
  expect(Object.isFrozen(manager.backend)).toBe(true)
})

test('a driver that does not choose is itself the backend', async () => {
  await using manager = await NetworkConfigurationManager.open(mock())
  expect(manager.backend).toEqual({ name: 'mock', passedOver: [] })
})

test('an option of one backend that is for tests is none of the platform (E2)', () => {
  expect(() => roamkit.platform({ sys: '/sys' } as never)).toThrow("platform() has no option 'sys'")
})

test('where no service is there, the last rejection is the answer', async () => {
  const last = new BackendError('ERR_SERVICE_LOST', 'nor there')
  const { host: it, picked } = host()
  await expect(firstOf('all', () => [failing(absent), failing(last)]).open(it, call)).rejects.toBe(last)
  expect(picked).toEqual([])
})

test.each([
  ['a refusal', new BackendError('ERR_DENIED', 'not you')],
  ['a bug', new TypeError('undefined is not a function')],
  ['nothing at all', undefined],
])('%s is no reason to try another one', async (_what, error) => {
  const other = mock()
  await expect(firstOf('all', () => [failing(error), other]).open(host().host, call)).rejects.toBe(error)
  expect(other.world.open).toBe(0)
})

test('an abort is no reason to try another one, whatever the backend makes of it', async () => {
  const abort = new AbortController()
  const aborting: Driver = {
    contract: 1,
    name: 'aborting',
    async open() {
      abort.abort(new Error('changed my mind'))
      throw absent
    },
  }
  const other = mock()
  const opening = firstOf('all', () => [aborting, other]).open(host().host, { signal: abort.signal })
  await expect(opening).rejects.toThrow('changed my mind')
  expect(other.world.open).toBe(0)
})

test('a driver that picks, too: what it passed over comes after what was passed over before it, also when it picks again', async () => {
  const { host: it, picked } = host()
  const inner = mock()
  let pickAgain = () => {}
  const picking: Driver = {
    contract: 1,
    name: 'picking',
    open: (given, request) => {
      const passedOver = [{ name: 'best', error: absent }]
      given.picked?.({ name: 'spare', passedOver })
      pickAgain = () => given.picked?.({ name: 'best', passedOver: [] })
      return inner.open(given, request)
    },
  }
  await firstOf('all', () => [failing(absent), picking]).open(it, call)
  const before = { name: 'failing', error: absent }
  expect(picked).toEqual([{ name: 'spare', passedOver: [before, { name: 'best', error: absent }] }])
  pickAgain()
  expect(picked[1]).toEqual({ name: 'best', passedOver: [before] })
})
