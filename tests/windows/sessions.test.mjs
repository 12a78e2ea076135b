// Sessions on scripted Windows: the scenarios of Wi-Fi, one after the other.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { byOrder } from '@roamkit/core'
import { outside, world } from '@roamkit/lab-windows'
import { expectWords, listen, named, openHost } from './host.mjs'
import { until } from './until.mjs'
import { setScene } from './windows-adapter.mjs'

beforeEach(setScene)

/** @param {import('@roamkit/core').NetworkConfigurationManager} manager */
function homeThenCafe(manager) {
  const members = ['Home', 'Cafe'].map((name) => named(manager, name).identifier)
  return manager.defineServiceNetwork({ identifier: 'lab:wifi', members, ranking: [byOrder(members)] })
}

describe('a cable', () => {
  test('is real: a change of a veth reaches stateChanged', async (context) => {
    // A link of its own: Wine is confused by one that comes back under the same name.
    await outside('link add usb9')
    const manager = await openHost(context)
    const session = manager.createSession(named(manager, 'usb9'))
    const words = listen(session)
    await outside('up usb9 10.9.0.2/24 10.9.0.1')
    await until('connected', () => session.state === 'connected', { seen: () => words })
    await until('the address', () => session.interface?.addresses.includes('10.9.0.2/24') === true)
    assert.ok(named(manager, 'usb9').is('active'))
    await outside('link del usb9')
    await until('invalid', () => session.state === 'invalid', { seen: () => words })
    assert.equal(words.at(-1), 'invalid')
  })

  test('is enabled and disabled with rights, and otherwise refused', async (context) => {
    world('adapter up Cable')
    world('adapter address Cable add 10.5.0.2/24')
    const manager = await openHost(context)
    const session = manager.createSession(named(manager, 'Cable'))
    const words = listen(session)
    await session.open()
    await assert.rejects(session.stop(), { code: 'operationNotSupported', reason: 'denied' })
    assert.equal(session.state, 'connected')
    world('admin on')
    await session.stop()
    assert.deepEqual(words.slice(-3), ['closing', 'disconnected', 'closed'])
    await session.open()
    assert.equal(session.state, 'connected')
  })
})

describe('a Wi-Fi session', () => {
  test('opens, has an address, and closes what it has brought up', async (context) => {
    const manager = await openHost(context)
    const session = manager.createSession(named(manager, 'Home'))
    const words = listen(session)
    await session.open()
    assert.deepEqual(words, ['connecting', 'connected', 'opened'])
    assert.deepEqual(session.interface?.addresses, ['10.77.0.2/24'])
    assert.equal(manager.isOnline, true)
    await session.close()
    assert.deepEqual(words.slice(3), ['closed', 'closing', 'disconnected'])
    assert.equal(world('calls').WlanScan, undefined, 'it scanned without a request')
  })

  test('says that the key is wrong', async (context) => {
    const manager = await openHost(context)
    world('fail Wi-Fi wrong-key')
    const session = manager.createSession(named(manager, 'Home'))
    await assert.rejects(session.open(), (/** @type {any} */ error) => {
      assert.match(String(error.reason), /secret/i)
      assert.match(String(error.message), /Home/)
      return true
    })
    await until('disconnected', () => session.state === 'disconnected')
  })

  test('is lost with its access point', async (context) => {
    const manager = await openHost(context, { lossGrace: 100 })
    const session = manager.createSession(named(manager, 'Home'))
    const words = listen(session)
    await session.open()
    world('network remove Home')
    await until('closed', () => words.includes('closed'), { seen: () => words })
    // The list of networks is read a moment later.
    await until('out of range', () => session.state === 'notAvailable')
    assert.ok(words.some((word) => word.startsWith('error:sessionAborted')))
  })

  test('does not notice a change of the access point within its network', async (context) => {
    world('network add Home bssid=02:00:00:00:00:99 signal=60')
    const manager = await openHost(context)
    const session = manager.createSession(named(manager, 'Home'))
    await session.open()
    const words = listen(session)
    const points = () => manager.configurationFromIdentifier(session.configuration.identifier)
    const before = points()
    world('roam Wi-Fi 02:00:00:00:00:99')
    await until('the configuration is another one', () => points() !== before)
    assert.deepEqual(words, [])
    assert.equal(session.state, 'connected')
  })

  test('whose adapter is removed while it opens is invalid', async (context) => {
    world('hold Wi-Fi')
    const manager = await openHost(context)
    const session = manager.createSession(named(manager, 'Home'))
    // Windows first tells that the attempt is over, and a moment later that its interface is.
    const opening = assert.rejects(session.open(), /Home/)
    await until('connecting', () => session.state === 'connecting')
    world('adapter remove Wi-Fi')
    await opening
    await until('invalid', () => session.state === 'invalid')
  })
})

describe('roaming between two profiles', () => {
  test('forced: the access point is lost, and the other profile takes over', async (context) => {
    const manager = await openHost(context)
    const session = manager.createSession(homeThenCafe(manager))
    await session.open()
    assert.equal(session.activeConfiguration, named(manager, 'Home').identifier)
    const words = listen(session)
    world('network remove Home')
    await expectWords(words, ['roaming', 'connected'])
    assert.equal(session.activeConfiguration, named(manager, 'Cafe').identifier)
  })

  test('consulted: an offer, a trial, and back again', async (context) => {
    world('network remove Home')
    const manager = await openHost(context)
    const session = manager.createSession(homeThenCafe(manager))
    /** @type {[string, boolean][]} */
    const offers = []
    session.on('preferredConfigurationChanged', ({ name }, isSeamless) => offers.push([name, isSeamless]))
    await session.open()
    assert.equal(session.activeConfiguration, named(manager, 'Cafe').identifier)
    world('network add Home bssid=02:00:00:00:00:01')
    await manager.updateConfigurations()
    await until('an offer', () => offers.length > 0)
    assert.deepEqual(offers, [['Home', false]])
    assert.equal(await session.migrate(), true)
    assert.equal(session.activeConfiguration, named(manager, 'Home').identifier)
    assert.equal(await session.reject(), true)
    assert.equal(session.activeConfiguration, named(manager, 'Cafe').identifier)
    assert.equal(session.state, 'connected')
  })
})

describe('what is known of a network', () => {
  test('cost, portal and purpose come from the network list manager', async (context) => {
    const manager = await openHost(context)
    const session = manager.createSession(named(manager, 'Home'))
    await session.open()
    world('place Home category=private reach=portal cost=fixed')
    await until('a portal', () => manager.isBehindCaptivePortal === true)
    await until('metered', () => manager.isMetered === true)
    assert.equal(named(manager, 'Home').purpose, 'private')
    world('place Home category=public reach=internet cost=unrestricted')
    await until('free again', () => manager.isMetered === false && manager.reachability === 'online')
    assert.equal(named(manager, 'Home').purpose, 'public')
    world('place Home roaming=yes')
    await until('abroad', () => manager.isMetered === true)
  })
})
