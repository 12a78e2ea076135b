import { mock, VirtualClock } from '@roamkit/backend-mock'
import { allUplinks, type Driver, NetworkConfigurationManager, observable } from '@roamkit/core'
import type { Backend, BackendHost } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'
import { surfacedDuring } from './surfaced.js'

const boom = new Error('boom')
const fail = (): never => {
  throw boom
}

/** A mock whose backend behaves as the test says from some moment on, and the host that core gave it. */
function sabotaged(broken: Partial<Record<keyof Backend | symbol, () => unknown>>) {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }, { id: 'b' }] })
  const state = { isBroken: false, host: null as BackendHost | null }
  const sabotage: Driver = {
    ...driver,
    async open(host, call) {
      state.host = host
      const backend = await driver.open(host, call)
      return new Proxy(backend, {
        get(target, name) {
          const instead = (broken as Record<string | symbol, (() => unknown) | undefined>)[name]
          if (state.isBroken && instead !== undefined) return instead
          const value = Reflect.get(target, name, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    },
  }
  return { driver: sabotage, world: driver.world, state }
}

describe('S16 code of the application throws', () => {
  it('a log: roaming goes on, and a backend that logs is not thrown at', async () => {
    const { driver, state, world } = sabotaged({})
    const clock = new VirtualClock()
    const surfaced = await surfacedDuring(async () => {
      const manager = await NetworkConfigurationManager.open(driver, { clock, log: fail })
      const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
      void session.open()
      await clock.advance(100)
      world.down('a', 'carrierLost')
      await clock.advance(1000)
      expect([session.state, session.activeConfiguration]).toEqual(['connected', 'b'])
      state.host?.log('something')
      await Promise.all([manager.close(), clock.advance(1000)])
    })
    expect(surfaced).toEqual([boom])
  })

  it('a predicate of members: what it throws for is no member, and the others are', async () => {
    const { manager, world, clock } = await openLab()
    const members = ({ identifier }: { identifier: string }) => (identifier === 'a' ? fail() : true)
    const surfaced = await surfacedDuring(async () => {
      const network = manager.defineServiceNetwork({ identifier: 'net', members })
      expect(network.children.map(({ identifier }) => identifier)).toEqual(['b', 'c'])
      const opened = outcome(manager.createSession('net').open())
      world.set('c', { inRange: false })
      await clock.advance(100)
      expect(opened.value).toBe('resolved')
      expect(manager.configurationFromIdentifier('c').state).toBe('defined')
      await Promise.all([manager.close(), clock.advance(1000)])
    })
    expect(surfaced.length).toBeGreaterThan(0)
    expect(new Set(surfaced)).toEqual(new Set([boom]))
  })

  it.each([
    ['throws', fail],
    ['answers no number', () => Number.NaN],
  ])('a ranking that %s tells nothing, and the next criterion decides', async (_what, rate) => {
    const { manager, world, clock } = await openLab(
      [
        { id: 'a', link: 'up' },
        { id: 'b', link: 'up' },
      ],
      { recovery: 0 },
    )
    const byName = {
      name: 'name',
      rate: ({ configuration }: { configuration: { identifier: string } }) =>
        configuration.identifier === 'b' ? 0 : 1,
    }
    const surfaced = await surfacedDuring(async () => {
      manager.defineServiceNetwork({
        identifier: 'net',
        members: ['a', 'b'],
        ranking: [
          { name: 'bad', rate },
          { ...byName, dwell: rate },
        ],
      })
      const session = manager.createSession('net')
      await Promise.all([session.open(), clock.advance(100)])
      expect(session.activeConfiguration).toBe('b')
      world.down('b', 'carrierLost')
      world.setInRange('b', false)
      world.set('b', { activate: 'no' })
      await clock.advance(1000)
      expect(session.activeConfiguration).toBe('a')
      world.up('b')
      await clock.advance(1000)
      expect(session.activeConfiguration).toBe('b')
      await Promise.all([manager.close(), clock.advance(1000)])
    })
    expect(surfaced.every((error) => error === boom)).toBe(true)
    expect(surfaced.length > 0).toBe(rate === fail)
  })

  it('a clock: promises settle by the time of the system, and events carry on', async () => {
    const good = new VirtualClock()
    let isBroken = false
    const clock = {
      now: () => (isBroken ? fail() : good.now()),
      after: (ms: number, run: () => void) => (isBroken ? fail() : good.after(ms, run)),
    }
    const driver = mock({ configurations: [{ id: 'a', link: 'up' }, { id: 'b' }] })
    const surfaced = await surfacedDuring(async () => {
      const manager = await NetworkConfigurationManager.open(driver, {
        clock,
        lossGrace: 20,
        closeTimeout: 50,
      })
      const session = manager.createSession('a')
      isBroken = true
      await session.open()
      expect(session.activeTime).toBe(0)
      const told = listen(session)
      driver.world.down('a', 'carrierLost')
      await new Promise((resolve) => session.on('closed', () => resolve(null)))
      expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed'])
      driver.world.stall('b')
      const waiting = manager.createSession('b')
      void waiting.open()
      expect(await waiting.waitForOpened(10)).toBe(false)
      await manager.close()
    })
    expect(new Set(surfaced)).toEqual(new Set([boom]))
  })

  it('a subscriber and an observer: the others are notified', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    let told = 0
    const surfaced = await surfacedDuring(async () => {
      session.subscribe(fail)
      session.subscribe(() => {
        told += 1
      })
      session[observable]().subscribe({ next: fail })
      await Promise.all([session.open(), clock.advance(100)])
      await Promise.all([manager.close(), clock.advance(1000)])
    })
    expect(told).toBeGreaterThan(0)
    expect(new Set(surfaced)).toEqual(new Set([boom]))
  })
})

describe('S14 a backend throws', () => {
  it.each([
    ['throws', fail],
    ['is nothing', () => undefined],
  ])(
    'a snapshot that %s: the last world with its service lost, until there is one',
    async (_what, snapshot) => {
      const { driver, state, world } = sabotaged({ snapshot })
      const clock = new VirtualClock()
      const surfaced = await surfacedDuring(async () => {
        const manager = await NetworkConfigurationManager.open(driver, { clock })
        const session = manager.createSession('a')
        await session.open()
        const told = listen(session)
        state.isBroken = true
        world.set('b', { inRange: false })
        await clock.flush()
        expect([manager.service, manager.allConfigurations().length]).toEqual(['lost', 2])
        const stopped = outcome(session.stop())
        const opened = outcome(manager.createSession('b').open())
        await clock.advance(5000)
        expect(stopped.value).toBe('operationNotSupported/serviceLost')
        state.isBroken = false
        world.set('b', { inRange: true })
        await clock.advance(1000)
        expect([manager.service, opened.value, session.state]).toEqual(['ready', 'resolved', 'connected'])
        expect(told).toEqual(['error:operationNotSupported/serviceLost'])
        await Promise.all([manager.close(), clock.advance(1000)])
      })
      expect(surfaced).toHaveLength(1)
    },
  )

  it('a first snapshot that throws: the manager does not open, and the backend is released', async () => {
    let disposed = 0
    const { driver, state } = sabotaged({
      snapshot: fail,
      [Symbol.asyncDispose]: async () => {
        disposed += 1
      },
    })
    state.isBroken = true
    await expect(NetworkConfigurationManager.open(driver)).rejects.toBe(boom)
    expect(disposed).toBe(1)
  })

  it('commands that throw instead of rejecting, or answer nothing: every promise settles', async () => {
    const { driver, state } = sabotaged({ activate: fail, deactivate: fail, scan: fail, recheck: fail })
    const nothing = sabotaged({ activate: () => undefined })
    const clock = new VirtualClock()
    const manager = await NetworkConfigurationManager.open(driver, { clock })
    const other = await NetworkConfigurationManager.open(nothing.driver, { clock })
    const session = manager.createSession('b')
    await Promise.all([session.open(), clock.advance(100)])
    state.isBroken = true
    nothing.state.isBroken = true
    const outcomes = [
      outcome(manager.createSession('a').stop()),
      outcome(session.close()),
      outcome(manager.updateConfigurations()),
      outcome(manager.recheckConnectivity('a')),
      outcome(other.createSession('b').open()),
    ]
    await clock.advance(1000)
    expect(outcomes.map(({ value }) => value)).toEqual([
      'operationNotSupported/other',
      'resolved',
      'resolved',
      'boom',
      'unknown/other',
    ])
    await Promise.all([manager.close(), other.close(), clock.advance(1000)])
  })

  it('traffic that throws counts nothing, and one that will not be released does not keep the manager open', async () => {
    const { driver, state } = sabotaged({ traffic: fail, [Symbol.asyncDispose]: fail })
    const clock = new VirtualClock()
    const log: string[] = []
    const surfaced = await surfacedDuring(async () => {
      const manager = await NetworkConfigurationManager.open(driver, {
        clock,
        log: (event) => log.push(event),
      })
      const session = manager.createSession('a')
      await session.open()
      state.isBroken = true
      expect(session.bytesReceived).toBe(0)
      await Promise.all([manager.close(), clock.advance(1000)])
    })
    expect(surfaced).toEqual([boom])
    expect(log).toContain('disposeFailed')
  })
})

describe('no warning of Node on standard error', () => {
  it('thirty links opened by one signal, listened to by one signal, and scanned for at once', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    try {
      const { manager, world, clock } = await openLab(
        Array.from({ length: 30 }, (_, index) => ({ id: `n${index}` })),
      )
      const { signal } = new AbortController()
      for (const { id } of world.snapshot().configurations) world.stallAccept(id)
      const pending = manager.allConfigurations().map((one) => {
        const session = manager.createSession(one)
        session.on('opened', () => {}, { signal })
        return session.open({ signal })
      })
      const updates = pending.map(() => manager.updateConfigurations({ signal }))
      await clock.advance(100)
      for (const { id } of world.snapshot().configurations) world.release(id)
      await clock.advance(100)
      await Promise.all([...pending, ...updates])
      await new Promise((resolve) => setTimeout(resolve, 0))
      expect(warnings).toEqual([])
    } finally {
      process.off('warning', warn)
    }
  })
})
