import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mock } from '@roamkit/backend-mock'
import { allUplinks, NetworkConfigurationManager } from 'roamkit'
import { firstValueFrom, Subject } from 'rxjs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startBroker } from '../src/broker.js'
import { brokerAnswers } from '../src/broker-answers.js'
import { gateway } from '../src/gateway.js'
import { count, inWords, NOTHING } from '../src/numbers.js'
import { MACHINE } from '../src/outages.js'

/** A machine, a broker, and a gateway between them that gets its readings by hand; all in real time. */
async function start(options = {}) {
  const driver = mock({ configurations: MACHINE, activationTime: 5 })
  const manager = await NetworkConfigurationManager.open(driver)
  const broker = await startBroker()
  /** @type {Subject<string>} */
  const reading$ = new Subject()
  const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
  await session.open({ keepOpen: true })
  let numbers = NOTHING
  const completed = new Subject()
  const running = gateway({
    session,
    reading$,
    broker: broker.url,
    retryDelay: 20,
    ...options,
  }).subscribe({
    next(now) {
      numbers = now
    },
    complete: () => completed.next(null),
  })
  onTestFinished(async () => {
    running.unsubscribe()
    await manager.close()
    await broker.close()
  })
  let readings = 0
  return {
    world: driver.world,
    session,
    broker,
    running,
    numbers: () => numbers,
    /** Adds that many readings. */
    read(howMany) {
      for (let one = 0; one < howMany; one += 1) {
        readings += 1
        reading$.next(`reading ${readings}`)
      }
    },
    /** Ends the readings; resolves when the gateway has completed. */
    finish() {
      const done = firstValueFrom(completed)
      reading$.complete()
      return done
    },
    /** Waits for these numbers, among others. */
    until: (expected) =>
      vi.waitFor(() => expect(numbers).toMatchObject(expected), { timeout: 5000, interval: 5 }),
  }
}

const readingsUpTo = (last) => Array.from({ length: last }, (_, index) => `reading ${index + 1}`)
/** What came, without what came again. */
const distinct = (received) => [...new Set(received)]

test('delivers readings over the session', async () => {
  const { read, until, broker } = await start()
  await until({ connections: 1 })
  read(10)
  await until({ readings: 10, acknowledged: 10, waiting: 0, inFlight: 0 })
  expect(broker.received).toEqual(readingsUpTo(10))
})

test('stays connected across roams, and keeps what comes while there is no link', async () => {
  const { world, session, read, until, broker, numbers } = await start()
  await until({ connections: 1 })
  read(5)
  world.setInRange('cable', false)
  read(5)
  await until({ acknowledged: 10, connections: 2 })
  expect(session.activeConfiguration).toBe('wifi')
  world.setInRange('wifi', false)
  await vi.waitFor(() => expect(session.state).not.toBe('connected'))
  await vi.waitFor(() => {
    read(1)
    expect(numbers().waiting).toBeGreaterThan(5)
  })
  expect(numbers().acknowledged).toBe(10)
  const { readings } = numbers()
  world.setInRange('cable', true)
  await until({ acknowledged: readings, waiting: 0, connections: 3 })
  read(3)
  await until({ acknowledged: readings + 3, dropped: 0 })
  expect(distinct(broker.received)).toEqual(readingsUpTo(readings + 3))
})

test('sends again what was not acknowledged, in order and before anything new', async () => {
  const { read, until, broker, numbers } = await start()
  await until({ connections: 1 })
  broker.setDeaf(true)
  read(3)
  await vi.waitFor(() => expect(broker.received).toContain('reading 1'))
  broker.setDeaf(false)
  broker.hangUp()
  read(2)
  await until({ acknowledged: 5, connections: 2 })
  // The last two may have been sent on the old connection, too.
  expect(numbers().resent).toBeGreaterThanOrEqual(3)
  expect(broker.received.slice(-5)).toEqual(readingsUpTo(5))
})

test('has no more in flight than the window allows, and drops the oldest reading when there is no room', async () => {
  const { read, until, broker, numbers } = await start({ window: 2, limit: 3 })
  await until({ connections: 1 })
  broker.setDeaf(true)
  read(6)
  expect(numbers()).toMatchObject({ inFlight: 2, waiting: 3, dropped: 1 })
  await vi.waitFor(() => expect(broker.received).toContain('reading 1'))
  broker.setDeaf(false)
  broker.hangUp()
  await until({ acknowledged: 5, waiting: 0, inFlight: 0 })
  expect(distinct(broker.received)).toEqual([1, 2, 4, 5, 6].map((number) => `reading ${number}`))
})

test('connects again when a broker that was away is back', async () => {
  const { read, until, broker, numbers } = await start()
  await until({ connections: 1 })
  await broker.close()
  await vi.waitFor(() => {
    read(1)
    expect(numbers().waiting).toBeGreaterThan(0)
  })
  const back = await startBroker({ port: Number(new URL(broker.url).port) })
  onTestFinished(() => back.close())
  const { readings } = numbers()
  await until({ connections: 2, acknowledged: readings, waiting: 0 })
  expect(distinct(back.received)).toEqual(readingsUpTo(readings))
})

test('reports what its traffic shows', async () => {
  const { read, until, session } = await start()
  await until({ connections: 1 })
  read(3)
  await vi.waitFor(() => expect(session.health).toBe('good'))
})

test('reports a broker that does not answer', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const broker = `mqtt://127.0.0.1:${silent.address().port}`
  const { session } = await start({ broker, mqtt: { connectTimeout: 100 } })
  await vi.waitFor(() => expect(session.health).toBe('bad'), { timeout: 5000 })
  silent.close()
})

test('unsubscribing closes the connection', async () => {
  const { until, broker, running } = await start()
  await until({ connections: 1 })
  running.unsubscribe()
  await vi.waitFor(() => expect(broker.connections).toBe(0))
})

test('completes when the broker has acknowledged the last reading', async () => {
  const { read, until, broker, finish, world, session } = await start()
  await until({ connections: 1 })
  world.setInRange('cable', false)
  world.setInRange('wifi', false)
  await vi.waitFor(() => expect(session.state).not.toBe('connected'))
  read(3)
  const finished = finish()
  expect(broker.received).toEqual([])
  world.setInRange('wifi', true)
  await finished
  expect(broker.received).toEqual(readingsUpTo(3))
})

test('asks the broker through a link: yes, no, and no answer', async () => {
  const { session, broker } = await start()
  const { signal } = new AbortController()
  expect(await brokerAnswers(session, broker.url, { signal })).toBe(true)
  expect(await brokerAnswers(session.interface, broker.url, { signal }, { clientId: 'any' })).toBe(true)
  expect(await brokerAnswers(session, broker.url, { signal: AbortSignal.abort() })).toBe(false)
  await broker.close()
  expect(await brokerAnswers(session, broker.url, { signal })).toBe(false)
})

test('the program delivers everything while its cables are pulled, and ends', async () => {
  const program = fileURLToPath(new URL('../src/main.js', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    ...[program, '--mock'],
    ...['--every', '20', '--pace', '400'],
  ])
  expect(stderr).toBe('')
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  const [, acknowledged, readings, connections] =
    /: (\d+) of (\d+) acknowledged, 0 in flight, 0 waiting, 0 dropped, .* (\d+) connections$/.exec(last) ?? []
  expect(Number(readings)).toBeGreaterThan(20)
  expect(acknowledged).toBe(readings)
  expect(Number(connections)).toBeGreaterThanOrEqual(3)
  expect(stdout).toContain('connected on Wi-Fi: ')
  expect(stdout).toMatch(/^(roaming|disconnected).* [1-9]\d* waiting/m)
})

test('the program ends when nothing reads its lines any more', async () => {
  const program = fileURLToPath(new URL('../src/main.js', import.meta.url))
  const child = spawn(process.execPath, [program, '--mock', '--every', '20'])
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('the line is safe for a terminal', () => {
  const numbers = ['reading', 'sent', 'acknowledged', 'reading'].reduce(count, NOTHING)
  expect(inWords(numbers, { state: 'connected', name: 'Café\u001b[2J\u202e' })).toBe(
    'connected on Café\\u{1b}[2J\\u{202e}: 1 of 2 acknowledged, 0 in flight, 1 waiting, 0 dropped, 0 resent, 0 connections',
  )
  expect(inWords(NOTHING, { state: 'disconnected', name: '' })).toMatch(/^disconnected: 0 of 0/)
})
