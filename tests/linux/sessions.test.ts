import { mkdir, rm, writeFile } from 'node:fs/promises'
import { carrier, portal } from '@roamkit/lab-linux'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { activeState, calm, listen, nmcli, openHost, PROFILE, until } from './host.js'

/** Where profiles are that last until the next boot. */
const RUN = '/run/NetworkManager/system-connections'

beforeEach(calm)
afterAll(calm)

describe('configurations on real NetworkManager', () => {
  it('are the profiles, by UUID, with their state, bearer and default', async () => {
    const manager = await openHost()
    const seen = manager.allConfigurations().map(({ identifier, name, state, bearerType }) => ({
      identifier,
      name,
      state,
      bearerType,
    }))
    expect(seen).toEqual([
      { identifier: PROFILE.a, name: 'lab-a', state: 'active', bearerType: 'ethernet' },
      { identifier: PROFILE.b, name: 'lab-b', state: 'discovered', bearerType: 'ethernet' },
      { identifier: PROFILE.c, name: 'lab-c', state: 'discovered', bearerType: 'ethernet' },
    ])
    expect(manager.isOnline).toBe(true)
    await until(() => expect(manager.defaultConfiguration().identifier).toBe(PROFILE.a))
    expect(manager.capabilities).toMatchObject({
      canStartAndStopInterfaces: true,
      dataStatistics: true,
      polling: false,
    })
  })

  it('come, change and go with the profiles (S1, C8)', async () => {
    const manager = await openHost()
    const told: string[] = []
    manager.on('configurationAdded', ({ name }) => told.push(`added ${name}`))
    manager.on('configurationChanged', ({ name }) => told.push(`changed ${name}`))
    manager.on('configurationRemoved', ({ name }) => told.push(`removed ${name}`))
    await nmcli('connection', 'add', 'type', 'ethernet', 'con-name', 'passing', 'autoconnect', 'no')
    onTestFinished(async () => {
      await nmcli('connection', 'delete', 'renamed').catch(() => '')
    })
    await until(() => expect(told).toContain('added passing'))
    await nmcli('connection', 'modify', 'passing', 'connection.id', 'renamed')
    await until(() => expect(told).toContain('changed renamed'))
    await nmcli('connection', 'delete', 'renamed')
    await until(() => expect(told.at(-1)).toBe('removed renamed'))
  })

  it('are saved if Netplan stores them, though NetworkManager says that they are not (N1, N6)', async () => {
    const [file, uuid] = [`${RUN}/netplan-eth-b.nmconnection`, '626dd384-8b3d-3690-9511-192b2c79b3fd']
    await mkdir(RUN, { recursive: true })
    const profile = `[connection]\nid=netplan-eth-b\nuuid=${uuid}\ntype=ethernet\ninterface-name=eth-b\nautoconnect=false\n`
    await writeFile(file, profile, { mode: 0o600 })
    onTestFinished(async () => {
      await rm(file, { force: true })
      await nmcli('connection', 'reload')
    })
    await nmcli('connection', 'reload')
    await nmcli(
      'connection',
      'add',
      'type',
      'ethernet',
      'con-name',
      'fleeting',
      'autoconnect',
      'no',
      'save',
      'no',
    )
    onTestFinished(async () => {
      await nmcli('connection', 'delete', 'fleeting')
    })
    const manager = await openHost()
    const saved = () => manager.allConfigurations().map(({ name, isSaved }) => `${name} ${isSaved}`)
    await until(() =>
      expect(saved()).toEqual(expect.arrayContaining(['netplan-eth-b true', 'fleeting false'])),
    )
    await manager.saveNetwork(uuid)
    expect(await nmcli('-g', 'FILENAME', 'connection', 'show')).toContain(file)
  })

  it('a cable out of the socket puts a profile out of range, and back', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.b)
    await carrier('b', 'down')
    await until(() => expect(session.state).toBe('notAvailable'))
    await expect(session.open()).rejects.toMatchObject({ code: 'invalidConfiguration', reason: 'outOfRange' })
    await carrier('b', 'up')
    await until(() => expect(session.state).toBe('disconnected'))
  })

  it('report a captive portal (M1)', async () => {
    const manager = await openHost()
    await portal('portal')
    await manager.recheckConnectivity(PROFILE.a)
    await until(() => expect(manager.isBehindCaptivePortal).toBe(true))
    expect(manager.reachability).toBe('site')
    await portal('full')
    await manager.recheckConnectivity(PROFILE.a)
    await until(() => expect(manager.reachability).toBe('online'))
  })

  it('report a metered network by a guess', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.c)
    await session.open()
    await until(() => expect(session.configuration.metered).toEqual({ value: true, sure: false }))
    await session.close()
  })
})

describe('a session on real NetworkManager', () => {
  it('brings a link up, reports its interface, counts its bytes, and takes it down again (S3, S8, H1)', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.b)
    const told = listen(session)
    await session.open()
    expect(told.words).toEqual(['connecting', 'connected', 'opened'])
    expect(await activeState('lab-b')).toBe('activated')
    expect(session.interface).toMatchObject({ name: 'eth-b', hardwareAddress: '02:00:00:00:01:01' })
    expect(session.interface?.addresses.some((address) => address.startsWith('10.91.1.'))).toBe(true)
    expect(session.interface?.gateways).toContain('10.91.1.1')
    const before = session.bytesReceived
    // The peer's own address on that network: the way there is through this link.
    await (await fetch('http://10.91.1.1:8080/bytes/50000')).arrayBuffer()
    expect(session.bytesReceived - before).toBeGreaterThan(50_000)
    await session.close()
    expect(told.words.slice(3)).toEqual(['closed', 'closing', 'disconnected'])
    expect(await activeState('lab-b')).toBe('down')
  })

  it('leaves a link up that was up before (H1)', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.a)
    const told = listen(session)
    await session.open()
    await session.close()
    expect(told.words).toEqual(['opened', 'closed'])
    expect(await activeState('lab-a')).toBe('activated')
  })

  it('keeps the link until the last of several managers releases it (H2)', async () => {
    const one = (await openHost()).createSession(PROFILE.b)
    const two = (await openHost()).createSession(PROFILE.b)
    await Promise.all([one.open(), two.open()])
    await one.close()
    expect(await activeState('lab-b')).toBe('activated')
    await two.close()
    expect(await activeState('lab-b')).toBe('down')
  })

  it('joins an activation that another program has started (S2)', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.b)
    const up = nmcli('connection', 'up', 'lab-b')
    await session.open()
    await up
    await session.close()
    expect(await activeState('lab-b')).toBe('activated')
  })

  it('stop() takes the link down for everybody (S10)', async () => {
    const manager = await openHost()
    const caller = manager.createSession(PROFILE.a)
    const other = (await openHost()).createSession(PROFILE.a)
    await Promise.all([caller.open(), other.open()])
    const told = [listen(caller), listen(other)]
    await caller.stop()
    await until(() => expect(other.isOpen).toBe(false))
    expect(told[0]?.words).toEqual(['closing', 'disconnected', 'closed'])
    const words = ['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed']
    // If both signals of NetworkManager arrive together, the other manager sees the link down at once.
    expect([words, words.slice(1)]).toContainEqual(told[1]?.words)
    expect(await activeState('lab-a')).toBe('down')
  })

  it('sees the loss of the carrier at once, and its return in time (S12)', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.a)
    await session.open()
    const told = listen(session)
    await carrier('a', 'down')
    await until(() => expect(told.words).toEqual(['notAvailable']), 1000)
    expect(session.isOpen).toBe(true)
    await carrier('a', 'up')
    await until(() => expect(session.state).toBe('connected'))
    expect(session.isOpen).toBe(true)
    expect(told.words).not.toContain('closed')
  })

  it('ends when the carrier does not come back (S12, H6)', async () => {
    const manager = await openHost({ lossGrace: 200 })
    const session = manager.createSession(PROFILE.b)
    await session.open()
    const told = listen(session)
    await carrier('b', 'down')
    await until(() => expect(told.words).toContain('closed'))
    expect(told.words.slice(0, 3)).toEqual(['notAvailable', 'error:sessionAborted/lost', 'closed'])
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
  })

  it('close() while opening leaves the link down, whatever phase the opening is in (S7)', async () => {
    const manager = await openHost()
    for (let wait = 0; wait < 20; wait += 1) {
      const session = manager.createSession(PROFILE.b)
      const opened = session.open().catch(() => 'cancelled')
      // A different moment each time; which one does not matter.
      for (let turn = 0; turn < wait * 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      await session.close()
      await opened
      expect(session.isOpen).toBe(false)
      await until(async () => expect(await activeState('lab-b')).toBe('down'))
    }
  })

  it('waits out a link that is going down, then brings it up again (S2, H7)', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.b)
    await session.open()
    const closed = session.close()
    await session.open()
    await closed
    expect(session.state).toBe('connected')
    await session.close()
  })

  it('ends at once when its profile is deleted (S13)', async () => {
    await nmcli(
      'connection',
      'add',
      'type',
      'ethernet',
      'con-name',
      'passing',
      'ifname',
      'eth-b',
      'autoconnect',
      'no',
    )
    const manager = await openHost()
    const { identifier } = manager.allConfigurations().find(({ name }) => name === 'passing') ?? {}
    const session = manager.createSession(identifier ?? '')
    await session.open()
    const told = listen(session)
    await nmcli('connection', 'delete', 'passing')
    await until(() => expect(told.words).toContain('closed'))
    // NetworkManager takes the link down first; whether that shows in a snapshot of its own is its timing.
    expect(told.words.slice(-3)).toEqual(['invalid', 'error:sessionAborted/removed', 'closed'])
  })

  it('is refused a device that another session holds, and may displace the system (H5)', async () => {
    await nmcli(
      'connection',
      'add',
      'type',
      'ethernet',
      'con-name',
      'rival',
      'ifname',
      'eth-a',
      'autoconnect',
      'no',
    )
    onTestFinished(async () => {
      await nmcli('connection', 'delete', 'rival')
    })
    const manager = await openHost()
    const rival = manager.createSession(
      manager.allConfigurations().find(({ name }) => name === 'rival')?.identifier ?? '',
    )
    const holder = manager.createSession(PROFILE.a)
    await holder.open()
    await expect(rival.open()).rejects.toMatchObject({ code: 'operationNotSupported', reason: 'deviceBusy' })
    await holder.close()
    await rival.open()
    expect(await activeState('lab-a')).toBe('down')
    await rival.close()
  })
})
