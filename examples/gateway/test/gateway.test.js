import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mock } from '@roamkit/backend-mock'
import { allUplinks, NetworkConfigurationManager } from 'roamkit'
import { firstValueFrom, Subject } from 'rxjs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { gateway } from '../src/gateway.js'
import { lineConnection } from '../src/line-connection.js'
import { startLineServer } from '../src/line-server.js'
import { count, inWords, NOTHING } from '../src/numbers.js'
import { MACHINE } from '../src/outages.js'

/** A machine, a server, and a gateway between them that is given readings by hand; all in real time. */
async function start(options = {}) {
  const driver = mock({ configurations: MACHINE, activationTime: 5 })
  const manager = await NetworkConfigurationManager.open(driver)
  const server = await startLineServer()
  /** @type {Subject<string>} */
  const reading$ = new Subject()
  const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
  await session.open({ keepOpen: true })
  let numbers = NOTHING
  const completed = new Subject()
  const running = gateway({
    session,
    reading$,
    connect: () => lineConnection({ host: '127.0.0.1', port: server.port }, undefined),
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
    await server.close()
  })
  let readings = 0
  return {
    world: driver.world,
    session,
    server,
    running,
    numbers: () => numbers,
    /** Puts some in. */
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
    /** Waits until the numbers say that, among other things. */
    until: (expected) =>
      vi.waitFor(() => expect(numbers).toMatchObject(expected), { timeout: 5000, interval: 5 }),
  }
}

const upTo = (last) => Array.from({ length: last }, (_, index) => index + 1)

test('delivers readings over the session', async () => {
  const { read, until, server } = await start()
  await until({ connections: 1 })
  read(10)
  await until({ readings: 10, acknowledged: 10, waiting: 0, inFlight: 0 })
  expect(server.received).toEqual(upTo(10))
})

test('stays connected across roams, and keeps what comes while there is no link', async () => {
  const { world, session, read, until, server, numbers } = await start()
  await until({ connections: 1 })
  read(5)
  world.setInRange('cable', false)
  read(5)
  await until({ acknowledged: 10, connections: 2 })
  expect(session.activeConfiguration).toBe('wifi')
  world.setInRange('wifi', false)
  await vi.waitFor(() => expect(session.state).not.toBe('connected'))
  read(7)
  expect(numbers()).toMatchObject({ waiting: 7, acknowledged: 10 })
  world.setInRange('cable', true)
  await until({ acknowledged: 17, waiting: 0, connections: 3 })
  read(3)
  await until({ acknowledged: 20, dropped: 0 })
  expect([...new Set(server.received)]).toEqual(upTo(20))
})

test('sends again what was not acknowledged, in order and before anything new', async () => {
  const { read, until, server, numbers } = await start()
  await until({ connections: 1 })
  server.setDeaf(true)
  read(3)
  await vi.waitFor(() => expect(server.received).toEqual([1, 2, 3]))
  server.setDeaf(false)
  server.hangUp()
  read(2)
  await until({ acknowledged: 5, connections: 2 })
  // The two after it may have been sent on the connection that was over, too.
  expect(numbers().resent).toBeGreaterThanOrEqual(3)
  expect(server.received.slice(3)).toEqual([1, 2, 3, 4, 5])
})

test('has no more on its way than the window allows, and drops the oldest when there is no room', async () => {
  const { read, until, server, numbers } = await start({ window: 2, limit: 3 })
  await until({ connections: 1 })
  server.setDeaf(true)
  read(6)
  expect(numbers()).toMatchObject({ inFlight: 2, waiting: 3, dropped: 1 })
  await vi.waitFor(() => expect(server.received).toEqual([1, 2]))
  server.setDeaf(false)
  server.hangUp()
  await until({ acknowledged: 5, waiting: 0, inFlight: 0 })
  expect(server.received.slice(2)).toEqual([1, 2, 4, 5, 6])
})

test('a server that is away is tried again until it is back', async () => {
  const { read, until, server, numbers } = await start()
  await until({ connections: 1 })
  await server.close()
  await vi.waitFor(() => {
    read(1)
    expect(numbers().waiting).toBeGreaterThan(0)
  })
  const back = await startLineServer(server.port)
  onTestFinished(() => back.close())
  const { readings } = numbers()
  await until({ connections: 2, acknowledged: readings, waiting: 0 })
  expect(back.received).toEqual(upTo(readings))
})

test('unsubscribing closes the connection', async () => {
  const { until, server, running } = await start()
  await until({ connections: 1 })
  running.unsubscribe()
  // Only then can the server be closed without hanging up.
  await server.close()
})

test('completes when the readings have come to an end and the last one is acknowledged', async () => {
  const { read, until, server, finish, world, session } = await start()
  await until({ connections: 1 })
  world.setInRange('cable', false)
  world.setInRange('wifi', false)
  await vi.waitFor(() => expect(session.state).not.toBe('connected'))
  read(3)
  const finished = finish()
  expect(server.received).toEqual([])
  world.setInRange('wifi', true)
  await finished
  expect(server.received).toEqual(upTo(3))
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

test('the line is safe for a terminal', () => {
  const numbers = ['reading', 'sent', 'acknowledged', 'reading'].reduce(count, NOTHING)
  expect(inWords(numbers, { state: 'connected', name: 'Café\u001b[2J\u202e' })).toBe(
    'connected on Café\\u{1b}[2J\\u{202e}: 1 of 2 acknowledged, 0 in flight, 1 waiting, 0 dropped, 0 resent, 0 connections',
  )
  expect(inWords(NOTHING, { state: 'disconnected', name: '' })).toMatch(/^disconnected: 0 of 0/)
})
