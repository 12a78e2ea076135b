// The machine goes to sleep and wakes up, as Windows announces it to PowerRegisterSuspendResumeNotification.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { windows } from '@roamkit/backend-windows'
import { asyncDispose } from '@roamkit/core/contract'
import { libraries, runNode, world } from '@roamkit/lab-windows'
import koffi from 'koffi'
import { until } from './until.mjs'
import { dlls, plainHost, setScene } from './windows-adapter.mjs'

const call = { signal: new AbortController().signal }
const NOTHING = { handles: 0, registrations: 0, memory: 0, objects: 0 }
/** Milliseconds between two polls: so many that none happens in a test. */
const NEVER = 3_600_000

beforeEach(() => {
  setScene()
  world('notifications all fire')
})

/**
 * A backend, and what a host sees that reads at each call of `changed()`.
 *
 * @param {import('node:test').TestContext} context
 * @param {import('@roamkit/core/contract').Driver} [driver]
 */
async function open(context, driver = windows({ libraries: dlls, interval: NEVER })) {
  /** @type {import('@roamkit/core/contract').World[]} */
  const worlds = []
  const host = { ...plainHost(), changed: () => void worlds.push(backend.snapshot()) }
  const backend = await driver.open(host, call)
  context.after(() => backend[asyncDispose]())
  const first = backend.snapshot().power
  const seen = () =>
    [first, ...worlds.map(({ power }) => power)].filter((power, index, all) => power !== all[index - 1])
  const comes = (/** @type {string[]} */ ...wanted) =>
    until(wanted.join(), () => seen().join() === wanted.join(), { seen })
  return { backend, worlds, seen, comes }
}

describe('a machine that goes to sleep', () => {
  test('is shown asleep and awake again, each at once and with no other change (L4)', async (context) => {
    const { backend, worlds, comes } = await open(context)
    const { configurations } = backend.snapshot()
    world('power asleep')
    await comes('unknown', 'asleep')
    assert.equal(worlds.at(-1)?.configurations, configurations)
    world('power awake')
    await comes('unknown', 'asleep', 'awake')
  })

  test('is awake once, although a wake-up by a user is notified twice (L4)', async (context) => {
    const { worlds, comes } = await open(context)
    world('power asleep')
    await comes('unknown', 'asleep')
    world('power awake by=user')
    world('power asleep')
    await comes('unknown', 'asleep', 'awake', 'asleep')
    assert.equal(worlds.filter(({ power }) => power === 'awake').length, 1)
  })

  test('is no news of any other kind (L4)', async (context) => {
    const { comes } = await open(context)
    world('power other')
    world('power asleep')
    await comes('unknown', 'asleep')
  })

  test('is shown while IP Helper does not answer (L4, S14)', async (context) => {
    const { backend, comes } = await open(context)
    world('iphelper off')
    world('storm 1 kind=interface')
    await until('lost', () => backend.snapshot().service === 'lost')
    world('power asleep')
    await comes('unknown', 'asleep')
    assert.equal(backend.snapshot().service, 'lost')
    world('power awake')
    await comes('unknown', 'asleep', 'awake')
    world('iphelper on')
    await until('ready', () => backend.snapshot().service === 'ready')
    assert.equal(backend.snapshot().power, 'awake')
  })

  test('has proven that Windows tells, to the next backend of the driver too (L4)', async (context) => {
    const driver = windows({ libraries: dlls, interval: NEVER })
    const { comes } = await open(context, driver)
    world('power asleep')
    world('power awake')
    await comes('unknown', 'asleep', 'awake')
    const { seen } = await open(context, driver)
    assert.deepEqual(seen(), ['awake'])
  })
})

describe('a Windows that does not tell', () => {
  for (const [how, paths] of /** @type {const} */ ([
    ['silent', dlls],
    ['refuse', dlls],
    ['function missing', { ...dlls, powrprof: libraries.world }],
    ['DLL missing', { ...dlls, powrprof: `${libraries.world}.missing` }],
  ]))
    test(`(${how}) leaves it unknown, and everything else works (L4)`, async (context) => {
      if (paths === dlls) world(`notifications power ${how}`)
      const { backend, seen } = await open(context, windows({ libraries: paths, interval: NEVER }))
      world('power asleep')
      world('adapter up Cable')
      world('adapter address Cable add 10.5.0.2/24')
      await until('the cable', () =>
        backend.snapshot().configurations.some(({ name, link }) => name === 'Cable' && link === 'up'),
      )
      assert.deepEqual(seen(), ['unknown'])
      await backend[asyncDispose]()
      assert.deepEqual(world('held'), NOTHING)
    })
})

test('twenty backends leave no registration and no callback behind', async () => {
  const driver = windows({ libraries: dlls, interval: NEVER })
  const { callbacks } = koffi.stats()
  for (let round = 0; round < 20; round += 1) {
    const backend = await driver.open(plainHost(), call)
    world('power asleep')
    await backend[asyncDispose]()
  }
  assert.equal(koffi.stats().callbacks, callbacks)
  assert.deepEqual(world('held'), NOTHING)
})

test('a process that closes its backend while the machine sleeps ends', async () => {
  const script = `
    import { windows } from '@roamkit/backend-windows'
    import { world } from '@roamkit/lab-windows'
    import { dlls, plainHost, setScene } from ${JSON.stringify(new URL('windows-adapter.mjs', import.meta.url).href)}
    setScene()
    const backend = await windows({ libraries: dlls }).open(plainHost(), { signal: AbortSignal.timeout(9000) })
    world('power asleep')
    while (backend.snapshot().power !== 'asleep') await new Promise(setImmediate)
    await backend[Symbol.asyncDispose]()
    console.log(JSON.stringify(world('held')))
  `
  const { code, output, errors } = await runNode(['--input-type=module', '--eval', script], { limit: 20_000 })
  assert.equal(code, 0, errors)
  assert.deepEqual(JSON.parse(output), NOTHING)
})
