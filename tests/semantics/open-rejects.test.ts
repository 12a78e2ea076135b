import { mock, VirtualClock } from '@roamkit/backend-mock'
import {
  allUplinks,
  BackendError,
  type Chooser,
  type ManagerOptions,
  NetworkConfigurationManager,
  NetworkSessionError,
} from '@roamkit/core'
import type { Backend, Holders } from '@roamkit/core/contract'
import { inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openLab } from './lab.js'

/** What a rejection is: its code and reason if it is a `NetworkSessionError`, otherwise itself. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise }
  } catch (error) {
    return error instanceof NetworkSessionError ? `${error.code}/${error.reason}` : error
  }
}

const CLOSED = 'sessionAborted/closed'
const TARGETS = ['b', allUplinks.identifier]

describe.each(TARGETS)('E1 open() of a session on %s', (target) => {
  async function openTarget(options: Parameters<typeof openLab>[1] = {}) {
    const lab = await openLab([{ id: 'b' }], options)
    lab.manager.defineServiceNetwork(allUplinks)
    return { ...lab, session: lab.manager.createSession(target) }
  }

  it('rejects with sessionAborted/closed once the manager is closed', async () => {
    const { session, close } = await openTarget()
    await close()
    expect(await rejection(session.open())).toBe(CLOSED)
  })

  it('rejects with sessionAborted/closed while the manager closes', async () => {
    const { manager, session, clock } = await openTarget()
    void session.open()
    await clock.advance(100)
    const closing = manager.close()
    expect(await rejection(session.open())).toBe(CLOSED)
    expect(await rejection(manager.createSession(target).open())).toBe(CLOSED)
    await clock.advance(1000)
    await closing
  })

  it.each([
    ['in the same tick', 0],
    ['while the link is on its way up', 1],
  ])(
    'rejects with sessionAborted/closed if the manager is closed before it is open: %s',
    async (_when, ms) => {
      const { manager, session, clock } = await openTarget({ mock: { activationTime: 50 } })
      const opened = rejection(session.open())
      await clock.advance(ms)
      const closing = manager.close()
      await clock.advance(1000)
      await closing
      expect(await opened).toBe(CLOSED)
    },
  )

  it('rejects with sessionAborted/closed if closing may take no time at all', async () => {
    const { manager, session, world, clock } = await openTarget({ closeTimeout: 0 })
    world.stall('b')
    const opened = rejection(session.open())
    await clock.advance(10)
    void manager.close()
    await clock.advance(1000)
    expect(await opened).toBe(CLOSED)
  })

  it("rejects with the caller's own reason, whatever that is", async () => {
    const { session, world, clock } = await openTarget()
    world.stall('b')
    for (const reason of [new Error('mine'), 'a word', null]) {
      const abort = new AbortController()
      const opened = rejection(session.open({ signal: abort.signal }))
      await clock.advance(10)
      abort.abort(reason)
      await clock.advance(1000)
      expect(await opened).toBe(reason)
      expect(await rejection(session.open({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    }
  })

  it('rejects with sessionAborted/cancelled if the session is closed meanwhile', async () => {
    const { session, clock } = await openTarget()
    const opened = rejection(session.open())
    void session.close()
    await clock.advance(1000)
    expect(await opened).toBe('sessionAborted/cancelled')
  })
})

describe('E1 open() of a configuration that is not there', () => {
  it.each([
    ['one that nobody knows', 'nobody', 'invalidConfiguration/unknownConfiguration'],
    ['the default of a host that has none', '', 'invalidConfiguration/unknownConfiguration'],
    ['the user choice without a chooser', 'userChoice', 'invalidConfiguration/unknownConfiguration'],
  ])('rejects with a NetworkSessionError: %s', async (_what, identifier, expected) => {
    const { manager, clock } = await openLab([])
    const opened = rejection(manager.createSession(identifier).open())
    await clock.advance(1000)
    expect(await opened).toBe(expected)
  })

  it('rejects with a NetworkSessionError for one that was removed before', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    world.remove('b')
    await clock.advance(0)
    expect(await rejection(session.open())).toBe('invalidConfiguration/unknownConfiguration')
  })

  it('rejects with a NetworkSessionError for one that is removed meanwhile', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const opened = rejection(manager.createSession('b').open())
    await clock.advance(10)
    world.remove('b')
    await clock.advance(1000)
    expect(await opened).toBe('invalidConfiguration/removed')
  })

  it('rejects with a NetworkSessionError for a service network without members, and for one that is taken away', async () => {
    const { manager, world, clock } = await openLab()
    const empty = manager.defineServiceNetwork({ identifier: 'empty', members: [] })
    expect(await rejection(manager.createSession(empty).open())).toMatch(/^invalidConfiguration\//)
    const full = manager.defineServiceNetwork({ identifier: 'full', members: ['b'] })
    world.stall('b')
    const opened = rejection(manager.createSession(full).open())
    await clock.advance(10)
    manager.removeServiceNetwork(full)
    await clock.advance(1000)
    expect(await opened).toBe('invalidConfiguration/removed')
  })
})

describe('E1 open() of a session on the user choice (M6)', () => {
  const opening = async (chooser: Chooser, options: ManagerOptions = {}) => {
    const lab = await openLab([{ id: 'b' }], { ...options, chooser })
    return { ...lab, opened: rejection(lab.manager.createSession('userChoice').open()) }
  }
  const FAILED = 'invalidConfiguration/chooserFailed'

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
      FAILED,
    ],
    ['rejects', () => Promise.reject(new Error('no')), FAILED],
    ['rejects with nothing', () => Promise.reject(), FAILED],
    ['answers what is no candidate', async () => 'x', FAILED],
    ['answers a number', async () => 5, FAILED],
    ['answers nothing', async () => undefined, FAILED],
    ['answers that the user wants none', async () => null, 'sessionAborted/cancelled'],
  ])('rejects with a NetworkSessionError if the chooser %s', async (_what, chooser, expected) => {
    const { clock, opened } = await opening(chooser as Chooser)
    await clock.advance(1000)
    expect(await opened).toBe(expected)
  })

  it.each([10_000, 0])(
    'rejects with sessionAborted/closed if the manager is closed meanwhile, within %i ms',
    async (closeTimeout) => {
      const { manager, clock, opened } = await opening(() => new Promise(() => {}), { closeTimeout })
      await clock.advance(10)
      void manager.close()
      await clock.advance(1000)
      expect(await opened).toBe(CLOSED)
    },
  )

  it('rejects with sessionAborted/closed if the manager is closed in the tick of the answer', async () => {
    let closing: Promise<void> | null = null
    const lab = await openLab([{ id: 'b' }], {
      async chooser() {
        closing = lab.manager.close()
        return 'b'
      },
    })
    const opened = rejection(lab.manager.createSession('userChoice').open())
    await lab.clock.advance(1000)
    await closing
    expect(await opened).toBe(CLOSED)
  })
})

/** A manager on a mock whose backend answers `activate` like that. */
async function openSabotaged(activate: Backend['activate'], options: ManagerOptions = {}) {
  const driver = mock({ configurations: [{ id: 'b' }] })
  const clock = new VirtualClock()
  const manager = await NetworkConfigurationManager.open(
    { ...driver, open: async (host, call) => ({ ...(await driver.open(host, call)), activate }) },
    { clock, ...options },
  )
  onTestFinished(async () => {
    const closed = manager.close()
    await clock.advance(60_000)
    await closed
  })
  manager.defineServiceNetwork(allUplinks)
  return { manager, clock }
}

const bad = <T>(value: T) => value as never

describe.each(TARGETS)('E1 open() on a backend that misbehaves, of %s', (target) => {
  it.each<readonly [string, Backend['activate']]>([
    [
      'throws',
      () => {
        throw new TypeError('a bug')
      },
    ],
    [
      'throws nothing',
      () => {
        throw undefined
      },
    ],
    ['rejects with a TypeError', () => Promise.reject(new TypeError('a bug'))],
    ['rejects with nothing', () => Promise.reject()],
    ['rejects with a text', () => Promise.reject('no')],
    ['rejects with ERR_CLOSED', () => Promise.reject(new BackendError('ERR_CLOSED', 'closed'))],
    ['rejects with a code that does not exist', () => Promise.reject(new BackendError(bad('ERR_X'), 'x'))],
    ['rejects as if the caller had aborted', () => Promise.reject(new DOMException('aborted', 'AbortError'))],
    ['resolves to nothing', async () => bad(undefined)],
    ['resolves to a number', async () => bad(5)],
    ['returns nothing', () => bad(undefined)],
    ['never answers', () => new Promise(() => {})],
  ])('rejects with a NetworkSessionError if activate() %s', async (_what, activate) => {
    const { manager, clock } = await openSabotaged(activate)
    const opened = rejection(manager.createSession(target).open())
    await clock.advance(120_000)
    expect(await opened).toMatch(/^\w+\/\w+$/)
  })

  it.each<readonly [string, () => never]>([
    [
      'throw',
      () => {
        throw new TypeError('a bug')
      },
    ],
    ['reject', () => bad(Promise.reject(new TypeError('a bug')))],
    ['return nothing', () => bad(undefined)],
  ])('rejects with a NetworkSessionError if the holders %s', async (_what, locked) => {
    const holders: Holders = Object.assign(inProcessHolders(new Map()), { locked })
    const { manager, clock } = await openSabotaged(async () => 'x', { holders })
    const opened = rejection(manager.createSession(target).open())
    await clock.advance(120_000)
    expect(await opened).toMatch(/^\w+\/\w+$/)
  })
})
