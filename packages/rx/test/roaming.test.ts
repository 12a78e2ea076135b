import { byOrder, type ManagerOptions, type NetworkSession } from '@roamkit/core'
import { BehaviorSubject, NEVER, Observable, of, switchMap, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  acceptWhen,
  decideRoaming,
  ignoreMetered,
  ignoreUnlessSeamless,
  migrateWhen,
  type OfferAnswer,
  type OfferQuestion,
  type Opinion,
  type RoamingDecision,
  type RoamingPolicy,
  type RoamingQuestion,
  roamingOffers$,
  roamingStarted$,
  session$,
} from '../src/index.js'
import { countListeners, type Lab, listen, open, openLab } from './lab.js'

interface Roamer extends Lab {
  readonly session: NetworkSession
}

/** A session on a network of `b`, which is in use, and `a`, which is better and comes into range. */
async function openRoamer(options: ManagerOptions = {}): Promise<Roamer> {
  const lab = await openLab([{ id: 'a', inRange: false, activate: 'unknown' }, { id: 'b' }], options)
  const members = ['a', 'b']
  const network = { identifier: 'net', members, ranking: [byOrder(members)] }
  const session = lab.manager.createSession(lab.manager.defineServiceNetwork(network))
  await open(lab, session)
  expect(session.activeConfiguration).toBe('b')
  return { ...lab, session }
}

const brief = ({ question, answer, tookEffect, error }: RoamingDecision) =>
  `${question.type} ${question.configuration.identifier}: ${answer} ${tookEffect}${error === null ? '' : ` ${error}`}`

/** Decides with these policies, brings `a` into range, and returns the decisions and the resulting link. */
async function decide(...policies: readonly RoamingPolicy[]) {
  const roamer = await openRoamer()
  const { words, subscription } = listen(decideRoaming(roamer.session, ...policies), brief)
  await roamer.clock.flush()
  roamer.world.setInRange('a', true)
  await roamer.clock.advance(1000)
  return { ...roamer, words, subscription, active: () => roamer.session.activeConfiguration }
}

describe('roamingOffers$', () => {
  it('makes the session ask while there is a subscriber, and roam by itself otherwise (R3, R4, R21)', async () => {
    const { session, world, clock } = await openRoamer()
    const { words, subscription } = listen(roamingOffers$(session), ({ type }) => type)
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(1000)
    expect([words, session.activeConfiguration]).toEqual([['offer'], 'b'])
    subscription.unsubscribe()
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
    expect(words).toEqual(['offer'])
  })

  it('a question tells the time that is left whenever it is read, and does not change otherwise (R13)', async () => {
    const { session, world, clock } = await openRoamer()
    const questions: RoamingQuestion[] = []
    roamingOffers$(session).subscribe((question) => questions.push(question))
    world.setInRange('a', true)
    await clock.advance(1000)
    void session.migrate()
    await clock.advance(1000)
    const [offer, trial] = questions
    expect(trial).toMatchObject({ type: 'trial', id: session.trial?.id, deadline: session.trial?.deadline })
    expect(trial).toSatisfy(Object.isFrozen)
    const before = trial?.remaining ?? Number.NaN
    await clock.advance(10_000)
    expect(trial?.remaining).toBe(before - 10_000)
    expect([trial?.remaining, offer?.remaining]).toEqual([session.trial?.remaining, 0])
    await clock.advance(30_000)
    expect(trial?.remaining).toBe(0)
  })

  it('gives a late subscriber the waiting question, and none that is over (R3, R6, R10)', async () => {
    const { session, world, clock } = await openRoamer()
    const late = () => listen(roamingOffers$(session), ({ type }) => type).words
    const first = late()
    await clock.flush()
    expect(late()).toEqual([])
    world.setInRange('a', true)
    await clock.advance(1000)
    expect([first, late()]).toEqual([['offer'], ['offer']])
    void session.migrate()
    await clock.advance(1000)
    expect(session.trial).not.toBeNull()
    expect([first, late()]).toEqual([['offer', 'trial'], ['trial']])
    void session.accept()
    await clock.advance(1000)
    expect(late()).toEqual([])
  })

  it('asks once, even if the subscriber arrives between the change and its event (R11)', async () => {
    const { session, world, clock } = await openRoamer()
    const asked: string[] = []
    // Keeps the session asking. The other one subscribes when it learns that the session roams.
    listen(roamingOffers$(session), () => '')
    world.set('a', { inRange: true })
    session.on('stateChanged', (state) => {
      if (state === 'roaming') listen(roamingOffers$(session), ({ type }) => asked.push(type))
    })
    await clock.flush()
    void session.ignore()
    await clock.flush()
    world.down('b', 'carrierLost')
    await clock.advance(100)
    expect(session.offer?.deadline).not.toBeNull()
    expect(asked).toEqual(['offer'])
  })

  it('the answers to a repeated question apply to that question only (R14, R22)', async () => {
    const { session, world, clock } = await openRoamer()
    listen(roamingOffers$(session), () => '')
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(100)
    const asked: RoamingQuestion[] = []
    listen(roamingOffers$(session), (question) => asked.push(question))
    world.setInRange('a', false)
    await clock.advance(100)
    world.setInRange('a', true)
    await clock.advance(100)
    expect(asked.map(({ type }) => type)).toEqual(['offer', 'offer'])
    const [stale, standing] = asked as OfferQuestion[]
    expect(await stale?.migrate()).toBe(false)
    expect(session.offer).not.toBeNull()
    const ignored = standing?.ignore()
    await clock.flush()
    expect(await ignored).toBe(true)
  })

  it('asks whether to roam, then whether to stay, each until it is answered', async () => {
    const { session, world, clock } = await openRoamer()
    const emitted: string[] = []
    listen(roamingOffers$(session), (question) => {
      const word = `${question.type} ${question.configuration.identifier}`
      emitted.push(word)
      listen(question.over$, () => emitted.push(`${word} is over`))
      void (question.type === 'offer' ? question.migrate() : question.accept())
    })
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(emitted).toEqual(['offer a', 'offer a is over', 'trial a', 'trial a is over'])
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'a'])
  })

  it('a question is over when it is withdrawn, answered elsewhere, or the manager is closed', async () => {
    const { session, world, clock, manager } = await openRoamer()
    const emitted: string[] = []
    listen(roamingOffers$(session), ({ type, over$ }) => {
      emitted.push(type)
      listen(over$, () => emitted.push('over'))
    })
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(1000)
    world.setInRange('a', false)
    await clock.advance(1000)
    expect(emitted).toEqual(['offer', 'over'])
    world.setInRange('a', true)
    await clock.advance(1000)
    void session.ignore()
    await clock.flush()
    expect(emitted.slice(2)).toEqual(['offer', 'over'])
    world.setInRange('a', false)
    await clock.advance(1000)
    world.setInRange('a', true)
    await clock.advance(1000)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(emitted.slice(4)).toEqual(['offer', 'over'])
  })

  it('a trial that is accepted at once is over when it is emitted (R13)', async () => {
    const { session, world, clock } = await openRoamer({ trialTimeout: 0 })
    const emitted: string[] = []
    listen(roamingOffers$(session), (question) => {
      emitted.push(question.type)
      listen(question.over$, () => emitted.push('over'))
      if (question.type === 'offer') void question.migrate()
    })
    await clock.flush()
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
    expect(emitted).toEqual(['offer', 'over', 'trial', 'over'])
  })

  it('completes with the manager', async () => {
    const { session, manager, clock } = await openRoamer()
    const { words } = listen(roamingOffers$(session), () => '')
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(words).toEqual(['complete'])
  })
})

describe('roamingStarted$', () => {
  it('emits why a session roams, without making it ask (R4)', async () => {
    const { session, world, clock } = await openRoamer()
    const { words } = listen(
      roamingStarted$(session),
      ({ from, to, because, explanation }) =>
        `${from.identifier}>${to.identifier} ${because} ${explanation?.because}`,
    )
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(words).toEqual(['b>a better order'])
    expect([session.activeConfiguration, session.offer]).toEqual(['a', null])
  })

  it('completes with the manager', async () => {
    const { session, manager, clock } = await openRoamer()
    const { words } = listen(roamingStarted$(session), () => '')
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(words).toEqual(['complete'])
  })
})

describe('decideRoaming', () => {
  it('without a policy accepts every offer', async () => {
    const { words, active } = await decide()
    expect(words).toEqual(['offer a: migrate true', 'trial a: accept true'])
    expect(active()).toBe('a')
  })

  it('asks the policies in turn until one has an opinion, in any form', async () => {
    const asked: string[] = []
    const policy = (
      name: string,
      opinion: () => ReturnType<NonNullable<RoamingPolicy['offer']>>,
    ): RoamingPolicy => ({
      offer: () => {
        asked.push(name)
        return opinion()
      },
    })
    const { words, active } = await decide(
      policy('none', () => null),
      {},
      policy('a promise of none', async () => null),
      policy('empty', () => []),
      policy('a stream', () => of<OfferAnswer[]>('ignore', 'migrate')),
      policy('too late', () => 'migrate'),
    )
    expect(asked).toEqual(['none', 'a promise of none', 'empty', 'a stream'])
    expect(words).toEqual(['offer a: ignore true'])
    expect(active()).toBe('b')
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('bad policy')
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('bad policy'))],
    ['fails', () => throwError(() => new TypeError('bad policy'))],
  ] as const)('a policy that %s counts as staying, and the decision has the error', async (_how, opinion) => {
    const { words, active } = await decide({ offer: opinion })
    expect(words).toEqual(['offer a: ignore true TypeError: bad policy'])
    expect(active()).toBe('b')
  })

  describe.each<[string, (value: unknown) => Opinion<never>]>([
    ['at once', (value) => value as never],
    ['by a promise', async (value) => value as never],
    ['by a stream', (value) => of(value as never)],
    ['by an array', (value) => [value as never]],
  ])('an answer %s', (_how, by) => {
    it.each([
      [undefined, 'undefined'],
      ['accept', "'accept'"],
      ['migarte', "'migarte'"],
      [true, 'true'],
      [false, 'false'],
      [Symbol('yes'), 'Symbol(yes)'],
    ])('that is invalid counts as staying, with a TypeError that names it: %s', async (value, named) => {
      const { words, active } = await decide({ offer: () => by(value) }, { offer: () => 'migrate' })
      expect(words).toEqual([
        `offer a: ignore true TypeError: a policy must answer an offer with 'migrate', 'ignore' or null, not ${named}`,
      ])
      expect(active()).toBe('b')
    })

    it('to a trial that is invalid counts as going back', async () => {
      const { words, active } = await decide({ trial: () => by('migrate') })
      expect(words.at(-1)).toBe(
        "trial a: reject true TypeError: a policy must answer a trial with 'accept', 'reject' or null, not 'migrate'",
      )
      expect(active()).toBe('b')
    })

    it('of null means no opinion', async () => {
      const { words } = await decide({ offer: () => by(null) }, { offer: () => 'ignore' })
      expect(words).toEqual(['offer a: ignore true'])
    })
  })

  it.each([
    ['an empty promise of a list', async () => [] as never],
    ['an object', () => ({}) as never],
    ['a function', () => (() => 'migrate') as never],
  ])('an answer that is %s is invalid and counts as staying', async (_what, offer) => {
    const { words } = await decide({ offer })
    expect(words).toEqual([expect.stringMatching(/^offer a: ignore true TypeError: /)])
  })

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a policy that was not called', ignoreMetered],
    ['a word', 'ignore'],
    ['a policy whose offer is not a function', { offer: 'ignore' }],
    ['a policy with a misspelt function', { offers: () => 'ignore' }],
  ])('throws at once for an invalid policy: %s', async (_what, policy) => {
    const { session } = await openRoamer()
    expect(() => decideRoaming(session, {}, policy as never)).toThrow(TypeError)
  })

  it('drops a question that is over, and aborts the policies that work on it', async () => {
    const signals: AbortSignal[] = []
    const { words, world, clock } = await decide({
      offer: (_offer, { signal }) => {
        signals.push(signal)
        return NEVER
      },
    })
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    world.setInRange('a', false)
    await clock.advance(100)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(words).toEqual([])
  })

  it('unsubscribing aborts the policies and lets the session roam by itself', async () => {
    let cancelled = 0
    const { subscription, session, clock } = await decide({
      offer: () => new Observable(() => () => (cancelled += 1)),
    })
    const counter = countListeners(session)
    subscription.unsubscribe()
    expect(cancelled).toBe(1)
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
    expect(counter.live).toBe(0)
  })
})

describe('a policy that is swapped', () => {
  /** A session whose policy comes from a subject. The first policy never answers. */
  async function openSwapped(first: RoamingPolicy) {
    const roamer = await openRoamer()
    const policy$ = new BehaviorSubject(first)
    const decisions = policy$.pipe(switchMap((policy) => decideRoaming(roamer.session, policy)))
    const { words, subscription } = listen(decisions, brief)
    await roamer.clock.flush()
    roamer.world.setInRange('a', true)
    await roamer.clock.advance(1000)
    return { ...roamer, policy$, words, subscription }
  }
  const silent: RoamingPolicy = { offer: () => NEVER, trial: () => NEVER }

  it('leaves a pending offer to the next one (R3, R21)', async () => {
    const { session, clock, policy$, words } = await openSwapped(silent)
    expect([session.offer === null, words]).toEqual([false, []])
    policy$.next({ offer: () => 'ignore' })
    await clock.advance(1000)
    expect(words).toEqual(['offer a: ignore true'])
    expect([session.offer, session.activeConfiguration]).toEqual([null, 'b'])
  })

  it('leaves a pending trial to the next one (R6)', async () => {
    const { session, clock, policy$, words } = await openSwapped({
      offer: () => 'migrate',
      trial: () => NEVER,
    })
    expect(session.trial).not.toBeNull()
    policy$.next({ trial: () => 'reject' })
    await clock.advance(1000)
    expect(words).toEqual(['offer a: migrate true', 'trial a: reject true'])
    expect(session.activeConfiguration).toBe('b')
  })

  it('leaves an offer after a loss, with its deadline, to the next one (R11)', async () => {
    const { session, world, clock, policy$, words } = await openSwapped(silent)
    world.down('b', 'carrierLost')
    await clock.advance(1000)
    const deadline = session.offer?.deadline
    expect(deadline).toBeTypeOf('number')
    const deadlines: unknown[] = []
    policy$.next({
      offer: (offer) => {
        deadlines.push(offer.deadline)
        return 'migrate'
      },
    })
    await clock.advance(1000)
    expect(deadlines).toEqual([deadline])
    expect(words).toEqual(['offer a: migrate true', 'trial a: accept true'])
  })

  it('in the middle of its own question no longer has a say', async () => {
    const roamer = await openRoamer()
    const next: RoamingPolicy = { offer: () => 'ignore' }
    const policy$ = new BehaviorSubject<RoamingPolicy>({
      offer() {
        policy$.next(next)
        return 'migrate'
      },
    })
    const decisions = policy$.pipe(switchMap((policy) => decideRoaming(roamer.session, policy)))
    const { words } = listen(decisions, brief)
    await roamer.clock.flush()
    roamer.world.setInRange('a', true)
    await roamer.clock.advance(1000)
    expect(words).toEqual(['offer a: ignore true'])
    expect(roamer.session.activeConfiguration).toBe('b')
  })

  it('with nothing after it lets the session roam by itself (R4, R21)', async () => {
    const { session, clock, subscription } = await openSwapped(silent)
    subscription.unsubscribe()
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
  })
})

describe('policies', () => {
  it('acceptWhen: goes back from what the probe finds bad, with the new link in hand', async () => {
    const probed: unknown[] = []
    const { words, active } = await decide(
      acceptWhen((link, { signal }) => {
        probed.push(link?.name, signal.aborted)
        return Promise.resolve(false)
      }),
    )
    expect(probed).toEqual(['dev-a', false])
    expect(words).toEqual(['offer a: migrate true', 'trial a: reject true'])
    expect(active()).toBe('b')
  })

  const verdicts: readonly [string, () => Opinion<boolean>, boolean, string][] = [
    ['true', () => true, true, ''],
    ['a promise of true', async () => true, true, ''],
    ['a stream of true', () => of(true), true, ''],
    ['false', () => false, false, ''],
    ['nothing', () => [], false, ''],
    ['null', () => null, false, ''],
    ['undefined', () => undefined as never, false, ''],
    ['a promise of undefined', async () => undefined as never, false, ''],
    ['1', () => 1 as never, false, ''],
    ['a promise of 1', async () => 1 as never, false, ''],
    ['a failure', () => Promise.reject(new Error('no way')), false, ' Error: no way'],
  ]
  it.each(verdicts)(
    'acceptWhen: only true stays, and the decision has the error of a failure: %s',
    async (_what, probe, isYes, error) => {
      const { words } = await decide(acceptWhen(probe))
      expect(words.at(-1)).toBe(`trial a: ${isYes ? 'accept' : 'reject'} true${error}`)
    },
  )

  it.each(verdicts)(
    'migrateWhen: only true roams, and the decision has the error of a failure: %s',
    async (_what, isWanted, isYes, error) => {
      const { words } = await decide(migrateWhen(isWanted))
      expect(words[0]).toBe(`offer a: ${isYes ? 'migrate' : 'ignore'} true${error}`)
    },
  )

  it('acceptWhen: a probe that takes too long is ended when the trial is (R13)', async () => {
    let signal: AbortSignal | null = null
    const { words, clock, session } = await decide(
      acceptWhen((_link, call) => {
        signal = call.signal
        return NEVER
      }),
    )
    expect(signal).toMatchObject({ aborted: false })
    await clock.advance(30_000)
    expect(signal).toMatchObject({ aborted: true })
    expect(session.state).toBe('connected')
    expect(words).toEqual(['offer a: migrate true'])
  })

  it('migrateWhen: there and nowhere else', async () => {
    expect(
      (await decide(migrateWhen(({ configuration }) => configuration.identifier === 'a'))).active(),
    ).toBe('a')
    expect((await decide(migrateWhen(() => false))).active()).toBe('b')
  })

  it('ignoreUnlessSeamless: stays, but not after a loss', async () => {
    const { words, world, clock, active } = await decide(ignoreUnlessSeamless())
    expect(words).toEqual(['offer a: ignore true'])
    world.down('b', 'carrierLost')
    await clock.advance(1000)
    expect(words.slice(1)).toEqual(['offer a: migrate true', 'trial a: accept true'])
    expect(active()).toBe('a')
  })

  it.each([
    [
      'by default a metered link is better than none after a loss',
      {},
      ['offer a: migrate true', 'trial a: accept true'],
    ],
    [
      'the same in so many words',
      { afterLoss: 'migrate' },
      ['offer a: migrate true', 'trial a: accept true'],
    ],
    ['not even after a loss, with afterLoss "ignore"', { afterLoss: 'ignore' }, ['offer a: ignore true']],
  ] as const)('ignoreMetered: %s (R11)', async (_when, options, expected) => {
    const roamer = await openRoamer()
    roamer.world.set('a', { metered: { value: true, sure: true } })
    const { words } = listen(decideRoaming(roamer.session, ignoreMetered(options)), brief)
    await roamer.clock.flush()
    roamer.world.setInRange('a', true)
    roamer.world.down('b', 'carrierLost')
    await roamer.clock.advance(1000)
    expect(words).toEqual(expected)
  })

  it('ignoreMetered: as the README has it stays online over a loss, and leaves the metered link when a free one is back (R3, R11)', async () => {
    const metered = { value: true, sure: true }
    const lab = await openLab([
      { id: 'free', activate: 'unknown' },
      { id: 'lte', metered },
    ])
    const members = ['free', 'lte']
    const network = { identifier: 'net', members, ranking: [byOrder(members)] }
    const session = await open(lab, lab.manager.createSession(lab.manager.defineServiceNetwork(network)))
    const { words } = listen(decideRoaming(session, ignoreMetered()), brief)
    await lab.clock.flush()
    lab.world.setInRange('free', false)
    await lab.clock.advance(1000)
    expect([session.isOpen, session.state, session.activeConfiguration]).toEqual([true, 'connected', 'lte'])
    lab.world.setInRange('free', true)
    // One that was lost has to be good for a while first (L3).
    await lab.clock.advance(5000)
    expect(session.activeConfiguration).toBe('free')
    expect(words).toEqual([
      'offer lte: migrate true',
      'trial lte: accept true',
      'offer free: migrate true',
      'trial free: accept true',
    ])
  })

  it('ignoreMetered: without a loss, with either afterLoss', async () => {
    const roamer = await openRoamer()
    roamer.world.set('a', { metered: { value: true, sure: true } })
    const { words } = listen(decideRoaming(roamer.session, ignoreMetered()), brief)
    await roamer.clock.flush()
    roamer.world.setInRange('a', true)
    await roamer.clock.advance(1000)
    expect(words).toEqual(['offer a: ignore true'])
  })

  it('ignoreMetered: says nothing of what is free, or unknown', async () => {
    expect((await decide(ignoreMetered())).active()).toBe('a')
  })
})

describe('L7: a trial that a policy was asked about and has not decided', () => {
  it.each([
    ['acceptWhen with a probe that never answers', acceptWhen(() => NEVER)],
    ['acceptWhen with a promise that never settles', acceptWhen(() => new Promise<boolean>(() => {}))],
    ['a policy of your own', { trial: () => NEVER }],
  ] as const)('is rejected at its deadline: %s', async (_name, policy) => {
    const { session, clock, words } = await decide(policy)
    expect(session.trial).not.toBeNull()
    await clock.advance(30_000)
    expect([session.activeConfiguration, session.state, session.trial]).toEqual(['b', 'connected', null])
    expect(words).toEqual(['offer a: migrate true'])
  })

  it('is rejected by a session$ as well', async () => {
    const { manager, clock, world } = await openLab([
      { id: 'a', inRange: false, activate: 'unknown' },
      { id: 'b' },
    ])
    const members = ['a', 'b']
    manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    const { words } = listen(
      session$(manager, 'net', { policies: [acceptWhen(() => NEVER)] }),
      ({ activeConfiguration }) => activeConfiguration,
    )
    await clock.advance(100)
    world.setInRange('a', true)
    await clock.advance(32_000)
    expect(words.at(-1)).toBe('b')
    expect(words).toContain('a')
  })

  it('is accepted if no policy has an opinion on trials, or none was asked (R13)', async () => {
    const { session, words } = await decide(ignoreMetered())
    expect(words).toEqual(['offer a: migrate true', 'trial a: accept true'])
    expect(session.activeConfiguration).toBe('a')
    const asked = await openRoamer()
    roamingOffers$(asked.session).subscribe((question) => {
      if (question.type === 'offer') void question.migrate()
    })
    asked.world.setInRange('a', true)
    await asked.clock.advance(32_000)
    expect([asked.session.activeConfiguration, asked.session.trial]).toEqual(['a', null])
  })

  it('is rejected if a question that was taken from the stream requires a decision', async () => {
    const { session, world, clock } = await openRoamer()
    roamingOffers$(session).subscribe((question) => {
      if (question.type === 'offer') void question.migrate()
      else question.requireDecision()
    })
    world.setInRange('a', true)
    await clock.advance(32_000)
    expect([session.activeConfiguration, session.trial]).toEqual(['b', null])
  })

  it('is still the same question after the machine has slept: the probe goes on and its answer counts (L4)', async () => {
    const signals: AbortSignal[] = []
    let answer = (_isWanted: boolean) => {}
    const { session, clock, world, words } = await decide(
      acceptWhen((_link, { signal }) => {
        signals.push(signal)
        return new Promise<boolean>((resolve) => {
          answer = resolve
        })
      }),
    )
    world.setPower('asleep')
    await clock.flush()
    clock.sleep(3_600_000)
    world.setPower('awake')
    await clock.advance(40_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    answer(true)
    await clock.advance(1000)
    expect(words).toEqual(['offer a: migrate true', 'trial a: accept true'])
    expect(session.activeConfiguration).toBe('a')
  })
})
