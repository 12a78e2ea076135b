import { type BackendError, NetworkConfigurationManager } from '@roamkit/core'
import { BackendError as Failure } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

const CAFE = {
  id: 'cafe',
  name: 'Café',
  bearer: 'wlan',
  device: 'wlan0',
  saved: false,
  wifi: { ssid: 'Café', hidden: false, security: 'wpa' },
  secret: { psk: 'correct horse' },
} as const
const secrets = async () => ({ psk: 'correct horse' })

describe('N1, N2 a network without a profile', () => {
  it('is discovered, not saved, and opens like any other', async () => {
    const { manager, clock } = await openLab([CAFE])
    const { state, isSaved, maySave, mayForget } = manager.configurationFromIdentifier('cafe')
    expect([state, isSaved, maySave, mayForget]).toEqual(['discovered', false, 'yes', 'yes'])
    const session = manager.createSession('cafe', { secrets })
    void session.open()
    await clock.advance(100)
    expect([session.isConnected, session.configuration.isSaved]).toEqual([true, false])
  })

  it('asks for its secret each time, because nothing of it is kept', async () => {
    const { manager, clock } = await openLab([CAFE])
    let asked = 0
    const counting = () => {
      asked += 1
      return secrets()
    }
    const session = manager.createSession('cafe', { secrets: counting })
    for (let times = 1; times <= 2; times += 1) {
      void session.open()
      await clock.advance(100)
      expect(asked).toBe(times)
      await Promise.all([session.close(), clock.advance(100)])
    }
  })
})

describe('N6 saveNetwork()', () => {
  it('stores a network that is open: its identifier and its session stay, and its secret is kept', async () => {
    const { manager, clock } = await openLab([CAFE])
    const session = manager.createSession('cafe', { secrets })
    const told = listen(session)
    void session.open()
    await clock.advance(100)
    await manager.saveNetwork(session.configuration)
    expect([session.configuration.isSaved, session.isConnected]).toEqual([true, true])
    expect(told).toEqual(['connecting', 'connected', 'opened'])
    await Promise.all([session.close(), clock.advance(100)])
    const other = manager.createSession('cafe')
    void other.open()
    await clock.advance(100)
    expect(other.isConnected).toBe(true)
  })

  it('has no effect on a network that is stored already', async () => {
    const { manager, world } = await openLab([{ ...CAFE, saved: true, save: 'no' }])
    const before = world.snapshot()
    await manager.saveNetwork('cafe')
    expect(world.snapshot()).toBe(before)
  })
})

describe('N7 forgetNetwork()', () => {
  it('deletes what is stored: the network stays in the list only while it is in sight', async () => {
    const { manager } = await openLab([{ ...CAFE, saved: true }, { id: 'cable' }])
    await manager.forgetNetwork('cafe')
    await manager.forgetNetwork('cable')
    const listed = manager.allConfigurations().map(({ identifier, isSaved }) => [identifier, isSaved])
    expect(listed).toEqual([['cafe', false]])
  })

  it('takes a link in use down for all, and their sessions end as by a stop() of another session, without a grace', async () => {
    const { manager, another, clock } = await openLab([{ ...CAFE, saved: true }])
    const elsewhere = await another()
    const sessions = [manager.createSession('cafe'), elsewhere.createSession('cafe')]
    const told = sessions.map(listen)
    for (const session of sessions) void session.open()
    await clock.advance(100)
    const forgotten = outcome(manager.forgetNetwork('cafe'))
    await clock.advance(100)
    expect(forgotten.value).toBe('resolved')
    const end = ['disconnected', 'error:sessionAborted/stopped', 'closed']
    expect(told.map((words) => words.slice(-3))).toEqual([end, end])
  })

  it('if the configuration goes with its profile, its sessions end as removed (S13)', async () => {
    const { manager, clock } = await openLab([{ id: 'cable' }])
    const session = manager.createSession('cable')
    const told = listen(session)
    void session.open()
    await clock.advance(100)
    await manager.forgetNetwork('cable')
    await clock.advance(100)
    expect(told.slice(3)).toEqual(['invalid', 'error:sessionAborted/removed', 'closed'])
  })

  it('cancels an opening under way', async () => {
    const { manager, clock, world } = await openLab([{ ...CAFE, saved: true }])
    world.stall('cafe')
    const session = manager.createSession('cafe')
    const opened = outcome(session.open())
    await clock.advance(100)
    await manager.forgetNetwork('cafe')
    await clock.advance(100)
    expect([opened.value, session.state]).toEqual(['sessionAborted/stopped', 'disconnected'])
  })

  it('has no effect on a link that is open and not stored: its loss has a grace as before', async () => {
    const { manager, clock, world } = await openLab([CAFE])
    const session = manager.createSession('cafe', { secrets })
    const told = listen(session)
    void session.open()
    await clock.advance(100)
    await manager.forgetNetwork('cafe')
    world.down('cafe')
    await clock.advance(100)
    expect(told.slice(3)).toEqual(['disconnected'])
  })

  it('refused by the system, it leaves the link and its sessions as they are', async () => {
    const { manager, clock, world } = await openLab([{ ...CAFE, saved: true }])
    const session = manager.createSession('cafe')
    void session.open()
    await clock.advance(100)
    world.refuseStoring('cafe', new Failure('ERR_DENIED', 'not you'))
    await expect(manager.forgetNetwork('cafe')).rejects.toMatchObject({ code: 'ERR_DENIED' })
    await clock.advance(10_000)
    expect([session.isConnected, session.error]).toEqual([true, null])
  })
})

describe('N6, N7 saving and forgetting are refused', () => {
  const both = ['saveNetwork', 'forgetNetwork'] as const

  it.each(both)('%s rejects with the backend’s code', async (does) => {
    const saved = does === 'forgetNetwork'
    const { manager, world } = await openLab([
      { ...CAFE, saved },
      { ...CAFE, id: 'no', saved, save: 'no', forget: 'no' },
    ])
    const refused = (id: string) => manager[does](id).catch(({ code }: BackendError) => code)
    expect(await refused('nowhere')).toBe('ERR_UNKNOWN_CONFIGURATION')
    expect(await refused('no')).toBe('ERR_NOT_SUPPORTED')
    world.refuseStoring('cafe', new Failure('ERR_DENIED', 'not you'))
    expect(await refused('cafe')).toBe('ERR_DENIED')
    world.loseService()
    expect(await refused('cafe')).toBe('ERR_SERVICE_LOST')
    await manager.close()
    expect(await refused('cafe')).toBe('ERR_CLOSED')
  })

  it.each(both)('%s rejects with notSupported on a backend without it', async (does) => {
    const { driver, clock } = await openLab([CAFE])
    const bare = {
      ...driver,
      open: async (...words: Parameters<typeof driver.open>) => ({
        ...(await driver.open(...words)),
        save: undefined,
        forget: undefined,
      }),
    }
    const manager = await NetworkConfigurationManager.open(bare as never, { clock })
    await expect(manager[does]('cafe')).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await manager.close()
  })

  it.each(both)('%s refuses an invalid argument, and an aborted signal with its reason', async (does) => {
    const { manager } = await openLab([CAFE])
    await expect(manager[does](7 as never)).rejects.toThrow(TypeError)
    await expect(manager[does]('cafe', { timeout: 1 } as never)).rejects.toThrow(/no option 'timeout'/)
    const reason = new Error('changed my mind')
    await expect(manager[does]('cafe', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
