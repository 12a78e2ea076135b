import {
  byOrder,
  type NetworkConfigurationManager,
  type NetworkSession,
  type RoamingTrial,
  whenConnected,
} from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { type Lab, listen, openLab, outcome } from './lab.js'

/** Opens a session, in virtual time. */
async function open(
  { clock, manager }: Lab,
  identifier: string,
  options: Parameters<NetworkSession['open']>[0] = {},
) {
  const session = manager.createSession(identifier)
  const opened = session.open(options)
  await clock.advance(1000)
  await opened
  return session
}

/** A service network of `members`, the best one first. */
const ranked = (manager: NetworkConfigurationManager, ...members: readonly string[]) =>
  manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })

describe('L5: whenConnected()', () => {
  it('resolves at once if the session is open and connected', async () => {
    const lab = await openLab()
    const connected = outcome(whenConnected(await open(lab, 'a')))
    await Promise.resolve()
    await lab.clock.flush()
    expect(connected.value).toBe('resolved')
    expect(lab.clock.pending).toBe(0)
  })

  it('does not open the session, and is not content with a link that is up', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('a')
    const connected = outcome(whenConnected(session))
    await lab.clock.advance(60_000)
    expect([session.state, session.isOpen, connected.value]).toEqual(['connected', false, 'pending'])
    void session.open()
    await lab.clock.advance(100)
    expect(connected.value).toBe('resolved')
  })

  it('waits through a loss until the link is back', async () => {
    const lab = await openLab()
    const session = await open(lab, 'a')
    lab.world.carrier('a', false)
    await lab.clock.advance(100)
    const connected = outcome(whenConnected(session))
    await lab.clock.advance(1000)
    expect([session.isOpen, connected.value]).toEqual([true, 'pending'])
    lab.world.carrier('a', true)
    await lab.clock.advance(100)
    expect(connected.value).toBe('resolved')
  })

  it('waits through an end until a session that is kept open is open again', async () => {
    const lab = await openLab()
    const session = await open(lab, 'a', { keepOpen: true })
    lab.world.setInRange('a', false)
    await lab.clock.advance(10_000)
    const connected = outcome(whenConnected(session))
    await lab.clock.advance(10_000)
    expect([session.isOpen, connected.value]).toEqual([false, 'pending'])
    lab.world.setInRange('a', true)
    await lab.clock.advance(60_000)
    expect(connected.value).toBe('resolved')
  })

  it('waits through a trial until it is decided', async () => {
    const lab = await openLab()
    const { session, trial } = await onTrial(lab)
    const connected = outcome(whenConnected(session))
    await lab.clock.advance(1000)
    expect(connected.value).toBe('pending')
    void trial.accept()
    await lab.clock.advance(1000)
    expect(connected.value).toBe('resolved')
  })

  it('rejects with the reason of its signal, before and while it waits', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const reason = new Error('enough')
    await expect(whenConnected(session, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const caller = new AbortController()
    const connected = whenConnected(session, { signal: caller.signal })
    caller.abort(reason)
    await expect(connected).rejects.toBe(reason)
    expect(lab.clock.pending).toBe(0)
  })

  it('rejects when its timeout is over, and names the configuration', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const connected = whenConnected(session, { timeout: 5000 })
    const told = outcome(connected)
    await lab.clock.advance(4999)
    expect(told.value).toBe('pending')
    await lab.clock.advance(1)
    expect(told.value).toBe('unknown/timedOut')
    await expect(connected).rejects.toThrow('lab-b')
    expect(session.error).toBeNull()
    expect(lab.clock.pending).toBe(0)
  })

  it('leaves no timer when it resolves before its timeout', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('a')
    const connected = outcome(whenConnected(session, { timeout: 5000 }))
    await open(lab, 'a')
    void session.open()
    await lab.clock.advance(100)
    expect([connected.value, lab.clock.pending]).toEqual(['resolved', 0])
  })

  it('rejects when the manager is closed, and at once when it has been (E1)', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const connected = outcome(whenConnected(session))
    await lab.close()
    expect(connected.value).toBe('sessionAborted/closed')
    const late = outcome(whenConnected(session))
    await lab.clock.flush()
    expect(late.value).toBe('sessionAborted/closed')
  })

  it('rejects for bad arguments, and never throws (E2)', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('a')
    await expect(whenConnected({} as NetworkSession)).rejects.toThrow(TypeError)
    await expect(whenConnected(session, { timeout: -1 })).rejects.toThrow(RangeError)
    await expect(whenConnected(session, { timeOut: 1 } as never)).rejects.toThrow(TypeError)
    await expect(whenConnected(session, { signal: 'now' } as never)).rejects.toThrow(TypeError)
  })
})

/** A session open on `b`, with a better `a` that is out of range. */
async function onLesser(consulted = false) {
  const lab = await openLab()
  lab.world.setInRange('a', false)
  ranked(lab.manager, 'a', 'b', 'c')
  const session = await open(lab, 'net')
  const offers: string[] = []
  if (consulted) session.on('preferredConfigurationChanged', ({ identifier }) => void offers.push(identifier))
  const started: string[] = []
  session.on('roamingStarted', ({ to, because }) => void started.push(`${because} ${to.identifier}`))
  await lab.clock.flush()
  expect(session.activeConfiguration).toBe('b')
  return { ...lab, session, offers, started }
}

describe('L5: holdOff()', () => {
  it('keeps a session from roaming of its own accord, and ends by itself', async () => {
    const { world, clock, session, started } = await onLesser()
    session.holdOff(20_000)
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(19_000)
    expect([session.activeConfiguration, started]).toEqual(['b', []])
    await clock.advance(2000)
    expect([session.activeConfiguration, started]).toEqual(['a', ['better a']])
  })

  it('keeps it from offering to roam', async () => {
    const { world, clock, session, offers } = await onLesser(true)
    session.holdOff(20_000)
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(19_000)
    expect([offers, session.offer]).toEqual([[], null])
    await clock.advance(2000)
    expect(offers).toEqual(['a'])
  })

  it('leaves an offer that stands to the application', async () => {
    const { world, clock, session, offers } = await onLesser(true)
    world.setInRange('a', true)
    await clock.advance(1000)
    session.holdOff(20_000)
    await clock.advance(1000)
    expect([offers, session.offer?.configuration.identifier]).toEqual([['a'], 'a'])
    void session.migrate()
    await clock.advance(1000)
    expect(session.trial?.configuration.identifier).toBe('a')
  })

  it('a loss roams all the same', async () => {
    const { world, clock, session, started } = await onLesser()
    session.holdOff(Number.POSITIVE_INFINITY)
    await clock.flush()
    world.setInRange('b', false)
    await clock.advance(1000)
    expect([session.activeConfiguration, started]).toEqual(['c', ['loss c']])
  })

  it('holds on after such a roam', async () => {
    const { world, clock, session } = await onLesser()
    session.holdOff(20_000)
    await clock.flush()
    world.setInRange('b', false)
    await clock.advance(1000)
    world.setInRange('a', true)
    await clock.advance(10_000)
    expect(session.activeConfiguration).toBe('c')
    await clock.advance(10_000)
    expect(session.activeConfiguration).toBe('a')
  })

  it('0 ends it', async () => {
    const { world, clock, session } = await onLesser()
    session.holdOff(Number.POSITIVE_INFINITY)
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(100_000)
    expect(session.activeConfiguration).toBe('b')
    session.holdOff(0)
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
  })

  it.each([
    ['a shorter', 5000],
    ['a longer', 30_000],
  ])('%s one replaces it', async (_name, ms) => {
    const { world, clock, session } = await onLesser()
    session.holdOff(20_000)
    session.holdOff(ms)
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(ms - 1000)
    expect(session.activeConfiguration).toBe('b')
    await clock.advance(2000)
    expect(session.activeConfiguration).toBe('a')
  })

  it('ends with the session', async () => {
    const { world, clock, session } = await onLesser()
    session.holdOff(60_000)
    void session.close()
    await clock.advance(1000)
    expect(clock.pending).toBe(0)
    void session.open()
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('b')
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
  })

  it('has no effect on a session that is not open, or is on an access point', async () => {
    const lab = await openLab()
    ranked(lab.manager, 'a', 'b')
    for (const identifier of ['net', 'b']) lab.manager.createSession(identifier).holdOff(60_000)
    ;(await open(lab, 'a')).holdOff(60_000)
    await lab.clock.flush()
    expect(lab.clock.pending).toBe(0)
  })

  it('refuses what is no duration (E2)', async () => {
    const { session } = await onLesser()
    for (const ms of [-1, Number.NaN, '5', undefined])
      expect(() => session.holdOff(ms as number)).toThrow(RangeError)
  })
})

describe.each(['b', 'net'])("L6: keepOpen 'always' on %s", (identifier) => {
  /** `b` is out of range, alone and as the only member of `net`. */
  async function atBoot(options: Parameters<typeof openLab>[1] = {}) {
    const lab = await openLab(
      [
        { id: 'a', link: 'up' },
        { id: 'b', inRange: false, activate: 'unknown' },
      ],
      options,
    )
    ranked(lab.manager, 'b')
    const session = lab.manager.createSession(identifier)
    const told = listen(session)
    const retries: string[] = []
    session.on('reopening', (attempt, delay) => void retries.push(`${attempt}: ${delay}`))
    return { ...lab, session, told, retries }
  }

  it('open() stays pending over failed attempts, without an error', async () => {
    const { clock, session, told, retries } = await atBoot()
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    expect(opened.value).toBe('pending')
    expect(retries).toEqual(['1: 1000', '2: 2000', '3: 4000', '4: 8000'])
    expect(told.filter((word) => /error|closed|opened/.test(word))).toEqual([])
    expect([session.error, session.isOpen, session.isReopening]).toEqual([null, false, true])
  })

  it('resolves when the network is there', async () => {
    const { clock, world, session, told, retries } = await atBoot()
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    world.setInRange('b', true)
    await clock.advance(8000)
    expect([opened.value, session.isConnected, session.isReopening]).toEqual(['resolved', true, false])
    expect(told.filter((word) => /error|closed|opened/.test(word))).toEqual(['opened'])
    expect(retries).toHaveLength(4)
  })

  it('resolves at once when another program brings the link up', async () => {
    const { clock, world, session } = await atBoot()
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    world.setInRange('b', true)
    world.up('b')
    await clock.advance(10)
    expect([opened.value, session.isConnected]).toEqual(['resolved', true])
  })

  it('a second open() joins, whatever it says about keepOpen', async () => {
    const { clock, world, session, retries } = await atBoot()
    const first = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    const second = outcome(session.open())
    await clock.advance(100)
    expect([first.value, second.value, session.error]).toEqual(['pending', 'pending', null])
    expect(retries).toHaveLength(5)
    world.setInRange('b', true)
    await clock.advance(60_000)
    expect([first.value, second.value]).toEqual(['resolved', 'resolved'])
  })

  it("the last caller's abort ends the effort, and no other one's does", async () => {
    const { clock, session, retries } = await atBoot()
    const callers = [new AbortController(), new AbortController()]
    const opens = callers.map(({ signal }) => outcome(session.open({ keepOpen: 'always', signal })))
    await clock.advance(10_000)
    callers[0]?.abort(new Error('one'))
    await clock.advance(10_000)
    expect(opens.map(({ value }) => value)).toEqual(['one', 'pending'])
    expect(session.isReopening).toBe(true)
    callers[1]?.abort(new Error('other'))
    await clock.flush()
    expect(opens.map(({ value }) => value)).toEqual(['one', 'other'])
    expect([session.isReopening, clock.pending]).toEqual([false, 0])
    const tried = retries.length
    await clock.advance(100_000)
    expect(retries).toHaveLength(tried)
  })

  it.each([
    ['close()', 'sessionAborted/cancelled'],
    ['stop()', 'sessionAborted/stopped'],
  ] as const)('%s rejects what waits, without an event, and ends the effort', async (call, reason) => {
    const { clock, session, told, retries } = await atBoot()
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    const ended = outcome(call === 'close()' ? session.close() : session.stop())
    await clock.advance(100)
    expect([opened.value, ended.value, session.isReopening]).toEqual([reason, 'resolved', false])
    expect(told.filter((word) => /error|closed|opened/.test(word))).toEqual([])
    const tried = retries.length
    await clock.advance(100_000)
    expect([retries.length, clock.pending]).toEqual([tried, 0])
  })

  it('and so they do in the middle of an attempt', async () => {
    for (const call of ['close', 'stop'] as const) {
      const { clock, world, session, told } = await atBoot({ mock: { activationTime: 2000 } })
      world.setInRange('b', true)
      const opened = outcome(session.open({ keepOpen: 'always' }))
      await clock.advance(10)
      expect(session.state).toBe('connecting')
      void session[call]()
      await clock.advance(10_000)
      expect(opened.value).toMatch(/^sessionAborted\//)
      expect([session.isOpen, session.isReopening, session.state]).toEqual([false, false, 'disconnected'])
      expect(told.filter((word) => /error|closed|opened/.test(word))).toEqual([])
    }
  })

  it('closing the manager rejects what waits (M7)', async () => {
    const lab = await atBoot()
    const opened = outcome(lab.session.open({ keepOpen: 'always' }))
    await lab.clock.advance(10_000)
    await lab.close()
    expect(opened.value).toBe('sessionAborted/closed')
    expect(lab.clock.pending).toBe(0)
  })

  it('what was open and ends is opened again, as with true', async () => {
    const { clock, world, session, told, retries } = await atBoot()
    world.setInRange('b', true)
    void session.open({ keepOpen: 'always' })
    await clock.advance(1000)
    world.setInRange('b', false)
    await clock.advance(20_000)
    expect(told.filter((word) => /error|closed|opened/.test(word))).toEqual([
      'opened',
      'error:sessionAborted/lost',
      'closed',
    ])
    expect(session.isReopening).toBe(true)
    expect(retries.length).toBeGreaterThan(2)
    world.setInRange('b', true)
    await clock.advance(60_000)
    expect(session.isConnected).toBe(true)
  })

  it('a caller that joins a later effort and leaves does not end it', async () => {
    const { clock, world, session } = await atBoot()
    world.setInRange('b', true)
    void session.open({ keepOpen: 'always' })
    await clock.advance(1000)
    world.setInRange('b', false)
    await clock.advance(20_000)
    const caller = new AbortController()
    const joined = outcome(session.open({ signal: caller.signal }))
    await clock.advance(100)
    caller.abort(new Error('enough'))
    await clock.advance(100)
    expect([joined.value, session.isReopening]).toEqual(['enough', true])
  })

  it('a wait that was ended leaves nothing behind: the next open() that fails is over', async () => {
    const { clock, session } = await atBoot()
    const caller = new AbortController()
    session.open({ keepOpen: 'always', signal: caller.signal }).catch(() => undefined)
    await clock.advance(10_000)
    caller.abort()
    await clock.flush()
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(opened.value).toMatch(/^invalidConfiguration\//)
    expect([session.isReopening, clock.pending]).toEqual([false, 0])
  })

  it('a manager without its service is no end of it', async () => {
    const { clock, world, session } = await atBoot()
    world.loseService()
    await clock.flush()
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(120_000)
    expect([opened.value, session.error]).toEqual(['pending', null])
    world.restoreService()
    world.setInRange('b', true)
    await clock.advance(60_000)
    expect(opened.value).toBe('resolved')
  })
})

describe("L6: keepOpen 'always' on what is not there yet", () => {
  it('an access point that is added later', async () => {
    const { manager, clock, world } = await openLab([{ id: 'a', link: 'up' }])
    const session = manager.createSession('later')
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    expect([opened.value, session.state, session.isReopening]).toEqual(['pending', 'invalid', true])
    world.add({ id: 'later' })
    await clock.advance(10_000)
    expect([opened.value, session.activeConfiguration]).toEqual(['resolved', 'later'])
  })

  it('a service network that is defined later', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('net')
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    expect([opened.value, session.state, session.isReopening]).toEqual(['pending', 'invalid', true])
    ranked(manager, 'b', 'c')
    await clock.advance(10_000)
    expect([opened.value, session.activeConfiguration]).toEqual(['resolved', 'b'])
  })

  it('a service network that is removed meanwhile, and defined again', async () => {
    const { manager, clock, world } = await openLab()
    ranked(manager, 'b')
    world.setInRange('b', false)
    const session = manager.createSession('net')
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    manager.removeServiceNetwork('net')
    await clock.advance(10_000)
    expect([opened.value, session.state, session.error]).toEqual(['pending', 'invalid', null])
    ranked(manager, 'c')
    await clock.advance(60_000)
    expect([opened.value, session.activeConfiguration]).toEqual(['resolved', 'c'])
  })

  it('close() ends the wait for it', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('net')
    const opened = outcome(session.open({ keepOpen: 'always' }))
    await clock.advance(10_000)
    void session.close()
    await clock.flush()
    expect([opened.value, clock.pending]).toEqual(['sessionAborted/cancelled', 0])
  })
})

/** A session open on `b`, with `a` on trial. */
async function onTrial(lab: Lab) {
  lab.world.setInRange('a', false)
  ranked(lab.manager, 'a', 'b')
  const session = await open(lab, 'net')
  const trials: RoamingTrial[] = []
  session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => void offer.migrate())
  session.on('newConfigurationActivated', (trial) => void trials.push(trial))
  await lab.clock.flush()
  lab.world.setInRange('a', true)
  await lab.clock.advance(1000)
  expect(trials).toHaveLength(1)
  return { session, trial: trials[0] as RoamingTrial }
}

describe('keepOpen: what comes into range', () => {
  const far = { inRange: false, activate: 'no' } as const

  it.each([
    ['an access point', 'b', true],
    ['an access point', 'b', 'always'],
    ['a service network', 'net', true],
    ['a service network', 'net', 'always'],
  ] as const)('is tried at once on %s (%s, keepOpen: %s)', async (_, identifier, keepOpen) => {
    const { world, clock, manager } = await openLab([{ id: 'b' }], { recovery: 0 })
    ranked(manager, 'b')
    const session = manager.createSession(identifier)
    void session.open({ keepOpen })
    await clock.advance(1000)
    expect(session.isOpen).toBe(true)
    world.down('b', 'outOfRange')
    world.set('b', far)
    await clock.advance(120_000)
    expect([session.isOpen, session.isReopening]).toEqual([false, true])
    world.set('b', { inRange: true, activate: 'yes' })
    await clock.advance(1000)
    expect(session.isOpen).toBe(true)
  })

  it('one that fails is not tried more often for that', async () => {
    const { world, clock, manager } = await openLab([{ id: 'b' }])
    const session = manager.createSession('b')
    const attempts: number[] = []
    const reasons = new Set<unknown>()
    session.on('reopening', (attempt, _, reason) => {
      attempts.push(attempt)
      reasons.add(reason)
    })
    for (let count = 0; count < 20; count += 1) world.failNext('b', 'secretWrong')
    void session.open({ keepOpen: 'always' }).catch(() => undefined)
    await clock.advance(10_000)
    expect(attempts.length).toBeLessThanOrEqual(5)
    expect([...reasons]).toEqual(['secretWrong'])
  })

  it('there is nothing to wait for where there is no default configuration', async () => {
    const { clock, manager } = await openLab([])
    const opened = outcome(manager.createSession(manager.defaultConfiguration()).open({ keepOpen: 'always' }))
    await clock.advance(100)
    expect(opened.value).toMatch(/^invalidConfiguration/)
  })
})

describe('L7: a trial that is not decided by its deadline', () => {
  it('is accepted (R13)', async () => {
    const lab = await openLab()
    const { session, trial } = await onTrial(lab)
    await lab.clock.advance(trial.remaining ?? 0)
    expect([session.activeConfiguration, session.trial]).toEqual(['a', null])
  })

  it('is rejected if a check was asked about it, and stays out for retryAfter (R19)', async () => {
    const lab = await openLab()
    const { session, trial } = await onTrial(lab)
    trial.requireDecision()
    await lab.clock.advance((trial.remaining ?? 0) - 1)
    expect(session.trial).not.toBeNull()
    await lab.clock.advance(1)
    expect([session.activeConfiguration, session.state, session.trial]).toEqual(['b', 'connected', null])
    await lab.clock.advance(120_000)
    expect(session.activeConfiguration).toBe('b')
  })

  it('is accepted if the check says so in time', async () => {
    const lab = await openLab()
    const { session, trial } = await onTrial(lab)
    trial.requireDecision()
    await lab.clock.advance(20_000)
    void trial.accept()
    await lab.clock.advance(60_000)
    expect(session.activeConfiguration).toBe('a')
  })

  it('requireDecision() after the trial has no effect', async () => {
    const lab = await openLab()
    const { session, trial } = await onTrial(lab)
    void trial.accept()
    await lab.clock.advance(100)
    trial.requireDecision()
    await lab.clock.advance(60_000)
    expect([session.activeConfiguration, session.state]).toEqual(['a', 'connected'])
  })

  it("the decision that one trial requires is not the next one's", async () => {
    const lab = await openLab(undefined, { retryAfter: 1000 })
    const { session, trial } = await onTrial(lab)
    trial.requireDecision()
    void trial.reject()
    await lab.clock.advance(100)
    lab.world.setInRange('a', false)
    await lab.clock.advance(2000)
    lab.world.setInRange('a', true)
    await lab.clock.advance(10_000)
    expect(session.trial?.id).not.toBe(trial.id)
    trial.requireDecision()
    await lab.clock.advance(60_000)
    expect(session.activeConfiguration).toBe('a')
  })

  it('is still rejected after the machine has slept, with all of its time again (L4)', async () => {
    const lab = await openLab(undefined, { wakeGrace: 10_000 })
    const { session, trial } = await onTrial(lab)
    trial.requireDecision()
    await lab.clock.advance(20_000)
    lab.world.setPower('asleep')
    await lab.clock.flush()
    lab.clock.sleep(3_600_000)
    lab.world.setPower('awake')
    await lab.clock.advance(10_000 + 29_000)
    expect(session.trial?.id).toBe(trial.id)
    await lab.clock.advance(2000)
    expect([session.activeConfiguration, session.trial]).toEqual(['b', null])
  })

  it('with a deadline of 0 there is nothing to require (R13)', async () => {
    const lab = await openLab(undefined, { trialTimeout: 0 })
    const { session, trial } = await onTrial(lab)
    trial.requireDecision()
    await lab.clock.advance(60_000)
    expect(session.activeConfiguration).toBe('a')
  })
})

describe('L8: opening a service network', () => {
  const hidden = { inRange: false, activate: 'yes' } as const

  async function tried(configurations: Parameters<typeof openLab>[0], ...members: readonly string[]) {
    const tries: string[] = []
    const lab = await openLab(configurations, {
      spy: { activating: (id) => void tries.push(id), activated() {}, deactivating() {} },
    })
    ranked(lab.manager, ...members)
    const session = lab.manager.createSession('net')
    return { ...lab, session, tries }
  }

  it('tries what is in range before what may be hidden, however well that ranks', async () => {
    const { world, clock, session, tries } = await tried(
      [{ id: 'h', ...hidden }, { id: 'b' }, { id: 'c' }],
      'h',
      'b',
      'c',
    )
    world.failNext('b', 'timedOut')
    world.failNext('c', 'timedOut')
    void session.open()
    await clock.advance(100)
    expect(tries).toEqual(['b', 'c', 'h'])
    expect(session.activeConfiguration).toBe('h')
  })

  it('a session does not leave a working link for a hidden one, however well that ranks', async () => {
    const { clock, session, tries } = await tried([{ id: 'h', ...hidden }, { id: 'b' }], 'h', 'b')
    void session.open()
    await clock.advance(60_000)
    expect([session.activeConfiguration, tries]).toEqual(['b', ['b']])
  })

  it('a session that lost its link tries what is in range first, and then what may be hidden', async () => {
    const { world, clock, session, tries } = await tried(
      [{ id: 'h', ...hidden }, { id: 'b' }, { id: 'c' }],
      'h',
      'b',
      'c',
    )
    void session.open()
    await clock.advance(100)
    world.failNext('c', 'timedOut')
    world.setInRange('b', false)
    await clock.advance(1000)
    expect(tries).toEqual(['b', 'c', 'h'])
    expect(session.activeConfiguration).toBe('h')
  })

  it('opens one in range without having tried a hidden one', async () => {
    const { clock, session, tries } = await tried([{ id: 'h', ...hidden }, { id: 'b' }], 'h', 'b')
    const opened: unknown[] = []
    session.on('opened', () => opened.push(session.activeConfiguration, ...tries))
    void session.open()
    await clock.advance(100)
    expect(opened).toEqual(['b', 'b'])
  })

  it("one in range that takes the system's device comes before a hidden one, and after the others (H5)", async () => {
    const { world, clock, session, tries } = await tried(
      [
        { id: 'up', link: 'up', device: 'wlan0' },
        { id: 'd', device: 'wlan0' },
        { id: 'h', device: 'wlan1', ...hidden },
        { id: 'b', device: 'wlan2' },
      ],
      'h',
      'd',
      'b',
    )
    for (const id of ['b', 'd']) world.failNext(id, 'timedOut')
    void session.open()
    await clock.advance(100)
    expect(tries.slice(0, 3)).toEqual(['b', 'd', 'h'])
  })

  it('a hidden one that is free comes before one that would take a device', async () => {
    const { world, clock, session, tries } = await tried(
      [
        { id: 'up', link: 'up', device: 'wlan0' },
        { id: 'h1', device: 'wlan0', ...hidden },
        { id: 'h2', device: 'wlan1', ...hidden },
      ],
      'h1',
      'h2',
    )
    world.failNext('h2', 'timedOut')
    void session.open()
    await clock.advance(100)
    expect(tries.slice(0, 2)).toEqual(['h2', 'h1'])
  })
})
