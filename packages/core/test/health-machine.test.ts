import { describe, expect, it } from 'vitest'
import { type HealthOptions, healthPlan } from '../src/configurations/health-options.js'
import {
  type HealthEffect,
  type HealthInput,
  type LinkHealth,
  nextHealthTime,
  reduceHealth,
  UNKNOWN_HEALTH,
} from '../src/health/health-machine.js'

/** A link whose checks answer as they are told, in virtual time. */
class Link {
  now = 0
  health: LinkHealth = UNKNOWN_HEALTH
  /** When each check began. */
  readonly checks: number[] = []
  readonly aborted: number[] = []
  readonly effects: HealthEffect[] = []
  /** What a check finds; `null`: it never answers. `unknown`: it cannot tell. */
  answer: 'alive' | 'failed' | 'unknown' | null = 'alive'
  readonly #plan

  constructor(options: HealthOptions = { check: async () => true }) {
    this.#plan = healthPlan('the health', options)
  }

  take(input: HealthInput): void {
    const context = { now: this.now, plan: this.#plan, retryAfter: 60_000, retryAfterLimit: 200_000 }
    const [health, effects] = reduceHealth(this.health, input, context)
    this.health = health
    this.effects.push(...effects)
    for (const effect of effects) this.#perform(effect)
  }

  /** Lets time pass; each check answers at once. */
  pass(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const at = nextHealthTime(this.health)
      if (at === null || at > end) break
      this.now = Math.max(at, this.now)
      this.take({ type: 'due' })
    }
    this.now = end
  }

  report(...evidence: readonly boolean[]): void {
    for (const alive of evidence) this.take({ type: 'reported', alive })
  }

  #perform(effect: HealthEffect): void {
    if (effect.type === 'abort') {
      this.aborted.push(this.now)
      return
    }
    this.checks.push(this.now)
    if (this.answer === null) return
    const alive = this.answer === 'unknown' ? null : this.answer === 'alive'
    this.take({ type: 'checked', check: effect.check, alive })
  }
}

function watched(options?: HealthOptions): Link {
  const link = new Link(options)
  link.take({ type: 'watched' })
  return link
}

describe('L1: checks', () => {
  it('begin at once, and come quickly until the verdict is there, then every 10 s', () => {
    const link = watched()
    link.pass(25_000)
    expect(link.checks).toEqual([0, 2000, 12_000, 22_000])
    expect(link.health.verdict).toBe('good')
  })

  it('are made only while the link is in use', () => {
    const link = new Link()
    link.pass(100_000)
    expect(link.checks).toEqual([])
    link.take({ type: 'watched' })
    link.pass(3000)
    link.take({ type: 'unwatched' })
    link.pass(100_000)
    expect(link.checks).toHaveLength(2)
    link.take({ type: 'watched' })
    link.pass(0)
    expect(link.checks).toHaveLength(3)
  })

  it('are made for one use, however often it is told', () => {
    const link = watched()
    link.take({ type: 'watched' })
    link.pass(0)
    link.take({ type: 'watched' })
    link.pass(1999)
    expect(link.checks).toEqual([0])
  })

  it('are never made without a check', () => {
    const link = watched({})
    expect(nextHealthTime(link.health)).toBe(Number.POSITIVE_INFINITY)
    link.report(true, true)
    expect(link.health.verdict).toBe('good')
    expect(nextHealthTime(link.health)).toBe(Number.POSITIVE_INFINITY)
  })

  it('come faster after the first failure, and three in a row are bad', () => {
    const link = watched()
    link.pass(12_000)
    link.answer = 'failed'
    link.pass(14_000)
    expect(link.checks).toEqual([0, 2000, 12_000, 22_000, 24_000, 26_000])
    expect(link.health.verdict).toBe('bad')
  })

  it('of a bad link go on slowly, and fast again once one succeeds', () => {
    const link = watched()
    link.answer = 'failed'
    link.pass(4000)
    expect(link.health.verdict).toBe('bad')
    link.pass(10_000)
    link.answer = 'alive'
    link.pass(12_000)
    expect(link.checks).toEqual([0, 2000, 4000, 14_000, 24_000, 26_000])
    expect(link.health.verdict).toBe('good')
  })

  it('fail when they take longer than their timeout, and are aborted', () => {
    const link = watched()
    link.answer = null
    link.pass(3999)
    expect(link.aborted).toEqual([])
    link.pass(100_000)
    // 4 s each, 2 s apart until the verdict, then 10 s.
    expect(link.checks.slice(0, 5)).toEqual([0, 6000, 12_000, 26_000, 40_000])
    expect(link.aborted.slice(0, 3)).toEqual([4000, 10_000, 16_000])
    expect(link.health.verdict).toBe('bad')
  })

  it('that cannot tell are no evidence', () => {
    const link = watched()
    link.answer = 'unknown'
    link.pass(10_000)
    expect(link.checks).toEqual([0, 2000, 4000, 6000, 8000, 10_000])
    expect(link.health).toMatchObject({ verdict: 'unknown', successes: 0, failures: 0 })
  })

  it('that cannot tell any more leave a bad link bad for a time, which doubles, and then nothing is known of it', () => {
    const link = watched()
    link.answer = 'failed'
    link.pass(4000)
    expect(link.health).toMatchObject({ verdict: 'bad', relapses: 1 })
    link.answer = 'unknown'
    link.pass(10_000)
    link.pass(59_000)
    expect(link.health).toMatchObject({ verdict: 'bad', blindSince: 14_000 })
    link.pass(1000)
    expect(link.health).toMatchObject({ verdict: 'unknown', failures: 0, blindSince: null, relapses: 1 })
    link.answer = 'failed'
    link.pass(20_000)
    link.answer = 'unknown'
    link.pass(120_000)
    expect(link.health).toMatchObject({ verdict: 'bad', relapses: 2 })
    link.pass(10_000)
    expect(link.health.verdict).toBe('unknown')
  })

  it('that can tell again in between restart that time', () => {
    const link = watched()
    link.answer = 'failed'
    link.pass(4000)
    link.answer = 'unknown'
    link.pass(40_000)
    link.answer = 'failed'
    link.pass(10_000)
    link.answer = 'unknown'
    link.pass(60_000)
    expect(link.health.verdict).toBe('bad')
    link.pass(10_000)
    expect(link.health.verdict).toBe('unknown')
  })

  it('that answer too late do not count', () => {
    const link = watched()
    link.answer = null
    link.pass(4000)
    link.take({ type: 'checked', check: 1, alive: true })
    expect(link.health).toMatchObject({ successes: 0, failures: 1 })
    link.pass(2000)
    link.take({ type: 'checked', check: 1, alive: true })
    expect(link.health.phase).toMatchObject({ kind: 'checking', check: 2 })
  })

  it('that cannot tell say nothing against a good link', () => {
    const link = watched()
    link.pass(2000)
    link.answer = 'unknown'
    link.pass(100_000)
    expect(link.health).toMatchObject({ verdict: 'good', successes: 2, blindSince: null })
  })

  it('that do not run are not aborted', () => {
    const link = watched()
    link.pass(1000)
    link.take({ type: 'renewed' })
    link.take({ type: 'unwatched' })
    expect(link.effects).toEqual([{ type: 'check', check: 1 }])
  })

  it('in between two times nothing is due', () => {
    const link = watched()
    link.pass(1000)
    const before = link.health
    link.take({ type: 'due' })
    expect(link.health).toBe(before)
    // Nor is there a time at which a good verdict is forgotten.
    const idle = new Link({})
    idle.report(true, true)
    idle.pass(1_000_000)
    idle.take({ type: 'due' })
    expect(idle.health.verdict).toBe('good')
  })
})

describe('L1: evidence of the application', () => {
  it('counts as a check: two successes are good, three failures are bad', () => {
    const link = watched({})
    const verdicts = [true, true, false, false, false, true, true].map((alive) => {
      link.report(alive)
      return link.health.verdict
    })
    expect(verdicts).toEqual(['unknown', 'good', 'good', 'good', 'bad', 'bad', 'good'])
  })

  it('has to be in a row', () => {
    const link = watched({})
    link.report(false, false, true, false, false, true, false, false)
    expect(link.health.verdict).toBe('unknown')
  })

  it('postpones the next check, so that an application whose traffic flows sends no extra byte', () => {
    const link = watched()
    link.pass(2000)
    expect(link.checks).toHaveLength(2)
    for (let second = 0; second < 100; second += 1) {
      link.pass(1000)
      link.report(true)
    }
    expect(link.checks).toHaveLength(2)
    link.pass(10_000)
    expect(link.checks).toHaveLength(3)
  })

  it('that it fails brings the next check forward', () => {
    const link = watched()
    link.pass(3000)
    link.report(false)
    link.pass(2000)
    expect(link.checks).toEqual([0, 2000, 5000])
  })

  it('counts while a check runs, which goes on', () => {
    const link = watched()
    link.answer = null
    link.pass(0)
    link.report(true, true)
    expect(link.health).toMatchObject({ verdict: 'good', phase: { kind: 'checking', check: 1 } })
    link.take({ type: 'checked', check: 1, alive: true })
    expect(nextHealthTime(link.health)).toBe(10_000)
  })

  it('counts for a link out of use, without a check', () => {
    const link = new Link()
    link.report(true, true)
    expect(link.health).toMatchObject({ verdict: 'good', phase: { kind: 'idle' } })
  })

  it('of a link out of use that is bad already does not keep it bad for longer', () => {
    const link = new Link({})
    link.report(false, false, false)
    expect(link.health).toMatchObject({ verdict: 'bad', phase: { kind: 'idle', forgetAt: 60_000 } })
    link.pass(30_000)
    link.report(false)
    link.take({ type: 'unwatched' })
    expect(nextHealthTime(link.health)).toBe(60_000)
  })
})

describe('L1: the verdict', () => {
  it('of a bad link out of use is forgotten after a time, which doubles with each relapse, up to the limit', () => {
    const link = new Link({})
    const times: number[] = []
    for (let round = 0; round < 4; round += 1) {
      link.take({ type: 'watched' })
      link.report(false, false, false)
      expect(link.health.verdict).toBe('bad')
      link.take({ type: 'unwatched' })
      times.push((nextHealthTime(link.health) ?? 0) - link.now)
      link.pass((times.at(-1) ?? 0) - 1)
      expect(link.health.verdict).toBe('bad')
      link.pass(1)
      expect(link.health).toMatchObject({ verdict: 'unknown', successes: 0, failures: 0 })
      expect(nextHealthTime(link.health)).toBeNull()
    }
    expect(times).toEqual([60_000, 120_000, 200_000, 200_000])
  })

  it('starts at the first time again once it was good for long', () => {
    const link = watched({})
    link.report(false, false, false, true, true, true, true, true, true)
    expect(link.health.relapses).toBe(1)
    link.report(true)
    expect(link.health.relapses).toBe(0)
  })

  it('is no longer good when the link has another activation, and what was in a row is not', () => {
    const link = watched()
    link.pass(3000)
    link.report(false, false)
    link.take({ type: 'renewed' })
    expect(link.health).toMatchObject({ verdict: 'unknown', successes: 0, failures: 0 })
    link.pass(0)
    expect(link.checks).toEqual([0, 2000, 3000])
  })

  it('stays bad then, and is checked at once', () => {
    const link = watched()
    link.answer = 'failed'
    link.pass(4000)
    link.answer = 'alive'
    link.pass(1000)
    link.take({ type: 'renewed' })
    expect(link.health.verdict).toBe('bad')
    link.pass(2000)
    expect(link.checks).toEqual([0, 2000, 4000, 5000, 7000])
    expect(link.health.verdict).toBe('good')
  })

  it('of a link out of use is void, too, when it has another activation', () => {
    const link = new Link({})
    link.report(true, true)
    link.take({ type: 'renewed' })
    expect(link.health).toMatchObject({ verdict: 'unknown', phase: { kind: 'idle', forgetAt: null } })
  })

  it('a check that runs is aborted when the link is no longer in use, or has another activation', () => {
    const link = watched()
    link.answer = null
    link.pass(1000)
    link.take({ type: 'renewed' })
    expect(link.aborted).toEqual([1000])
    link.pass(500)
    link.take({ type: 'unwatched' })
    expect(link.aborted).toEqual([1000, 1500])
    link.take({ type: 'unwatched' })
    expect(link.aborted).toHaveLength(2)
  })
})

describe('E2: the options of health', () => {
  it('have defaults', () => {
    expect(healthPlan('health', {})).toEqual({
      check: null,
      every: 10_000,
      everyInDoubt: 2000,
      timeout: 4000,
      downAfter: 3,
      upAfter: 2,
    })
    expect(healthPlan('health', { every: 500 }).everyInDoubt).toBe(500)
  })

  it.each([
    [{ every: 0 }, /every of health must be a number of milliseconds from 1 up, not 0/],
    [{ timeout: -1 }, /timeout of health must be a number of milliseconds from 1 up/],
    [{ downAfter: 1.5 }, /downAfter of health must be a whole number of at least 1, not 1.5/],
    [{ upAfter: 0 }, /upAfter of health/],
    [{ check: 'ping' }, /check of health must be a function, not 'ping'/],
    [{ chek: 1 }, /did you mean 'check'/],
    [7, /health must be an object, not 7/],
  ])('%j is refused by name', (options, message) => {
    expect(() => healthPlan('health', options as HealthOptions)).toThrow(message)
  })
})
