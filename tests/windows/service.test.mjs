// WLAN AutoConfig stops and starts again: what that takes away is Wi-Fi, and nothing else (decision 7).
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { windows } from '@roamkit/backend-windows'
import { byOrder } from '@roamkit/core'
import { asyncDispose } from '@roamkit/core/contract'
import { libraries, runNode, world } from '@roamkit/lab-windows'
import koffi from 'koffi'
import { expectWords, listen, named, openHost } from './host.mjs'
import { until } from './until.mjs'
import { dlls, plainHost, setScene } from './windows-adapter.mjs'

const call = { signal: new AbortController().signal }
const NOTHING = { handles: 0, registrations: 0, memory: 0, objects: 0 }
/** Milliseconds between two polls: so many that none happens in a test. */
const NEVER = 3_600_000
const WHAT_TO_DO = /WLAN AutoConfig.*net start wlansvc/

beforeEach(() => {
  setScene()
  world('notifications all fire')
})

/** A cable that leads to other networks. */
function plugCable() {
  world('adapter up Cable')
  world('adapter address Cable add 10.5.0.2/24')
  world('adapter gateway Cable 10.5.0.1')
}

/** @param {import('node:test').TestContext} context @param {{ paths?: import('@roamkit/backend-windows').WindowsLibraries }} [options] */
async function open(context, { paths = dlls } = {}) {
  /** @type {[string, any][]} */
  const logged = []
  const host = plainHost((event, detail) => logged.push([event, detail]))
  const backend = await windows({ libraries: paths, interval: NEVER }).open(host, call)
  context.after(() => backend[asyncDispose]())
  const has = (/** @type {string} */ name) =>
    backend.snapshot().configurations.some((one) => one.name === name)
  const find = (/** @type {string} */ name) => {
    const found = backend.snapshot().configurations.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const ids = () => backend.snapshot().configurations.map(({ id }) => id)
  const activate = (/** @type {string} */ name) => backend.activate(find(name).id, { ...call, secret: null })
  const connect = async () => {
    const activation = await activate('Home')
    await until('up', () => find('Home').link === 'up', { seen: () => find('Home') })
    return activation
  }
  const isAway = () => until('Wi-Fi is away', () => find('Cafe').inRange === false)
  const isBack = () => until('Wi-Fi is back', () => find('Cafe').inRange === true)
  return { backend, has, find, ids, activate, connect, isAway, isBack, logged }
}

describe('while WLAN AutoConfig is away', () => {
  test('a session on a cable goes on for longer than serviceGrace, and reports its cable', async (context) => {
    plugCable()
    const manager = await openHost(context, { serviceGrace: 20, lossGrace: 20 })
    const session = manager.createSession(named(manager, 'Cable'))
    const wifi = named(manager, 'Home').identifier
    await session.open()
    const words = listen(session)
    world('service off')
    await until('away', () => !manager.configurationFromIdentifier(wifi).is('discovered'))
    const away = performance.now()
    await until('longer than the grace', () => performance.now() > away + 100)
    world('adapter address Cable add 10.5.0.3/24')
    await until('its new address', () => session.interface?.addresses.includes('10.5.0.3/24') === true)
    assert.equal(manager.service, 'ready')
    assert.equal(manager.isOnline, true)
    assert.equal(session.state, 'connected')
    assert.deepEqual(words, [])
    world('adapter down Cable')
    await expectWords(words, ['notAvailable', 'error:sessionAborted/lost', 'closed'])
  })

  test('profiles stay listed by the same ids, down and out of range, and are back with it', async (context) => {
    const { backend, find, ids, connect, isAway, isBack } = await open(context)
    const activation = await connect()
    const before = ids()
    world('service off')
    await isAway()
    const { link, ended, inRange, interface: facts } = find('Home')
    assert.deepEqual({ link, inRange, facts }, { link: 'down', inRange: false, facts: null })
    assert.deepEqual(ended, { activation, reason: 'serviceLost', native: 'WLAN AutoConfig has stopped' })
    assert.deepEqual(ids(), before)
    assert.equal(backend.snapshot().service, 'ready')
    assert.equal(find('Office').link, 'up')
    world('service on')
    await isBack()
    assert.deepEqual(ids(), before)
    assert.notEqual(await connect(), activation)
  })

  test('commands are refused, and say what to do', async (context) => {
    const { backend, find, activate, connect, isAway, isBack } = await open(context)
    const activation = await connect()
    world('service off')
    await isAway()
    const refused = { code: 'ERR_SERVICE_LOST', message: WHAT_TO_DO }
    await assert.rejects(activate('Home'), refused)
    await assert.rejects(backend.scan(call), refused)
    // What was up is not any more: as the contract has it, nothing is left to be done.
    await backend.deactivate(find('Home').id, activation, call)
    world('service on')
    await isBack()
    await activate('Home')
  })

  test('a scan in progress is refused, and does not wait for an end that is never notified', async (context) => {
    world('delay scan 60000')
    const { backend } = await open(context)
    const scan = assert.rejects(backend.scan(call), { code: 'ERR_SERVICE_LOST', message: WHAT_TO_DO })
    await until('it has begun', () => world('calls').WlanScan > 0)
    world('service off')
    await scan
  })

  test('an attempt under way has ended', async (context) => {
    world('hold Wi-Fi')
    const { find, activate } = await open(context)
    const activation = await activate('Home')
    world('service off')
    await until('ended', () => find('Home').ended?.activation === activation, { seen: () => find('Home') })
    assert.equal(find('Home').ended?.reason, 'serviceLost')
  })

  test('an adapter that IP Helper shows up all the same stands for itself, until the service is back', async (context) => {
    const { has, find, ids, connect, isAway, isBack } = await open(context)
    await connect()
    const before = ids()
    world('service off')
    await isAway()
    assert.equal(has('Wi-Fi'), false)
    world('adapter up Wi-Fi')
    world('adapter address Wi-Fi add 10.7.0.2/24')
    await until('the adapter', () => has('Wi-Fi') && find('Wi-Fi').link === 'up')
    assert.deepEqual([find('Wi-Fi').uplink, find('Wi-Fi').bearer], [false, 'wlan'])
    world('adapter gateway Wi-Fi 10.7.0.1')
    await until('an uplink', () => find('Wi-Fi').uplink)
    world('adapter down Wi-Fi')
    await until('it is down, and listed', () => find('Wi-Fi').link === 'down')
    world('service on')
    await isBack()
    assert.deepEqual(ids(), before)
  })
})

describe('a Wi-Fi session, when WLAN AutoConfig stops', () => {
  test('ends after its grace, and says why', async (context) => {
    const manager = await openHost(context, { lossGrace: 50 })
    const session = manager.createSession(named(manager, 'Home'))
    await session.open()
    const words = listen(session)
    world('service off')
    await expectWords(words, ['notAvailable', 'error:sessionAborted/lost', 'closed'])
    assert.match(session.error?.message ?? '', /Home.*WLAN AutoConfig has stopped/)
    const { findings } = manager.diagnose(session.configuration.identifier)
    assert.match(findings.map(({ says }) => says).join(), /WLAN AutoConfig has stopped/)
    await assert.rejects(session.open(), { reason: 'serviceLost', message: WHAT_TO_DO })
    world('service on')
    await until('in range', () => session.state === 'disconnected')
    await session.open()
    assert.equal(session.state, 'connected')
  })

  test('lives on where Windows connects again within the grace', async (context) => {
    const manager = await openHost(context, { lossGrace: 60_000 })
    const session = manager.createSession(named(manager, 'Home'))
    await session.open()
    const words = listen(session)
    world('service off')
    await until('lost', () => session.state !== 'connected')
    world('service on')
    world('connect Wi-Fi Home')
    await until('connected again', () => session.state === 'connected', { seen: () => words })
    assert.equal(session.isOpen, true)
    assert.deepEqual(
      words.filter((word) => /closed|opened|error/.test(word)),
      [],
    )
    // Windows has brought it up: it is the system's now (rule H1).
    await session.close()
    assert.equal(session.state, 'connected')
  })

  test('closes at once, although its link cannot be taken down', async (context) => {
    const manager = await openHost(context, { lossGrace: 60_000 })
    const session = manager.createSession(named(manager, 'Home'))
    await session.open()
    const words = listen(session)
    const asked = () => world('calls').WlanDisconnect ?? 0
    const before = asked()
    world('service off')
    await session.close()
    assert.ok(words.includes('closed'))
    await until('not available', () => session.state === 'notAvailable', { seen: () => words })
    assert.ok(asked() - before <= 1, `it was asked ${asked() - before} times`)
  })

  test('roams to the cable', async (context) => {
    plugCable()
    const manager = await openHost(context)
    const members = ['Home', 'Cable'].map((name) => named(manager, name).identifier)
    const network = manager.defineServiceNetwork({
      identifier: 'lab:any',
      members,
      ranking: [byOrder(members)],
    })
    const session = manager.createSession(network)
    await session.open()
    assert.equal(session.activeConfiguration, named(manager, 'Home').identifier)
    world('service off')
    await until(
      'on the cable',
      () =>
        session.activeConfiguration === named(manager, 'Cable').identifier && session.state === 'connected',
    )
  })
})

describe('notifications of the service control manager', () => {
  /** Nothing else notifies: neither IP Helper nor the service itself. Nothing is polled. */
  function silenceTheRest() {
    for (const kind of ['interface', 'address', 'route', 'hint', 'wlan'])
      world(`notifications ${kind} silent`)
  }

  test('is enough to know of a stop and of a start', async (context) => {
    silenceTheRest()
    const { backend, isAway, isBack, logged } = await open(context)
    const unproven = () => logged.findLast(([event]) => event === 'windows: notifications')?.[1].unproven
    assert.equal(unproven().service, 'unproven')
    world('service off')
    await isAway()
    assert.equal(unproven().service, undefined)
    world('service on')
    await isBack()
    assert.equal(backend.snapshot().service, 'ready')
  })

  test('is a hint to look again, and a service that is late is asked for some seconds', async (context) => {
    silenceTheRest()
    const { isAway, isBack } = await open(context)
    world('service off')
    await isAway()
    world('notifications service silent')
    world('service on')
    await isBack()
  })

  test('brings a service to light that was away when the backend was opened', async (context) => {
    world('service off')
    const { has } = await open(context)
    assert.equal(has('Home'), false)
    world('service on')
    await until('Home', () => has('Home'))
  })

  for (const [how, paths] of /** @type {const} */ ([
    ['silent', dlls],
    ['refuse', dlls],
    ['missing', { ...dlls, sechost: libraries.world }],
  ]))
    test(`is not needed (${how}): the next call finds out, and the service is asked until it is back`, async (context) => {
      if (how !== 'missing') world(`notifications service ${how}`)
      const { activate, isAway, isBack, logged } = await open(context, { paths })
      const { unproven } = logged.findLast(([event]) => event === 'windows: notifications')?.[1] ?? {}
      assert.equal(unproven.service, how === 'silent' ? 'unproven' : 'refused')
      world('service off')
      await assert.rejects(activate('Home'), { code: 'ERR_SERVICE_LOST', message: WHAT_TO_DO })
      await isAway()
      const opened = () => world('calls').WlanOpenHandle
      const before = opened()
      await until('it is asked again', () => opened() > before + 2)
      world('service on')
      await isBack()
      const after = opened()
      await activate('Home')
      assert.equal(opened(), after)
    })

  test('is waited for without a timer, once it is known to come', async (context) => {
    /** @type {Set<object>} */
    const pending = new Set()
    const clock = {
      now: () => performance.now(),
      after(/** @type {number} */ ms, /** @type {() => void} */ run) {
        const one = { ms: Math.min(ms, 5), timer: /** @type {any} */ (null) }
        one.timer = setTimeout(() => pending.delete(one) && run(), one.ms).unref()
        pending.add(one)
        return () => {
          pending.delete(one)
          clearTimeout(one.timer)
        }
      },
    }
    const backend = await windows({ libraries: dlls, interval: 5 }).open({ ...plainHost(), clock }, call)
    context.after(() => backend[asyncDispose]())
    // What happened before would not notify: it must be open already.
    world('connect Wi-Fi Home')
    await until('events', () => backend.snapshot().updates === 'events')
    world('service off')
    await until('away', () => backend.snapshot().configurations.every(({ inRange }) => inRange !== true))
    await until('no timer', () => pending.size === 0)
  })
})

test('twenty stops and starts leave nothing behind', async (context) => {
  const { backend, isAway, isBack } = await open(context)
  const { callbacks } = koffi.stats()
  for (let round = 0; round < 20; round += 1) {
    world('service off')
    await isAway()
    world('service on')
    await isBack()
  }
  assert.equal(koffi.stats().callbacks, callbacks)
  world('service off')
  await backend[asyncDispose]()
  assert.deepEqual(world('held'), NOTHING)
})

test('a process that closes its backend while the service is away ends', async () => {
  const script = `
    import { windows } from '@roamkit/backend-windows'
    import { world } from '@roamkit/lab-windows'
    import { dlls, plainHost, setScene } from ${JSON.stringify(new URL('windows-adapter.mjs', import.meta.url).href)}
    setScene()
    const backend = await windows({ libraries: dlls }).open(plainHost(), { signal: AbortSignal.timeout(9000) })
    world('service off')
    while (backend.snapshot().configurations.some(({ inRange }) => inRange)) await new Promise(setImmediate)
    await backend[Symbol.asyncDispose]()
    console.log(JSON.stringify(world('held')))
  `
  const { code, output, errors } = await runNode(['--input-type=module', '--eval', script], { limit: 20_000 })
  assert.equal(code, 0, errors)
  assert.deepEqual(JSON.parse(output), NOTHING)
})
