import { describe, expect, it } from 'vitest'
import { type Lab, listen, openLab, outcome } from './lab.js'
import { surfacedDuring } from './surfaced.js'

function link({ world }: Lab, id: string) {
  return world.snapshot().configurations.find((one) => one.id === id)?.link
}

describe('H1 lastClose', () => {
  it.each([
    ['restore', 'a', 'up'],
    ['restore', 'b', 'down'],
    ['leave', 'a', 'up'],
    ['leave', 'b', 'up'],
    ['down', 'a', 'down'],
    ['down', 'b', 'down'],
  ] as const)('%s: the link %s is %s afterwards', async (lastClose, id, after) => {
    const lab = await openLab(undefined, { lastClose })
    const session = lab.manager.createSession(id)
    void session.open()
    await lab.clock.advance(100)
    const closed = outcome(session.close())
    await lab.clock.advance(100)
    expect(closed.value).toBe('resolved')
    expect(link(lab, id)).toBe(after)
  })

  it('down waits for the last holder of all', async () => {
    const lab = await openLab()
    const other = (await lab.another()).createSession('a')
    const session = lab.manager.createSession('a')
    void session.open({ lastClose: 'down' })
    void other.open()
    await lab.clock.flush()
    void session.close()
    await lab.clock.advance(100)
    expect(link(lab, 'a')).toBe('up')
  })

  it("leave makes the link the system's: the next session leaves it up, too", async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    void session.open({ lastClose: 'leave' })
    await lab.clock.advance(100)
    void session.close()
    await lab.clock.advance(100)
    const next = lab.manager.createSession('b')
    void next.open()
    await lab.clock.flush()
    void next.close()
    await lab.clock.advance(100)
    expect(link(lab, 'b')).toBe('up')
  })

  it('an opening that is given up is taken back all the same (H6)', async () => {
    const lab = await openLab(undefined, { lastClose: 'leave' })
    lab.world.stall('b')
    const session = lab.manager.createSession('b')
    void session.open()
    await lab.clock.flush()
    void session.close()
    await lab.clock.advance(100)
    expect(link(lab, 'b')).toBe('down')
  })

  it.each([
    ['access point', 'a'],
    ['service network', 'net'],
  ])('of an open() does not change what a close() before it does, on an %s (S19)', async (_, identifier) => {
    const lab = await openLab()
    lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
    const session = lab.manager.createSession(identifier)
    void session.open()
    await lab.clock.advance(100)
    void session.close()
    const opened = outcome(session.open({ lastClose: 'down' }))
    await lab.clock.advance(100)
    expect(opened.value).toBe('resolved')
    expect(lab.world.calls).toEqual([])
    void session.close()
    await lab.clock.advance(100)
    expect(link(lab, 'a')).toBe('down')
  })

  it('of an open() whose signal is aborted has no effect', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    void session.open()
    await lab.clock.advance(100)
    const opened = outcome(session.open({ lastClose: 'leave', signal: AbortSignal.abort(new Error('late')) }))
    void session.close()
    await lab.clock.advance(100)
    expect([opened.value, link(lab, 'b')]).toEqual(['late', 'down'])
  })

  it.each([
    ['leave', 'b', 'up'],
    ['down', 'a', 'down'],
  ] as const)(
    '%s holds for a link that is released while the service is lost, whatever is opened and given up until it is back (H6)',
    async (lastClose, id, after) => {
      const lab = await openLab()
      const session = lab.manager.createSession(id)
      void session.open({ lastClose })
      await lab.clock.advance(100)
      lab.world.loseService()
      await lab.clock.flush()
      void session.close()
      const other = lab.manager.createSession(id)
      const opened = outcome(other.open())
      await lab.clock.advance(100)
      void other.close()
      await lab.clock.advance(100)
      expect(opened.value).toBe('sessionAborted/cancelled')
      lab.world.restoreService()
      await lab.clock.advance(100)
      expect(link(lab, id)).toBe(after)
    },
  )

  it('down of a session that is closed is not that of one that is opened and given up later, while the service is lost (H6)', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('a')
    listen(session)
    void session.open({ lastClose: 'down' })
    await lab.clock.advance(100)
    void session.close()
    await lab.clock.advance(100)
    lab.world.up('a')
    lab.world.loseService()
    await lab.clock.flush()
    const other = lab.manager.createSession('a')
    void other.open()
    await lab.clock.flush()
    void other.close()
    await lab.clock.flush()
    lab.world.restoreService()
    await lab.clock.advance(100)
    expect(link(lab, 'a')).toBe('up')
  })

  it('is one of three, or a RangeError', async () => {
    const { manager } = await openLab()
    await expect(manager.createSession('a').open({ lastClose: 'burn' as 'down' })).rejects.toThrow(/burn/)
  })
})

describe('reopenJitter', () => {
  /** The delays between the attempts of a session on `b`, which is out of range. */
  async function delaysOf(
    reopenJitter: number | (() => number),
    keepOpen: true | 'always',
    identifier = 'b',
  ) {
    const { manager, world, clock } = await openLab(undefined, { reopenJitter, reopenDelayLimit: 4000 })
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    const session = manager.createSession(identifier)
    const delays: number[] = []
    const times: number[] = []
    session.on('reopening', (_attempt, delay) => {
      delays.push(delay)
      times.push(clock.now())
    })
    if (keepOpen === true) {
      void session.open({ keepOpen })
      await clock.advance(100)
    }
    world.setInRange('b', false)
    if (keepOpen === 'always') void session.open({ keepOpen })
    await clock.advance(40_000)
    // The attempts fail at once: each follows the one before by its delay.
    for (const [index, delay] of delays.slice(0, -1).entries())
      expect((times[index + 1] ?? 0) - (times[index] ?? 0)).toBeCloseTo(delay)
    return delays
  }

  it.each([
    ['b', true],
    ['net', true],
    ['b', 'always'],
    ['net', 'always'],
  ] as const)(
    'leaves out a part of each delay, and asks for it once: %s, %s',
    async (identifier, keepOpen) => {
      const parts = [0, 0.25, 1, 0.5, 0]
      const delays = await delaysOf(() => parts.shift() ?? 0.75, keepOpen, identifier)
      expect(delays.slice(0, 7)).toEqual([1000, 1500, 0, 2000, 4000, 1000, 1000])
    },
  )

  it('leaves out at most that part, and never adds', async () => {
    const delays = await delaysOf(0.5, 'always')
    const longest = [1000, 2000, 4000, ...delays.slice(3).map(() => 4000)]
    expect(delays.length).toBeGreaterThan(8)
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual((longest[index] ?? 0) / 2)
      expect(delay).toBeLessThanOrEqual(longest[index] ?? 0)
    }
    expect(new Set(delays).size).toBeGreaterThan(3)
  })

  it('keeps a hundred sessions that lose one network from coming back in the same moment', async () => {
    const seen = new Set<number>()
    for (let machine = 0; machine < 100; machine += 1) {
      const drawn = machine / 100
      const [first = 0] = await delaysOf(() => drawn / 2, 'always')
      seen.add(first)
    }
    expect(seen.size).toBe(100)
    expect([Math.min(...seen), Math.max(...seen)]).toEqual([505, 1000])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
      'boom',
    ],
    ['returns something else', () => 2, 'what reopenJitter returns must be a number from 0 to 1, not 2'],
  ])('an error that surfaces and an exact delay, if the function %s (S16)', async (_what, jitter, says) => {
    let delays: readonly number[] = []
    const surfaced = await surfacedDuring(async () => {
      delays = await delaysOf(jitter, 'always')
    })
    expect(delays.slice(0, 3)).toEqual([1000, 2000, 4000])
    expect(surfaced).toHaveLength(delays.length)
    expect(new Set(surfaced.map((error) => (error as Error).message))).toEqual(new Set([says]))
  })

  it('shortens no delay that never ends', async () => {
    const { manager, clock, world } = await openLab(undefined, {
      reopenJitter: () => 1,
      reopenDelay: Number.POSITIVE_INFINITY,
      reopenDelayLimit: Number.POSITIVE_INFINITY,
    })
    world.setInRange('b', false)
    const session = manager.createSession('b')
    const delays: number[] = []
    session.on('reopening', (_attempt, delay) => void delays.push(delay))
    void session.open({ keepOpen: 'always' })
    await clock.advance(100_000)
    expect(delays).toEqual([Number.POSITIVE_INFINITY])
    world.setInRange('b', true)
    world.up('b')
    await clock.flush()
    expect(session.isOpen).toBe(true)
  })
})

describe('S12 keepOpen', () => {
  it('opens again after a loss, with a pause that doubles, and emits each attempt', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    void session.open({ keepOpen: true })
    await clock.advance(100)
    const told = listen(session)
    const tries: number[][] = []
    session.on('reopening', (attempt, delay) => tries.push([attempt, delay]))
    world.down('b', 'carrierLost')
    world.failNext('b', 'addressFailed')
    await clock.advance(5000)
    expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed'])
    expect(tries).toEqual([[1, 1000]])
    await clock.advance(1020)
    expect(told.slice(3)).toEqual(['connecting', 'disconnected', 'error:unknown/addressFailed'])
    expect(tries).toEqual([
      [1, 1000],
      [2, 2000],
    ])
    await clock.advance(2020)
    expect(told.slice(6)).toEqual(['connecting', 'connected', 'opened'])
    expect(session.isOpen).toBe(true)
  })

  it('does not wait for its pause when the link is back by itself', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open({ keepOpen: true })
    world.down('a', 'carrierLost')
    await clock.advance(5000)
    expect(session.isOpen).toBe(false)
    world.up('a')
    await clock.flush()
    expect(session.isOpen).toBe(true)
    await clock.advance(3_600_000)
    expect(clock.pending).toBe(0)
  })

  it('ends with close(), silently where it is waiting to open again', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open({ keepOpen: true })
    world.down('a', 'carrierLost')
    await clock.advance(5000)
    const told = listen(session)
    await session.close()
    await clock.advance(3_600_000)
    expect(told).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['b', 'close'],
    ['b', 'stop'],
    ['net', 'close'],
  ] as const)(
    'isReopening: on %s, from the loss until it is open again, and %s() ends it',
    async (id, doing) => {
      const { manager, world, clock } = await openLab()
      manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
      const session = manager.createSession(id)
      const told: string[] = []
      session.subscribe(() => {
        const { isOpen, isReopening } = session.getSnapshot()
        const now = isOpen ? 'open' : isReopening ? 'reopening' : 'closed'
        if (told.at(-1) !== now) told.push(now)
      })
      void session.open({ keepOpen: true })
      await clock.advance(100)
      world.down('b', 'carrierLost')
      world.failNext('b', 'addressFailed')
      await clock.advance(300_000)
      expect(told).toEqual(['closed', 'open', 'reopening', 'open'])
      world.setInRange('b', false)
      await clock.advance(5100)
      expect(session.isReopening).toBe(true)
      void session[doing]()
      await clock.advance(1000)
      expect(told.slice(4)).toEqual(['reopening', 'closed'])
    },
  )

  it("ends with any session's stop()", async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open({ keepOpen: true })
    const told = listen(session)
    void manager.createSession('a').stop()
    await clock.advance(3_600_000)
    expect(told).toEqual(['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'])
  })

  it('comes back with a configuration that was removed and added again', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    void session.open({ keepOpen: true })
    await clock.advance(100)
    world.remove('b')
    await clock.advance(500)
    world.add({ id: 'b' })
    await clock.advance(10_000)
    expect(session.isOpen).toBe(true)
  })

  it('does not make a first opening that fails come true later', async () => {
    const { manager, world, clock } = await openLab()
    world.failNext('b', 'addressFailed')
    const session = manager.createSession('b')
    const opened = outcome(session.open({ keepOpen: true }))
    await clock.advance(3_600_000)
    expect(opened.value).toBe('unknown/addressFailed')
    expect(session.isOpen).toBe(false)
  })

  it('leaves nothing behind when the manager closes while it waits', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open({ keepOpen: true })
    world.down('a', 'carrierLost')
    await clock.advance(5000)
    const closed = manager.close()
    await clock.advance(100)
    await closed
    expect(clock.pending).toBe(0)
  })
})

describe('AutoCloseSessionTimeout', () => {
  it("closes the session that long after, once, and reads -1 again; the state stays the link's", async () => {
    const { manager, clock } = await openLab(undefined, { mock: { updates: 'polling' } })
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    session.autoCloseSessionTimeout = 1000
    await clock.advance(999)
    expect(session.sessionProperty('AutoCloseSessionTimeout')).toBe(1000)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual(['closed'])
    expect(session.state).toBe('connected')
    expect(session.autoCloseSessionTimeout).toBe(-1)
    await session.open()
    await clock.advance(3_600_000)
    expect(session.isOpen).toBe(true)
  })

  it('is cancelled by -1 and by removing it', async () => {
    const { manager, clock } = await openLab(undefined, { mock: { updates: 'polling' } })
    const session = manager.createSession('a')
    await session.open()
    session.autoCloseSessionTimeout = 1000
    session.setSessionProperty('AutoCloseSessionTimeout', -1)
    await clock.advance(2000)
    session.autoCloseSessionTimeout = 1000
    session.setSessionProperty('AutoCloseSessionTimeout', undefined)
    await clock.advance(2000)
    expect(session.isOpen).toBe(true)
    expect(() => session.setSessionProperty('AutoCloseSessionTimeout', 'soon')).toThrow(RangeError)
  })

  it('takes back the question of a chooser, as close() does (M6, S7)', async () => {
    const signals: AbortSignal[] = []
    const { manager, clock, world } = await openLab(undefined, {
      mock: { updates: 'polling' },
      chooser: (_, { signal }) => {
        signals.push(signal)
        return new Promise((answer) => clock.after(5000, () => answer('b')))
      },
    })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    session.autoCloseSessionTimeout = 1000
    const opened = outcome(session.open())
    await clock.advance(1000)
    expect([opened.value, signals.map(({ aborted }) => aborted)]).toEqual([
      'sessionAborted/cancelled',
      [true],
    ])
    await clock.advance(10_000)
    expect(told).toEqual(['connecting', 'disconnected'])
    expect([session.autoCloseSessionTimeout, world.calls]).toEqual([-1, []])
  })

  it('has no effect where the backend does not poll', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    session.autoCloseSessionTimeout = 0
    await clock.advance(60_000)
    expect(session.isOpen).toBe(true)
  })
})

describe('usage policies', () => {
  it('ask for no background traffic on a metered link, and change only when they do', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const told: unknown[] = []
    session.on('usagePoliciesChanged', (policies) => told.push(policies))
    expect(session.usagePolicies).toEqual([])
    world.set('a', { metered: { value: true, sure: false } })
    await clock.flush()
    world.set('a', { metered: { value: true, sure: true } })
    await clock.flush()
    expect(session.usagePolicies).toEqual(['noBackgroundTraffic'])
    world.set('a', { metered: { value: false, sure: true } })
    await clock.flush()
    expect(told).toEqual([['noBackgroundTraffic'], []])
  })
})
