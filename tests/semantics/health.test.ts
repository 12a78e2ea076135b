import type { CheckResult, HealthOptions } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { type Answers, checked, define, openOn } from './checked-lab.js'
import { openLab } from './lab.js'

describe('L1: a session with a check', () => {
  it('is good after two checks, and says so by an event, its getter and its snapshot', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a', { health: it.health })
    expect(session.health).toBe('unknown')
    const told = await openOn(it.lab, session)
    expect(session.health).toBe('unknown')
    await it.lab.clock.advance(2000)
    expect([session.health, session.getSnapshot().health, told]).toEqual(['good', 'good', ['a good']])
  })

  it('checks only while it is open and connected', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a', { health: it.health })
    await it.lab.clock.advance(60_000)
    expect(it.checks).toEqual([])
    await openOn(it.lab, session)
    expect(it.checks.length).toBeGreaterThan(0)
    it.lab.world.carrier('a', false)
    await it.lab.clock.flush()
    const lost = it.checks.length
    await it.lab.clock.advance(4000)
    expect(it.checks).toHaveLength(lost)
    it.lab.world.carrier('a', true)
    await it.lab.clock.advance(1000)
    expect(it.checks.length).toBeGreaterThan(lost)
    void session.close()
    await it.lab.clock.flush()
    const closed = it.checks.length
    await it.lab.clock.advance(600_000)
    expect(it.checks).toHaveLength(closed)
    expect(session.health).toBe('unknown')
  })

  it.each<[string, Answers[string]]>([
    ['says no', false],
    ['throws', new Error('no route')],
    ['never answers', null],
    ['answers nonsense', { alive: 'yes' } as unknown as CheckResult],
    ['answers nothing', undefined as unknown as boolean],
  ])('is bad when the check three times %s', async (_, answer) => {
    const it = await checked()
    it.answers.a = answer
    const session = it.lab.manager.createSession('a', { health: it.health })
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(20_000)
    expect(told).toEqual(['a bad'])
    expect(session.isOpen).toBe(true)
  })

  it('stays unknown while the check cannot tell', async () => {
    const it = await checked()
    it.answers.a = { alive: null }
    const session = it.lab.manager.createSession('a', { health: it.health })
    expect(await openOn(it.lab, session)).toEqual([])
    await it.lab.clock.advance(60_000)
    expect(session.health).toBe('unknown')
  })

  it('gives the check the interface to bind to, and aborts it when the session is closed or the manager is', async () => {
    const it = await checked()
    const seen: unknown[] = []
    const check: HealthOptions['check'] = (link, { signal }) => {
      seen.push(link.interface.name, signal.aborted)
      signal.addEventListener('abort', () => seen.push('aborted'))
      return new Promise(() => {})
    }
    const session = it.lab.manager.createSession('a', { health: { check } })
    await openOn(it.lab, session)
    const { name } = session.interface ?? {}
    expect(seen).toEqual([name, false])
    void session.close()
    await it.lab.clock.flush()
    expect(seen).toEqual([name, false, 'aborted'])
    await openOn(it.lab, session)
    await it.lab.close()
    expect(seen).toEqual([name, false, 'aborted', name, false, 'aborted'])
  })

  it('tells what the checks have cost', async () => {
    const it = await checked()
    it.answers.a = { alive: true, bytes: 120 }
    const session = it.lab.manager.createSession('a', { health: it.health })
    expect(session.healthCost).toEqual({ checks: 0, bytes: 0 })
    await openOn(it.lab, session)
    await it.lab.clock.advance(12_000)
    const cost = session.healthCost
    expect(cost).toEqual({ checks: 3, bytes: 360 })
    expect(session.healthCost).toBe(cost)
    expect(cost).toSatisfy(Object.isFrozen)
  })

  it('tells a cost that has not grown as the same object', async () => {
    const it = await checked()
    const during: unknown[] = []
    const check = async () => {
      during.push(session.healthCost)
      return true
    }
    const session = it.lab.manager.createSession('a', { health: { check } })
    await openOn(it.lab, session)
    expect(during).toEqual([{ checks: 1, bytes: 0 }])
    expect(session.healthCost).toBe(during[0])
  })

  it('starts again when its link was gone in between', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a', { health: it.health })
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(5000)
    it.lab.world.carrier('a', false)
    await it.lab.clock.advance(100)
    it.lab.world.carrier('a', true)
    await it.lab.clock.advance(5000)
    expect(told).toEqual(['a good', 'a unknown', 'a good'])
  })

  it('checks nothing if the machine slept when the manager was opened (L4)', async () => {
    const it = await checked({}, { mock: { power: 'asleep' } })
    const session = it.lab.manager.createSession('a', { health: it.health })
    void session.open()
    await it.lab.clock.advance(20_000)
    expect(it.checks).toEqual([])
  })

  it('what is reported while nothing is checked is forgotten after retryAfter all the same', async () => {
    const it = await checked({}, { wakeGrace: 10_000, retryAfter: 60_000 })
    const session = it.lab.manager.createSession('a')
    const told = await openOn(it.lab, session)
    session.report('alive')
    it.lab.world.setPower('asleep')
    await it.lab.clock.flush()
    for (let count = 0; count < 3; count += 1) session.report('failed')
    await it.lab.clock.advance(60_100)
    expect(told).toEqual(['a bad', 'a unknown'])
  })

  it('checks nothing while the machine sleeps, nor until its links had time to come back (L4)', async () => {
    const it = await checked({}, { wakeGrace: 10_000 })
    const session = it.lab.manager.createSession('a', { health: it.health })
    await openOn(it.lab, session)
    it.lab.world.setPower('asleep')
    await it.lab.clock.flush()
    const before = it.checks.length
    await it.lab.clock.advance(60_000)
    it.lab.world.setPower('awake')
    await it.lab.clock.advance(9900)
    expect(it.checks).toHaveLength(before)
    await it.lab.clock.advance(200)
    expect(it.checks).toHaveLength(before + 1)
  })
})

describe('L1: report()', () => {
  it('counts as evidence without any check, and nothing is sent', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a')
    const told = await openOn(it.lab, session)
    session.report('alive')
    session.report('alive')
    await it.lab.clock.flush()
    for (let count = 0; count < 3; count += 1) session.report('failed')
    await it.lab.clock.flush()
    expect(told).toEqual(['a good', 'a bad'])
    await it.lab.clock.advance(600_000)
    expect(it.checks).toEqual([])
    expect(session.healthCost.checks).toBe(0)
  })

  it('of traffic that flows means that no check is made at all', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a', { health: it.health })
    await openOn(it.lab, session)
    await it.lab.clock.advance(2000)
    const before = it.checks.length
    for (let second = 0; second < 300; second += 1) {
      session.report('alive')
      await it.lab.clock.advance(1000)
    }
    expect(it.checks).toHaveLength(before)
  })

  it('does nothing while the session is not open, or not connected', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a')
    for (let count = 0; count < 3; count += 1) session.report('failed')
    const told = await openOn(it.lab, session)
    it.lab.world.carrier('a', false)
    await it.lab.clock.advance(100)
    for (let count = 0; count < 3; count += 1) session.report('failed')
    it.lab.world.carrier('a', true)
    await it.lab.clock.advance(1000)
    expect([session.health, told]).toEqual(['unknown', []])
    await it.lab.close()
    expect(() => session.report('alive')).not.toThrow()
  })

  it('refuses another word', async () => {
    const it = await checked()
    expect(() => it.lab.manager.createSession('a').report('dead' as 'failed')).toThrow(RangeError)
  })

  it('no event fires inside it (S19)', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a')
    const told = await openOn(it.lab, session)
    session.report('alive')
    session.report('alive')
    expect(told).toEqual([])
    expect(session.health).toBe('unknown')
  })
})

describe('L1: a service network with a check', () => {
  it('is left when its link is bad, for one that is not, whatever the policy', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health, []))
    it.answers.a = false
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(10_000)
    expect(session.activeConfiguration).toBe('b')
    expect(told[0]).toBe('a bad')
    expect(it.lab.manager.explain('net', 'b', 'a')).toMatchObject({ preferred: 'b', because: 'health' })
  })

  it('offers another one where the application is asked', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    const offers: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }) => offers.push(identifier))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(10_000)
    expect(offers).toEqual(['b'])
  })

  it('a bad link that is the only one is kept', async () => {
    const it = await checked()
    it.lab.world.setInRange('b', false)
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(60_000)
    expect([session.activeConfiguration, session.state, session.health]).toEqual(['a', 'connected', 'bad'])
  })

  it('a bad one that is still up is checked on, and returned to when it is good again', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(60_000)
    expect(session.activeConfiguration).toBe('b')
    // The system's own link stays up.
    it.answers.a = true
    await it.lab.clock.advance(30_000)
    expect(session.activeConfiguration).toBe('a')
    expect(session.health).toBe('good')
  })

  it('one that is down then is tried again after a time, which doubles', async () => {
    const it = await checked({}, { retryAfter: 60_000, retryAfterLimit: 600_000 })
    const stopped = it.lab.manager.createSession('a').stop()
    await it.lab.clock.advance(1000)
    await stopped
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    const times: number[] = []
    session.on('activeConfigurationChanged', (identifier) => {
      if (identifier === 'a') times.push(it.lab.clock.now())
    })
    await openOn(it.lab, session)
    await it.lab.clock.advance(700_000)
    const pauses = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 10_000))
    expect(pauses[0]).toBeGreaterThanOrEqual(6)
    expect(pauses[1]).toBeGreaterThanOrEqual(12)
    expect(times.length).toBeLessThan(6)
    expect(session.state).toBe('connected')
  })

  it('one that is up, but about which checks can no longer tell, is tried again after a time', async () => {
    const it = await checked({}, { retryAfter: 60_000 })
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(30_000)
    expect(session.activeConfiguration).toBe('b')
    // The default route leads through the other link now.
    it.answers.a = { alive: null }
    await it.lab.clock.advance(50_000)
    expect(session.activeConfiguration).toBe('b')
    await it.lab.clock.advance(30_000)
    expect([session.activeConfiguration, session.health]).toEqual(['a', 'unknown'])
  })

  it('one that is up, of which only reports have told, is tried again after a time, which doubles', async () => {
    const it = await checked({}, { retryAfter: 60_000 })
    const session = it.lab.manager.createSession(define(it))
    await openOn(it.lab, session)
    const times: number[] = []
    session.on('activeConfigurationChanged', (identifier) => {
      if (identifier === 'a') times.push(it.lab.clock.now())
    })
    for (let seconds = 0; seconds < 300; seconds += 1) {
      if (session.activeConfiguration === 'a') session.report('failed')
      await it.lab.clock.advance(1000)
    }
    const pauses = times.slice(1).map((time, index) => Math.floor((time - (times[index] ?? 0)) / 10_000))
    expect(times).toHaveLength(2)
    expect(pauses).toEqual([12])
    expect(it.checks).toEqual([])
  })

  it('has one check for all its sessions', async () => {
    const it = await checked()
    define(it, it.health)
    const [one, other] = [it.lab.manager.createSession('net'), it.lab.manager.createSession('net')]
    await openOn(it.lab, one)
    await openOn(it.lab, other)
    await it.lab.clock.advance(30_000)
    expect([one.health, other.health]).toEqual(['good', 'good'])
    expect(new Set(it.checks).size).toBe(it.checks.length)
    expect(one.healthCost).toEqual(other.healthCost)
    const before = it.checks.length
    void one.close()
    await it.lab.clock.advance(20_000)
    expect(it.checks.length).toBeGreaterThan(before)
    expect(other.health).toBe('good')
  })

  it('a session with a check of its own ranks by that, and no other session does', async () => {
    const it = await checked()
    define(it, it.health)
    const own = it.lab.manager.createSession('net', {
      health: { check: async ({ configuration }) => configuration.identifier !== 'a' },
    })
    const other = it.lab.manager.createSession('net')
    await openOn(it.lab, own)
    await openOn(it.lab, other)
    await it.lab.clock.advance(20_000)
    expect([own.activeConfiguration, other.activeConfiguration]).toEqual(['b', 'a'])
    expect(other.health).toBe('good')
  })

  it.each(['limited', 'portal'] as const)(
    'evidence overrules that the system says %s',
    async (connectivity) => {
      const it = await checked()
      const session = it.lab.manager.createSession(define(it, it.health))
      await openOn(it.lab, session)
      await it.lab.clock.advance(5000)
      it.lab.world.set('a', { connectivity })
      it.lab.world.set('b', { connectivity: 'full' })
      await it.lab.clock.advance(60_000)
      expect(session.activeConfiguration).toBe('a')
    },
  )

  it("a session's own evidence makes it slow to return, and concerns no other session (L3)", async () => {
    const it = await checked()
    define(it)
    let isAlive = false
    const own = it.lab.manager.createSession('net', {
      health: {
        check: async ({ configuration }) => configuration.identifier !== 'a' || isAlive,
        every: 1000,
      },
    })
    const inUse = (): string | null => own.activeConfiguration
    await openOn(it.lab, own)
    const waits: number[] = []
    for (let round = 0; round < 3; round += 1) {
      isAlive = false
      while (inUse() !== 'b') await it.lab.clock.advance(100)
      await it.lab.clock.advance(5000)
      isAlive = true
      const start = it.lab.clock.now()
      while (inUse() !== 'a') await it.lab.clock.advance(100)
      waits.push(Math.round((it.lab.clock.now() - start) / 1000))
    }
    // Two checks, and then the recovery time, which doubles.
    expect(waits[0]).toBeGreaterThanOrEqual(4)
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0)
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0)
    isAlive = false
    while (inUse() !== 'b') await it.lab.clock.advance(100)
    const other = it.lab.manager.createSession('net')
    await openOn(it.lab, other)
    expect(other.activeConfiguration).toBe('a')
    expect(it.lab.manager.explain('net', 'a', 'b').because).toBe('bearer')
  })

  it('a recovery by own evidence leaves no timer when the session is closed (L3, M7)', async () => {
    const it = await checked()
    define(it)
    const before = it.lab.clock.pending
    let isAlive = false
    const own = it.lab.manager.createSession('net', {
      health: {
        check: async ({ configuration }) => configuration.identifier !== 'a' || isAlive,
        every: 1000,
      },
    })
    const opened = own.open()
    await it.lab.clock.advance(1000)
    await opened
    while (own.activeConfiguration !== 'b') await it.lab.clock.advance(100)
    isAlive = true
    // The link is good again, and has not recovered yet.
    await it.lab.clock.advance(3000)
    expect(own.activeConfiguration).toBe('b')
    const closed = own.close()
    await it.lab.clock.advance(1000)
    await closed
    expect(it.lab.clock.pending).toBe(before)
  })

  it('says of which link it knows no more when the session is closed', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(5000)
    void session.close()
    await it.lab.clock.advance(1000)
    expect(told).toEqual(['a good', 'a unknown'])
  })

  it('among links that are all bad the policy decides', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(30_000)
    expect(session.activeConfiguration).toBe('b')
    it.answers.b = false
    await it.lab.clock.advance(60_000)
    expect([session.health, session.activeConfiguration]).toEqual(['bad', 'a'])
  })

  it('without a check nothing is sent, and the policy is as it was', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it))
    await openOn(it.lab, session)
    await it.lab.clock.advance(600_000)
    expect([it.checks, session.health, session.activeConfiguration]).toEqual([[], 'unknown', 'a'])
  })

  it('that is removed while a check runs is not checked any more', async () => {
    const it = await checked()
    it.answers.a = null
    let settle: (alive: boolean) => void = () => {}
    let checks = 0
    const check = () => {
      checks += 1
      return new Promise<boolean>((resolve) => {
        settle = resolve
      })
    }
    const session = it.lab.manager.createSession(define(it, { check }))
    await openOn(it.lab, session)
    it.lab.manager.removeServiceNetwork('net')
    await it.lab.clock.advance(100)
    settle(true)
    await it.lab.clock.advance(600_000)
    expect(checks).toBe(1)
    expect(session.health).toBe('unknown')
  })

  it('says what is wrong with its options, by name', async () => {
    const it = await checked()
    expect(() => define(it, { every: 0 })).toThrow(
      /every of the health of 'net' must be a number of milliseconds from 1 up/,
    )
    expect(() => it.lab.manager.createSession('a', { health: { downAfter: 0 } })).toThrow(RangeError)
    expect(() => it.lab.manager.createSession('a', { healt: {} } as object)).toThrow(/did you mean 'health'/)
  })
})

describe('L2: what the system says of the connectivity', () => {
  const METERED = { metered: { value: true, sure: true }, connectivity: 'full' } as const

  it('is a hint: for a metered link a session leaves only after limitedDwell, and one recheck', async () => {
    const lab = await openLab(
      [
        { id: 'a', bearer: 'ethernet', link: 'up', connectivity: 'full' },
        { id: 'b', bearer: 'lte', ...METERED },
      ],
      { limitedDwell: 30_000 },
    )
    lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = lab.manager.createSession('net')
    await openOn(lab, session)
    lab.world.set('a', { connectivity: 'limited' })
    await lab.clock.advance(29_000)
    expect(session.activeConfiguration).toBe('a')
    expect(lab.world.calls.filter(({ command }) => command === 'recheck')).toHaveLength(1)
    await lab.clock.advance(2000)
    expect(session.activeConfiguration).toBe('b')
    expect(lab.world.calls.filter(({ command }) => command === 'recheck')).toHaveLength(1)
  })

  it('that is taken back in time changes nothing', async () => {
    const lab = await openLab([
      { id: 'a', bearer: 'ethernet', link: 'up', connectivity: 'full' },
      { id: 'b', bearer: 'lte', ...METERED },
    ])
    lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = lab.manager.createSession('net')
    await openOn(lab, session)
    for (let round = 0; round < 5; round += 1) {
      lab.world.set('a', { connectivity: 'limited' })
      await lab.clock.advance(20_000)
      lab.world.set('a', { connectivity: 'full' })
      await lab.clock.advance(20_000)
    }
    expect(session.activeConfiguration).toBe('a')
  })

  it('a free link is left for after the second that byConnectivity has', async () => {
    const lab = await openLab([
      { id: 'a', bearer: 'ethernet', link: 'up', connectivity: 'full' },
      { id: 'b', bearer: 'wlan', connectivity: 'full' },
    ])
    lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = lab.manager.createSession('net')
    await openOn(lab, session)
    lab.world.set('a', { connectivity: 'limited' })
    await lab.clock.advance(3000)
    expect(session.activeConfiguration).toBe('b')
  })
})
