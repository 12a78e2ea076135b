import { byOrder, type NetworkSession } from '@roamkit/core'
import { NEVER, Observable, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  acceptWhen,
  decideRoaming,
  ignoreMetered,
  ignoreUnlessSeamless,
  migrateWhen,
  type OfferAnswer,
  type Opinion,
  type RoamingDecision,
  type RoamingPolicy,
  roamingOffers$,
} from '../src/index.js'
import { countListeners, type Lab, listen, open, openLab } from './lab.js'

interface Roamer extends Lab {
  readonly session: NetworkSession
}

/** A session on a network of `b`, in use, and `a`, which is better and comes into reach. */
async function openRoamer(): Promise<Roamer> {
  const lab = await openLab([{ id: 'a', inReach: false, activate: 'unknown' }, { id: 'b' }])
  const members = ['a', 'b']
  const network = { identifier: 'net', members, ranking: [byOrder(members)] }
  const session = lab.manager.createSession(lab.manager.defineServiceNetwork(network))
  await open(lab, session)
  expect(session.activeConfiguration).toBe('b')
  return { ...lab, session }
}

const brief = ({ question, answer, tookEffect, error }: RoamingDecision) =>
  `${question.type} ${question.configuration.identifier}: ${answer} ${tookEffect}${error === null ? '' : ` ${error}`}`

/** Decides by these, lets `a` come into reach, and gives what was decided, and where that led. */
async function decide(...policies: readonly RoamingPolicy[]) {
  const roamer = await openRoamer()
  const { words, subscription } = listen(decideRoaming(roamer.session, ...policies), brief)
  await roamer.clock.flush()
  roamer.world.reach('a', true)
  await roamer.clock.advance(1000)
  return { ...roamer, words, subscription, active: () => roamer.session.activeConfiguration }
}

describe('roamingOffers$', () => {
  it('has the session consulted while somebody is subscribed, and roams by itself otherwise (R3, R4, R21)', async () => {
    const { session, world, clock } = await openRoamer()
    const { words, subscription } = listen(roamingOffers$(session), ({ type }) => type)
    await clock.flush()
    world.reach('a', true)
    await clock.advance(1000)
    expect([words, session.activeConfiguration]).toEqual([['offer'], 'b'])
    subscription.unsubscribe()
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('a')
    expect(words).toEqual(['offer'])
  })

  it('does not replay', async () => {
    const { session, world, clock } = await openRoamer()
    listen(roamingOffers$(session), () => '')
    await clock.flush()
    world.reach('a', true)
    await clock.advance(1000)
    expect(session.offer).not.toBeNull()
    expect(listen(roamingOffers$(session), ({ type }) => type).words).toEqual([])
  })

  it('asks twice: may I, and is it any good; each until it is answered', async () => {
    const { session, world, clock } = await openRoamer()
    const told: string[] = []
    listen(roamingOffers$(session), (question) => {
      const word = `${question.type} ${question.configuration.identifier}`
      told.push(word)
      listen(question.over$, () => told.push(`${word} is over`))
      void (question.type === 'offer' ? question.migrate() : question.accept())
    })
    await clock.flush()
    world.reach('a', true)
    await clock.advance(1000)
    expect(told).toEqual(['offer a', 'offer a is over', 'trial a', 'trial a is over'])
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'a'])
  })

  it('a question is over when it is withdrawn, answered elsewhere, or the manager is closed', async () => {
    const { session, world, clock, manager } = await openRoamer()
    const told: string[] = []
    listen(roamingOffers$(session), ({ type, over$ }) => {
      told.push(type)
      listen(over$, () => told.push('over'))
    })
    await clock.flush()
    world.reach('a', true)
    await clock.advance(1000)
    world.reach('a', false)
    await clock.advance(1000)
    expect(told).toEqual(['offer', 'over'])
    world.reach('a', true)
    await clock.advance(1000)
    void session.ignore()
    await clock.flush()
    expect(told.slice(2)).toEqual(['offer', 'over'])
    world.reach('a', false)
    await clock.advance(1000)
    world.reach('a', true)
    await clock.advance(1000)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(told.slice(4)).toEqual(['offer', 'over'])
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

describe('decideRoaming', () => {
  it('without a policy takes what is offered', async () => {
    const { words, active } = await decide()
    expect(words).toEqual(['offer a: migrate true', 'trial a: accept true'])
    expect(active()).toBe('a')
  })

  it('asks the policies in turn until one has an opinion, whatever form that has', async () => {
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
  ] as const)('a policy that %s counts as staying, and is told', async (_how, opinion) => {
    const { words, active } = await decide({ offer: opinion })
    expect(words).toEqual(['offer a: ignore true TypeError: bad policy'])
    expect(active()).toBe('b')
  })

  it('drops a question that stands no longer, and ends the work on it', async () => {
    const signals: AbortSignal[] = []
    const { words, world, clock } = await decide({
      offer: (_offer, { signal }) => {
        signals.push(signal)
        return NEVER
      },
    })
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    world.reach('a', false)
    await clock.advance(100)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(words).toEqual([])
  })

  it('unsubscribing ends the work, and leaves the session to roam by itself', async () => {
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

  it.each<[string, () => Opinion<boolean>, string]>([
    ['true', () => true, 'accept'],
    ['a promise of true', async () => true, 'accept'],
    ['nothing', () => [], 'reject'],
    ['null', () => null, 'reject'],
    ['a failure', () => Promise.reject(new Error('no way')), 'reject'],
  ])('acceptWhen: %s', async (_what, probe, answer) => {
    expect((await decide(acceptWhen(probe))).words.at(-1)).toBe(`trial a: ${answer} true`)
  })

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
    ['by default not even after a loss', {}, ['offer a: ignore true']],
    [
      'after a loss where told to',
      { afterLoss: 'migrate' },
      ['offer a: migrate true', 'trial a: accept true'],
    ],
  ] as const)('ignoreMetered: %s', async (_when, options, expected) => {
    const roamer = await openRoamer()
    roamer.world.set('a', { metered: { value: true, sure: true } })
    const { words } = listen(decideRoaming(roamer.session, ignoreMetered(options)), brief)
    await roamer.clock.flush()
    roamer.world.reach('a', true)
    roamer.world.down('b', 'carrierLost')
    await roamer.clock.advance(1000)
    expect(words).toEqual(expected)
  })

  it('ignoreMetered: without a loss, whatever it would do after one', async () => {
    const roamer = await openRoamer()
    roamer.world.set('a', { metered: { value: true, sure: true } })
    const { words } = listen(decideRoaming(roamer.session, ignoreMetered({ afterLoss: 'migrate' })), brief)
    await roamer.clock.flush()
    roamer.world.reach('a', true)
    await roamer.clock.advance(1000)
    expect(words).toEqual(['offer a: ignore true'])
  })

  it('ignoreMetered: says nothing of what is free, or unknown', async () => {
    expect((await decide(ignoreMetered())).active()).toBe('a')
  })
})
