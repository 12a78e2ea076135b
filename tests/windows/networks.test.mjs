// Networks without a profile, keys, saveNetwork and forgetNetwork: rules N1 to N7.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { windows } from '@roamkit/backend-windows'
import { asyncDispose } from '@roamkit/core/contract'
import { world } from '@roamkit/lab-windows'
import { expectWords, listen, named, openHost } from './host.mjs'
import { until } from './until.mjs'
import { dlls, plainHost, setScene } from './windows-adapter.mjs'

const call = { signal: new AbortController().signal }
const RIGHT = 'correct & horse <8>'
const visible = { visibleNetworks: true }
/** An open network, and one with a key. */
const AIR = ['network add Bakery signal=60', `network add Locked key="${RIGHT}" signal=50`]

beforeEach(() => {
  setScene()
  for (const line of AIR) world(line)
})

/** The contract's backend, without core. @param {import('node:test').TestContext} context @param {{ visibleNetworks?: boolean }} [options] */
async function open(context, options = visible) {
  const driver = windows({ libraries: dlls, interval: 100, ...options })
  const backend = await driver.open(plainHost(), call)
  context.after(() => backend[asyncDispose]())
  const all = () => backend.snapshot().configurations
  const find = (/** @type {string} */ name) => all().find((one) => one.name === name)
  const get = (/** @type {string} */ name) => {
    const found = find(name)
    if (found === undefined) throw new Error(`there is no ${name}: ${all().map((one) => one.name)}`)
    return found
  }
  return { backend, all, find, get }
}

/** Answers with these, then with null. @param {...string} keys */
function answering(...keys) {
  /** @type {{ fields: readonly string[], attempt: number }[]} */
  const asked = []
  /** @type {import('@roamkit/core').SecretsProvider} */
  const secrets = async ({ fields, attempt }) => {
    asked.push({ fields, attempt })
    const key = keys[asked.length - 1]
    return key === undefined ? null : { [fields[0] ?? '']: key }
  }
  return { asked, secrets }
}

const connects = () => world('calls').WlanConnect ?? 0
const station = () => world('state').wifi[0]
/** @returns {string[]} */
const stored = () => world('state').profiles

describe('N1 networks without a profile', () => {
  test('are listed once for each name and class of security, without those that have a profile', async (context) => {
    world('network add Bakery bssid=02:00:00:00:00:77 signal=90')
    world('network add Bakery bssid=02:00:00:00:00:78 security=wpa3 key=whatever signal=40')
    world('network add Work security=enterprise')
    world('network add Safe security=owe')
    world('network add Old security=wep key=12345')
    const { all } = await open(context)
    const found = all().filter((one) => !one.saved)
    assert.deepEqual(
      found.map(({ name, wifi, signal, activate, inRange, link }) => [
        name,
        wifi?.security,
        signal,
        activate,
        inRange,
        link,
      ]),
      [
        ['Bakery', 'open', 90, 'yes', true, 'down'],
        ['Bakery', 'wpa3', 40, 'yes', true, 'down'],
        ['Locked', 'wpa', 50, 'yes', true, 'down'],
        ['Old', 'wep', 70, 'yes', true, 'down'],
        ['Safe', 'owe', 70, 'yes', true, 'down'],
        ['Work', 'enterprise', 70, 'no', true, 'down'],
      ],
    )
    assert.deepEqual(
      found.slice(0, 2).map(({ point }) => point),
      ['02:00:00:00:00:77', '02:00:00:00:00:78'],
    )
  })

  test('are not listed unless that is asked for', async (context) => {
    const { all } = await open(context, {})
    assert.deepEqual(
      all().filter((one) => !one.saved),
      [],
    )
  })

  test('have names that differ if their bytes do, whatever these are', async (context) => {
    for (const ssid of ['Caf\\xe9', 'Caf\\xc3\\xa9', '<&>', '\\x20x\\x09y', '\\x5cx09'])
      world(`network add "${ssid}"`)
    const { all, backend } = await open(context)
    const ids = all()
      .filter((one) => one.id.endsWith(' (open)'))
      .map(({ id, name }) => [id.replace(/^[^/]*\//, ''), name])
    assert.deepEqual(ids, [
      ['<&> (open)', '<&>'],
      ['Bakery (open)', 'Bakery'],
      ['Caf\\xe9 (open)', 'Caf\\xe9'],
      ['Café (open)', 'Café'],
      ['\\x20x\\x09y (open)', ' x\ty'],
      ['\\x5cx09 (open)', '\\x5cx09'],
    ])
    for (const name of ['Caf\\xe9', '<&>', ' x\ty']) {
      const { id } = all().find((one) => one.name === name) ?? { id: '' }
      await backend.activate(id, { ...call, secret: null })
      await until(`${name} is up`, () => all().find((one) => one.id === id)?.link === 'up')
    }
  })

  test('give way to the profile of another program, and come back without it', async (context) => {
    const { find } = await open(context)
    world('profile add Wi-Fi "My bakery" ssid=Bakery security=open')
    await until('the profile', () => find('My bakery')?.saved === true && find('Bakery') === undefined)
    world('profile remove Wi-Fi "My bakery"')
    await until('the network', () => find('My bakery') === undefined && find('Bakery')?.saved === false)
  })

  test('are not listed while a profile for something else has their name', async (context) => {
    const { get, all } = await open(context)
    const { id } = get('Bakery')
    world('profile add Wi-Fi "Bakery (open)" ssid=Elsewhere security=open')
    await until('the profile', () => all().find((one) => one.id === id)?.saved === true)
    assert.equal(all().find((one) => one.id === id)?.network, 'Elsewhere')
    assert.equal(all().filter((one) => one.name === 'Bakery').length, 0)
  })

  test('are removed when they are out of sight, but not those that were opened here', async (context) => {
    const { backend, find, get } = await open(context)
    await backend.activate(get('Bakery').id, { ...call, secret: null })
    await until('up', () => find('Bakery')?.link === 'up')
    world('network remove Bakery')
    world('network remove Locked')
    await until('Locked is gone', () => find('Locked') === undefined)
    await until('Bakery is out of range', () => find('Bakery')?.inRange === false)
    const { link, ended, activate } = get('Bakery')
    assert.deepEqual([link, ended?.reason, activate], ['down', 'carrierLost', 'unknown'])
  })
})

describe('N2 opening a network without a profile', () => {
  test('stores nothing, and the configuration is the same before, during and after', async (context) => {
    const manager = await openHost(context, {}, visible)
    const before = named(manager, 'Locked').identifier
    const { asked, secrets } = answering(RIGHT)
    const session = manager.createSession(named(manager, 'Locked'), { secrets })
    await session.open()
    assert.deepEqual(asked, [{ fields: ['psk'], attempt: 1 }])
    assert.deepEqual([station().profile, station().temporary], ['Locked (wpa)', true])
    assert.deepEqual([named(manager, 'Locked').identifier, named(manager, 'Locked').isSaved], [before, false])
    assert.deepEqual(stored().sort(), ['Cafe', 'Home'])
    await session.close()
    await until('down', () => station().phase === 'disconnected')
    assert.deepEqual([named(manager, 'Locked').identifier, stored().length], [before, 2])
  })

  test('an enterprise network needs more than a key', async (context) => {
    world('network add Work security=enterprise')
    const manager = await openHost(context, {}, visible)
    await assert.rejects(manager.createSession(named(manager, 'Work')).open(), {
      code: 'operationNotSupported',
    })
    const { backend, get } = await open(context)
    await assert.rejects(backend.activate(get('Work').id, { ...call, secret: null }), {
      code: 'ERR_NOT_SUPPORTED',
      message: /user name/,
    })
  })

  test('WPA3 falls back to access points for WPA2 that have the same name and key', async (context) => {
    world(`network add Mixed security=wpa3 key="${RIGHT}"`)
    const { backend, all, get } = await open(context)
    const { id } = get('Mixed')
    assert.match(id, /\/Mixed \(wpa3\)$/)
    world('hold Wi-Fi')
    await backend.activate(id, { ...call, secret: async () => ({ psk: RIGHT }) })
    await until('Windows tries', () => station().phase === 'associating')
    world('network remove Mixed')
    world(`network add Mixed security=wpa2 key="${RIGHT}"`)
    world('release Wi-Fi')
    await until('up', () => all().find((one) => one.id === id)?.link === 'up')
    assert.equal(station().profile, 'Mixed (wpa3)')
  })

  test('a program that does not list such networks sees it under the same id and activation', async (context) => {
    const [one, other] = [await open(context), await open(context, {})]
    const { id } = one.get('Locked')
    const keys = ['wrong wrong', RIGHT]
    await one.backend.activate(id, { ...call, secret: async () => ({ psk: keys.shift() ?? '' }) })
    await until('up for both', () => [one, other].every(({ find }) => find('Locked')?.link === 'up'))
    const seen = [one, other].map(({ get }) => get('Locked'))
    assert.deepEqual(seen[0]?.id, seen[1]?.id)
    assert.deepEqual(seen[0]?.activation, seen[1]?.activation)
    await one.backend[asyncDispose]()
    assert.equal(station().phase, 'connected')
    await other.backend.deactivate(id, seen[1]?.activation ?? '', call)
    await until('it is gone', () => other.find('Locked') === undefined)
    await until('down', () => station().phase === 'disconnected')
  })
})

describe('N3, N4 keys', () => {
  test('a key that Windows refuses, or that no network can have, is asked for again by the same activation', async (context) => {
    const manager = await openHost(context, {}, visible)
    const { asked, secrets } = answering('short', 'battery staple', RIGHT)
    const before = connects()
    const session = manager.createSession(named(manager, 'Locked'), { secrets })
    const words = listen(session)
    await session.open()
    assert.deepEqual(
      asked.map(({ attempt }) => attempt),
      [1, 2, 3],
    )
    assert.equal(connects() - before, 2, 'Windows got the short key')
    assert.deepEqual(words, ['connecting', 'connected', 'opened'])
  })

  test('WEP is asked for its key, too', async (context) => {
    world('network add Old security=wep key=12345')
    const manager = await openHost(context, {}, visible)
    const { asked, secrets } = answering('12345')
    await manager.createSession(named(manager, 'Old'), { secrets }).open()
    assert.deepEqual(asked, [{ fields: ['wep-key0'], attempt: 1 }])
  })

  const failures = [
    ['without a provider', undefined, 'secretMissing'],
    ['without a key', answering().secrets, 'secretMissing'],
    ['without another key after a wrong one', answering('battery staple').secrets, 'secretWrong'],
    ['if the provider throws', () => Promise.reject(new Error('locked')), 'secretsFailed'],
  ]
  for (const [how, secrets, reason] of /** @type {[string, any, string][]} */ (failures))
    test(`${how} the opening fails with ${reason}`, async (context) => {
      const manager = await openHost(context, {}, visible)
      const options = secrets === undefined ? {} : { secrets }
      const session = manager.createSession(named(manager, 'Locked'), options)
      await assert.rejects(session.open(), { reason })
    })

  test('the key that is stored in a profile is refused: secretWrong', async (context) => {
    world('profile add Wi-Fi Locked key="battery staple"')
    const manager = await openHost(context)
    await assert.rejects(manager.createSession(named(manager, 'Locked')).open(), { reason: 'secretWrong' })
  })

  test('closing takes the question back, and the link that the adapter had meanwhile stays', async (context) => {
    const { backend, find, get } = await open(context)
    await backend.activate(get('Home').id, { ...call, secret: null })
    await until('Home is up', () => find('Home')?.link === 'up')
    /** @type {AbortSignal[]} */
    const signals = []
    const { id } = get('Locked')
    const activation = await backend.activate(id, {
      ...call,
      secret: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signals.push(signal)
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    })
    await until('the question', () => signals.length === 1)
    assert.deepEqual([get('Home').link, get('Locked').link], ['up', 'activating'])
    assert.equal(get('Locked').interface, null)
    await backend.deactivate(id, activation, call)
    assert.equal(signals[0]?.aborted, true)
    assert.deepEqual([get('Home').link, get('Locked').ended?.reason], ['up', 'requested'])
    assert.equal(station().phase, 'connected')
  })

  test('another link on the adapter takes the question back', async (context) => {
    const { backend, find, get } = await open(context)
    await backend.activate(get('Locked').id, { ...call, secret: () => new Promise(() => {}) })
    world('connect Wi-Fi Home')
    await until('Home is up', () => find('Home')?.link === 'up')
    assert.deepEqual([get('Locked').link, get('Locked').ended?.reason], ['down', 'deviceTaken'])
  })

  test('the end of WLAN AutoConfig takes the question back', async (context) => {
    const { backend, find, get } = await open(context)
    let isOver = false
    await backend.activate(get('Locked').id, {
      ...call,
      secret: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            isOver = true
            reject(signal.reason)
          })
        }),
    })
    world('service off')
    await until('serviceLost', () => find('Locked')?.ended?.reason === 'serviceLost')
    assert.equal(isOver, true)
    world('service on')
  })

  test('closing the backend ends an activation that waits for a key', async (context) => {
    const [one, other] = [await open(context), await open(context)]
    await one.backend.activate(one.get('Locked').id, { ...call, secret: () => new Promise(() => {}) })
    await one.backend[asyncDispose]()
    const activation = await other.backend.activate(other.get('Locked').id, {
      ...call,
      secret: async () => ({ psk: RIGHT }),
    })
    await until('up', () => other.find('Locked')?.link === 'up')
    assert.equal(other.get('Locked').activation, activation)
  })
})

describe('N6 saveNetwork()', () => {
  test('stores the network with the key that it is open with: the session stays, and no session is asked again', async (context) => {
    const manager = await openHost(context, {}, visible)
    const { secrets } = answering(RIGHT)
    const session = manager.createSession(named(manager, 'Locked'), { secrets })
    const { identifier, maySave } = named(manager, 'Locked')
    assert.equal(maySave, 'no')
    await session.open()
    assert.equal(named(manager, 'Locked').maySave, 'yes')
    await manager.saveNetwork(identifier)
    const { isSaved, mayForget } = named(manager, 'Locked')
    assert.deepEqual([isSaved, mayForget, session.state], [true, 'yes', 'connected'])
    assert.deepEqual(stored().sort(), ['Cafe', 'Home', 'Locked (wpa)'])
    await session.close()
    const again = manager.createSession(named(manager, 'Locked'))
    assert.equal(again.configuration.identifier, identifier)
    await again.open()
    assert.equal(station().temporary, false)
    await again.close()
  })

  test('is for this user alone if Windows denies to store it for everybody', async (context) => {
    world('storing oneself')
    const { backend, get } = await open(context)
    assert.equal(get('Bakery').save, 'yes')
    assert.equal(get('Home').forget, 'no')
    await backend.save?.(get('Bakery').id, call)
    assert.deepEqual([get('Bakery').saved, get('Bakery').forget], [true, 'yes'])
  })

  test('is denied if Windows denies both', async (context) => {
    world('storing nobody')
    const manager = await openHost(context, {}, visible)
    const bakery = named(manager, 'Bakery')
    assert.deepEqual([bakery.maySave, bakery.mayForget], ['no', 'no'])
    await assert.rejects(manager.saveNetwork(bakery.identifier), { code: 'ERR_DENIED' })
    assert.deepEqual(stored().sort(), ['Cafe', 'Home'])
  })

  test('needs the key, which Windows has only while the link is up', async (context) => {
    const manager = await openHost(context, {}, visible)
    await assert.rejects(manager.saveNetwork(named(manager, 'Locked').identifier), {
      code: 'ERR_NOT_SUPPORTED',
      message: /open it first/,
    })
  })
})

describe('N7 forgetNetwork()', () => {
  test('ends the sessions of a link in use, and the network stays in sight', async (context) => {
    const manager = await openHost(context, {}, visible)
    const { secrets } = answering(RIGHT)
    const session = manager.createSession(named(manager, 'Locked'), { secrets })
    await session.open()
    await manager.saveNetwork(session.configuration)
    const words = listen(session)
    await manager.forgetNetwork(session.configuration)
    await expectWords(words, ['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'])
    await until('down', () => station().phase === 'disconnected')
    assert.deepEqual([named(manager, 'Locked').isSaved, stored().length], [false, 2])
  })

  test('also deletes the profile of another program', async (context) => {
    const { backend, find, get } = await open(context)
    await backend.forget?.(get('Home').id, call)
    await until('Home is a network without a profile', () => find('Home')?.saved === false)
    assert.deepEqual(stored(), ['Cafe'])
  })

  test('cannot delete an adapter', async (context) => {
    const { backend, get } = await open(context)
    await assert.rejects(Promise.resolve(backend.forget?.(get('Cable').id, call)), {
      code: 'ERR_NOT_SUPPORTED',
    })
  })
})
