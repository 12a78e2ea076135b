// What the backend stands: foreign threads, endless cycles, notifications that never come.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { windows } from '@roamkit/backend-windows'
import { asyncDispose } from '@roamkit/core/contract'
import { callbacks, runNode, world } from '@roamkit/lab-windows'
import { until } from './until.mjs'
import { dlls, plainHost, setScene, someoneConnects } from './windows-adapter.mjs'

const call = { signal: new AbortController().signal }
/** The number that is asked for, on one of the versions of Node; the other is there for what differs. */
const ROUNDS = Number.parseInt(process.versions.node, 10) >= 22 ? 500 : 100
/** Milliseconds against hangs, for what is a matter of counting and not of time. */
const LONG = 200_000
const NOTHING = { handles: 0, registrations: 0, memory: 0, objects: 0 }

// Node has no other way to have the garbage taken out: what is there then is what is held.
setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collectGarbage = runInNewContext('gc')

beforeEach(setScene)

/** @param {import('node:test').TestContext} context @param {{ interval?: number, log?: (event: string, detail?: object) => void }} [options] */
async function open(context, { interval = 100, log } = {}) {
  const backend = await windows({ libraries: dlls, interval }).open(plainHost(log), call)
  // One that is left open by a test that fails would keep the process alive.
  context.after(() => backend[asyncDispose]())
  const find = (/** @type {string} */ name) => {
    const found = backend.snapshot().configurations.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  return { backend, find }
}

describe('10 000 notifications from foreign threads while the JS thread is busy', () => {
  for (const kind of ['signal', 'interface', 'address'])
    test(`${kind}: every one is delivered, and they cost a few readings`, async (context) => {
      const { backend, find } = await open(context)
      world('connect Wi-Fi Home')
      await until('up', () => find('Home').link === 'up')
      const registered = callbacks()
      const before = world('calls')
      world(`storm 10000 threads=8 kind=${kind}`)
      const end = performance.now() + 200
      while (performance.now() < end);
      await until('the storm is over', () => world('storms').running === 0, { within: LONG })
      const { begun, over } = world('storms')
      assert.equal(over, begun)
      assert.ok(begun >= 10_000, `${begun} were begun`)
      // Nothing is lost: it goes on seeing what happens, and with that it has read whatever the storm made it read.
      world('disconnect Wi-Fi')
      await until('down', () => find('Home').link === 'down', { within: LONG })
      const after = world('calls')
      const readings = ['GetIfTable2', 'WlanEnumInterfaces', 'GetNetworkConnectivityHint'].map(
        (name) => (after[name] ?? 0) - (before[name] ?? 0),
      )
      assert.ok(Math.max(...readings) < 5_000, `readings: ${readings}`)
      assert.equal(callbacks(), registered)
      await backend[asyncDispose]()
      assert.deepEqual(world('held'), NOTHING)
    })
})

/** Bytes of the heap that hold data: what V8 compiles on the way grows with the load of the machine, and is no leak. */
function dataHeap() {
  const data = getHeapSpaceStatistics().filter(({ space_name }) => !/code|trusted/.test(space_name))
  return data.reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}

test(`${ROUNDS} cycles of connecting and disconnecting leave nothing behind`, {
  timeout: LONG,
}, async (context) => {
  for (const what of ['associate', 'address', 'disconnect']) world(`delay ${what} 0`)
  const { backend, find } = await open(context)
  const { id } = find('Home')
  const seen = new Set()
  const cycle = async () => {
    const activation = await backend.activate(id, { ...call, secret: null })
    await until('up', () => find('Home').link === 'up')
    seen.add(activation)
    await backend.deactivate(id, activation, call)
    await until('down', () => find('Home').link === 'down')
    assert.deepEqual(
      { ...find('Home').ended, native: null },
      { activation, reason: 'requested', native: null },
    )
  }
  for (let round = 0; round < 50; round += 1) await cycle()
  collectGarbage()
  const before = { heap: dataHeap(), callbacks: callbacks() }
  for (let round = 50; round < ROUNDS; round += 1) await cycle()
  collectGarbage()
  const grown = dataHeap() - before.heap
  assert.equal(seen.size, ROUNDS)
  assert.equal(callbacks(), before.callbacks)
  assert.ok(grown < 1_000_000, `the heap has grown by ${grown} bytes`)
  await backend[asyncDispose]()
  assert.deepEqual(world('held'), NOTHING)
})

describe('notifications that never come', () => {
  for (const how of ['silent', 'refuse'])
    test(`${how}: the world says so, the log too, and changes are found by reading`, async (context) => {
      world(`notifications all ${how}`)
      /** @type {[string, any][]} */
      const logged = []
      const { backend, find } = await open(context, {
        interval: 50,
        log: (event, detail) => logged.push([event, detail]),
      })
      assert.equal(backend.snapshot().updates, 'polling')
      const status = how === 'silent' ? 'unproven' : 'refused'
      const [, detail] = logged.find(([event]) => event === 'windows: notifications') ?? []
      assert.equal(detail.areAllProven, false)
      assert.equal(detail.unproven.interface, status)
      assert.equal(detail.unproven.wifi, status)
      const activation = await backend.activate(find('Home').id, { ...call, secret: null })
      await until('up', () => find('Home').link === 'up')
      assert.equal(find('Home').activation, activation)
      world('drop Wi-Fi')
      await until('down', () => find('Home').link === 'down')
      assert.equal(find('Home').ended?.activation, activation)
      world('fail Wi-Fi wrong-key')
      await backend.activate(find('Home').id, { ...call, secret: null })
      await until('given up', () => find('Home').link === 'down')
      assert.equal(backend.snapshot().updates, 'polling')
      await backend[asyncDispose]()
    })

  test('one that has come proves its registration, for all backends of the driver', async (context) => {
    const { backend, find } = await open(context)
    assert.equal(backend.snapshot().updates, 'polling')
    world('connect Wi-Fi Home')
    await until('events', () => backend.snapshot().updates === 'events', { seen: () => find('Home') })
    await backend[asyncDispose]()
  })
})

describe('without consent to location', () => {
  test('a scan says what it is, and the connection is known by its notifications', async (context) => {
    const { backend, find } = await open(context)
    world('consent off')
    world('connect Wi-Fi Home')
    await until('up', () => find('Home').link === 'up')
    await until('unknown reach', () => find('Cafe').inRange === null)
    assert.equal(backend.snapshot().scan, 'no')
    await assert.rejects(backend.scan(call), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_DENIED')
      assert.match(error.message, /location/i)
      return true
    })
    await backend[asyncDispose]()
  })

  test('a connection that was there before is its adapter', async (context) => {
    await someoneConnects('Home')
    world('consent off')
    const { backend, find } = await open(context)
    await until('up', () => find('Wi-Fi').link === 'up')
    assert.equal(find('Wi-Fi').bearer, 'wlan')
    assert.equal(find('Wi-Fi').uplink, true)
    await backend[asyncDispose]()
  })
})

test('processes name activations alike', { timeout: 60_000 }, async (context) => {
  // The child sees the store of this process, and a world of its own: what it begins there goes on counting.
  const { backend, find } = await open(context)
  const { id } = find('Home')
  const activation = await backend.activate(id, { ...call, secret: null })
  await until('up', () => find('Home').link === 'up')
  const script = `
    import { windows } from '@roamkit/backend-windows'
    import { dlls, plainHost, setScene, someoneConnects } from ${JSON.stringify(new URL('windows-adapter.mjs', import.meta.url).href)}
    setScene()
    await someoneConnects('Home')
    const backend = await windows({ libraries: dlls }).open(plainHost(), { signal: AbortSignal.timeout(9000) })
    const { scope, configurations } = backend.snapshot()
    console.log(JSON.stringify({ scope, activation: configurations.find(({ name }) => name === 'Home').activation }))
    await backend[Symbol.asyncDispose]()
  `
  const { output, errors } = await runNode(['--input-type=module', '--eval', script])
  assert.deepEqual(JSON.parse(output || 'null'), { scope: backend.snapshot().scope, activation }, errors)
  await backend[asyncDispose]()
})
