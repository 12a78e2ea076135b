import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { bus, environment, info, nm } from '@roamkit/lab-linux'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { PROFILE, until } from './host.js'
import { expectCalm, expectNoLeak, expectNothingHeld, resources, withinBound } from './storm-invariants.js'
import { activeStates, calmLab, hasten, slowDown } from './storm-lab.js'
import { StormTable } from './storm-table.js'
import { StormWorld } from './storm-world.js'

const SOCKET = environment.DBUS_SYSTEM_BUS_ADDRESS.replace('unix:path=', '')
const table = new StormTable('The bus, and answers that come late')

beforeAll(hasten)
beforeEach(calmLab)
afterEach(calmLab)
afterAll(async () => {
  table.print('storms-bus.txt')
  await slowDown()
})

/** Opens a world, and checks that nothing of it is left when the test is over. */
async function openWorld(...options: Parameters<typeof StormWorld.open>): Promise<StormWorld> {
  const before = await resources()
  const world = await StormWorld.open(...options)
  onTestFinished(async () => {
    await withinBound('close() of the manager', world.manager.close())
    await expectNoLeak(before, [world])
  })
  return world
}

/** A FAKE bus: accepts connections and never says a word. */
async function startSilentBus(path: string): Promise<{ readonly sockets: Socket[]; end(): Promise<void> }> {
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => sockets.push(socket.resume()))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return {
    sockets,
    end: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

describe('a bus that accepts and stays silent', () => {
  it('rejects open() within callTimeout, and leaves no socket behind', async () => {
    const before = await resources()
    const path = `${info().folder}/silent`
    const silent = await startSilentBus(path)
    onTestFinished(silent.end)
    const driver = networkManager({ busAddress: `unix:path=${path}`, callTimeout: 200 })
    await expect(NetworkConfigurationManager.open(driver)).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
    expect(silent.sockets).toHaveLength(1)
    await until(() => expect(silent.sockets.every(({ closed }) => closed)).toBe(true))
    await silent.end()
    expect((await resources()).matchRules).toBe(before.matchRules)
    table.add('silent bus', 'opening', 'rejected (serviceLost)')
    // The default of callTimeout is 25 s.
  }, 20_000)

  it('in the place of one that died is left for the real one when that is back', async () => {
    const world = await openWorld({}, 200)
    const { session, words } = world.watch('session', PROFILE.b)
    await session.open()
    await bus.kill()
    rmSync(SOCKET, { force: true })
    const silent = await startSilentBus(SOCKET)
    await until(() => expect(silent.sockets.length).toBeGreaterThanOrEqual(2))
    expect(session.isOpen).toBe(true)
    await silent.end()
    await nm.stop()
    await bus.start()
    await nm.start()
    await expectCalm([world])
    expect(words).toEqual(['connecting', 'connected', 'opened'])
    table.add('silent bus', 'held', 'survived')
  })
})

describe('a bus that is killed', () => {
  it('leaves managers from before and after with one count of holders (H2)', async () => {
    const older = await openWorld()
    await bus.kill()
    await nm.stop()
    await bus.start()
    await nm.start()
    await until(() => expect(older.manager.service).toBe('ready'))
    const newer = await openWorld()
    const one = older.watch('older', PROFILE.b).session
    const two = newer.watch('newer', PROFILE.b).session
    await one.open()
    await two.open()
    await one.close()
    expect((await activeStates()).get('lab-b')).toBe('activated')
    expect(two.state).toBe('connected')
    await two.close()
    await expectNothingHeld([older, newer])
    table.add('bus killed', 'two managers', 'one count')
  })
})

describe('answers that come later than the deadline', () => {
  it('a late activation is undone if no session wants it any more (H6)', async () => {
    const world = await openWorld({}, 300)
    const { session, words } = world.watch('session', PROFILE.b)
    world.manager.setConnectTimeout(PROFILE.b, 400)
    await nm.pause()
    await expect(session.open()).rejects.toMatchObject({ reason: 'timedOut' })
    await nm.resume()
    await until(() => expect(world.brought.size).toBe(1))
    await expectNothingHeld([world])
    await expectCalm([world])
    expect(words.filter((word) => word === 'opened')).toEqual([])
    expect((await activeStates()).has('lab-b')).toBe(false)
    table.add('late answer', 'opening', 'timed out, taken back')
  })

  it('a late activation stays if a session wants it by then', async () => {
    const world = await openWorld({}, 300)
    const { session } = world.watch('session', PROFILE.b)
    world.manager.setConnectTimeout(PROFILE.b, 400)
    await nm.pause()
    await expect(session.open()).rejects.toMatchObject({ reason: 'timedOut' })
    world.manager.setConnectTimeout(PROFILE.b, 10_000)
    const again = session.open()
    await nm.resume()
    await withinBound('the second open()', again)
    await expectCalm([world])
    expect(session.isOpen).toBe(true)
    await session.close()
    await expectNothingHeld([world])
    table.add('late answer', 'opening again', 'opened')
  })

  it('close() that is not answered closes all the same and says why (S8)', async () => {
    const world = await openWorld({ windDownTimeout: 1000 }, 300)
    const { session, words } = world.watch('session', PROFILE.b)
    await session.open()
    await nm.pause()
    await session.close()
    expect(session.isOpen).toBe(false)
    expect(words.slice(3)).toContain('error:unknown/timedOut')
    await nm.resume()
    await expectCalm([world])
    // The request was late, not lost.
    await until(async () => expect((await activeStates()).has('lab-b')).toBe(false))
    table.add('late answer', 'closing', 'closed, told why')
  })

  it('stop() that is not answered is refused, and the session stays open (S11)', async () => {
    const world = await openWorld({ windDownTimeout: 1000, lossGrace: 200 }, 300)
    const { session } = world.watch('session', PROFILE.b)
    await session.open()
    await nm.pause()
    await expect(session.stop()).rejects.toMatchObject({ reason: 'timedOut' })
    expect(session.isOpen).toBe(true)
    await nm.resume()
    // The request was late, not lost.
    await until(async () => expect((await activeStates()).has('lab-b')).toBe(false))
    await until(() => expect(session.isOpen).toBe(false))
    await expectCalm([world])
    table.add('late answer', 'stopping', 'refused, ended')
  })

  it('open() of the backend is bounded by callTimeout', async () => {
    await nm.pause()
    onTestFinished(nm.resume)
    const driver = networkManager({ callTimeout: 300 })
    await expect(NetworkConfigurationManager.open(driver)).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
    await nm.resume()
    table.add('late answer', 'the backend opening', 'rejected (serviceLost)')
  })
})
