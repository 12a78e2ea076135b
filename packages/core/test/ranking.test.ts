import { describe, expect, it, vi } from 'vitest'
import type { NetworkConfiguration } from '../src/configurations/network-configuration.js'
import {
  byBearer,
  byConnectivity,
  byMetered,
  byOrder,
  bySignal,
  bySystemChoice,
  type Criterion,
  type RankedChild,
  Ranking,
  type RankingPolicy,
  withHealth,
} from '../src/configurations/ranking.js'
import type { Bearer } from '../src/contract/index.js'

const ranked = (children: readonly RankedChild[], policy: RankingPolicy) =>
  new Ranking(policy).sorted(children)
const preference = (one: RankedChild, inUse: RankedChild, policy: RankingPolicy) =>
  new Ranking(policy).preferred([one], inUse)[0] ?? null
const explain = (one: RankedChild, other: RankedChild, policy: RankingPolicy) =>
  new Ranking(policy).explain(one, other)

interface Facts extends Partial<Omit<RankedChild, 'configuration'>> {
  readonly device?: string | null
  readonly bearerType?: Bearer
  readonly bearerTypeFamily?: Bearer
}

function child(
  identifier: string,
  { device = null, bearerType = 'wlan', bearerTypeFamily = bearerType, ...seen }: Facts = {},
): RankedChild {
  const configuration = { identifier, device, bearerType, bearerTypeFamily } as NetworkConfiguration
  return {
    configuration,
    health: 'unknown',
    isRecovering: false,
    connectivity: 'unknown',
    metered: null,
    signal: null,
    isSystemsChoice: false,
    ...seen,
  }
}

/** A criterion that rates a child by its signal, as it is. */
const figure = (more: Partial<Criterion> = {}): Criterion => ({
  name: 'figure',
  rate: ({ signal }) => signal ?? 0,
  ...more,
})

const marginOf = ({ margin = 0 }: Criterion, one: RankedChild, other: RankedChild) =>
  typeof margin === 'number' ? margin : margin(one, other)

/** What surfaces while `run` runs. */
function surfacing(run: () => void): unknown[] {
  const surfaced: unknown[] = []
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task()
    } catch (error) {
      surfaced.push(error)
    }
  })
  try {
    run()
  } finally {
    vi.unstubAllGlobals()
  }
  return surfaced
}

describe('M5 the built-in criteria', () => {
  it('connectivity: full and unknown before a portal and limited, before none; a portal is left at once', () => {
    const rates = (['full', 'unknown', 'portal', 'limited', 'none'] as const).map((connectivity) =>
      byConnectivity.rate(child('x', { connectivity })),
    )
    expect(rates).toEqual([0, 0, 1, 1, 2])
    const { dwell } = byConnectivity
    if (typeof dwell !== 'function') throw new Error('it depends on the one in use')
    expect(dwell(child('x', { connectivity: 'portal' }))).toBe(0)
    expect(dwell(child('x', { connectivity: 'limited' }))).toBe(1000)
  })

  it('metered: only what is known to cost money is worse', () => {
    expect(byMetered.rate(child('x'))).toBe(0)
    expect(byMetered.rate(child('x', { metered: { value: false, sure: true } }))).toBe(0)
    expect(byMetered.rate(child('x', { metered: { value: true, sure: false } }))).toBe(1)
  })

  it('bearer: by its place in the order, else by its family, and last what is not in it', () => {
    const { rate } = byBearer()
    const of = (bearerType: Bearer, bearerTypeFamily: Bearer = bearerType) =>
      rate(child('x', { bearerType, bearerTypeFamily }))
    expect([of('ethernet'), of('wlan'), of('5G'), of('cellular')]).toEqual([0, 1, 2, 7])
    expect(of('lte', '4G')).toBe(4)
    expect(of('hspa', '3G')).toBe(6)
    expect(of('hspa', 'ethernet')).toBe(0)
    expect(of('ethernet', 'wlan')).toBe(0)
    expect(of('bluetooth')).toBe(8)
    const own = byBearer(['bluetooth', 'wlan'])
    expect(own.rate(child('x', { bearerType: 'bluetooth' }))).toBe(0)
    expect(own.rate(child('x', { bearerType: 'ethernet' }))).toBe(2)
  })

  it('the system’s own choice is better, but not between links on one device', () => {
    expect(bySystemChoice.rate(child('x', { isSystemsChoice: true }))).toBe(0)
    expect(bySystemChoice.rate(child('x'))).toBe(1)
    const margin = (one: string | null, other: string | null) =>
      marginOf(bySystemChoice, child('x', { device: one }), child('y', { device: other }))
    expect(margin('wlan0', 'wlan0')).toBe(Number.POSITIVE_INFINITY)
    expect(margin('wlan0', 'eth0')).toBe(0)
    // No device is no device in common.
    expect(margin(null, null)).toBe(0)
    expect(margin(null, 'eth0')).toBe(0)
  })

  it('signal: by its margin, twice that on one device, and not at all where the one in use suffices', () => {
    const margin = (signal: number | null, devices: [string, string], criterion = bySignal()) =>
      marginOf(criterion, child('x', { device: devices[0] }), child('y', { device: devices[1], signal }))
    expect(margin(49, ['wlan0', 'wlan1'])).toBe(15)
    expect(margin(49, ['wlan0', 'wlan0'])).toBe(30)
    expect(margin(50, ['wlan0', 'wlan1'])).toBe(Number.POSITIVE_INFINITY)
    // Unknown counts as full.
    expect(margin(null, ['wlan0', 'wlan1'])).toBe(Number.POSITIVE_INFINITY)
    const own = bySignal({ margin: 7, sufficientSignal: 80, dwell: 5 })
    expect(margin(79, ['wlan0', 'wlan0'], own)).toBe(14)
    expect(margin(80, ['wlan0', 'wlan0'], own)).toBe(Number.POSITIVE_INFINITY)
    expect([bySignal().dwell, own.dwell]).toEqual([10_000, 5])
    expect(bySignal().rate(child('x', { signal: 30 }))).toBe(-30)
    expect(bySignal().rate(child('x'))).toBe(-100)
  })

  it('order: by the place of the identifier, and others last', () => {
    const { rate } = byOrder(['b', 'a'])
    expect(['b', 'a', 'c', 'd'].map((id) => rate(child(id)))).toEqual([0, 1, 2, 2])
  })
})

describe('C4 the order of children', () => {
  it('is by the first criterion that distinguishes two, and equal ones keep their order', () => {
    const policy = [figure(), byOrder(['d', 'c'])]
    const children = [
      child('a', { signal: 2 }),
      child('b', { signal: 1 }),
      child('c', { signal: 1 }),
      child('d', { signal: 1 }),
      child('e', { signal: 2 }),
    ]
    const order = ranked(children, policy).map(({ configuration }) => configuration.identifier)
    expect(order).toEqual(['d', 'c', 'b', 'a', 'e'])
    expect(ranked(children, [])).toEqual(children)
  })

  it('does not depend on a value that is not a number, nor on two infinities', () => {
    const children = [
      child('a', { signal: Number.NaN }),
      child('b', { signal: 1 }),
      child('c', { signal: Number.POSITIVE_INFINITY }),
      child('d', { signal: Number.POSITIVE_INFINITY }),
    ]
    expect(ranked(children.slice(0, 2), [figure()])).toEqual(children.slice(0, 2))
    expect(
      ranked(children.slice(2), [figure(), byOrder(['d'])]).map((one) => one.configuration.identifier),
    ).toEqual(['d', 'c'])
  })
})

describe('M5 what is preferred to the link in use', () => {
  const better = (signal: number, inUse: number, criterion: Criterion) =>
    preference(child('new', { signal }), child('old', { signal: inUse }), [criterion])

  it('is better by the margin at least', () => {
    expect(better(5, 10, figure())).toEqual({ identifier: 'new', because: 'figure', dwell: 0, isHint: false })
    expect(better(5, 10, figure({ margin: 5, dwell: 3 }))).toEqual({
      identifier: 'new',
      because: 'figure',
      dwell: 3,
      isHint: false,
    })
    expect(better(6, 10, figure({ margin: 5 }))).toBeNull()
    expect(better(10, 10, figure())).toBeNull()
    expect(better(5, 10, figure({ margin: Number.POSITIVE_INFINITY }))).toBeNull()
  })

  it('is not preferred where the one in use is better in something before that', () => {
    const policy = [figure(), byOrder(['new'])]
    const [fresh, old] = [child('new', { signal: 2 }), child('old', { signal: 1 })]
    expect(preference(fresh, old, policy)).toBeNull()
    // Where that counts for nothing, the next criterion decides.
    expect(preference(fresh, old, [figure({ margin: 2 }), byOrder(['new'])])?.because).toBe('order')
  })

  it('is what margin and dwell say of the two', () => {
    const seen: string[] = []
    const criterion = figure({
      margin: ({ configuration: one }, { configuration: other }) => {
        seen.push(`${one.identifier} for ${other.identifier}`)
        return 1
      },
      dwell: ({ configuration }) => configuration.identifier.length,
    })
    expect(better(5, 10, criterion)?.dwell).toBe(3)
    expect(seen).toEqual(['new for old'])
  })

  it('S16 a criterion that throws does not decide, and its error is an uncaught exception', () => {
    const wrong = new Error('wrong')
    const fail = () => {
      throw wrong
    }
    let told: unknown
    const surfaced = surfacing(() => {
      told = [
        better(5, 10, figure({ rate: fail })),
        better(5, 10, figure({ margin: fail })),
        better(5, 10, figure({ dwell: fail })),
      ]
    })
    const asWithout = { identifier: 'new', because: 'figure', dwell: 0, isHint: false }
    expect(told).toEqual([null, asWithout, asWithout])
    // Both children are rated.
    expect(surfaced).toEqual([wrong, wrong, wrong, wrong])
  })
})

describe('M5 the explanation', () => {
  const explained = (one: number, other: number, ...policy: Criterion[]) =>
    explain(child('one', { signal: one }), child('other', { signal: other }), policy)

  it('has the figures, the margin, and which criterion decides for whom', () => {
    const policy = [figure({ name: 'first', margin: 4 }), figure({ name: 'second', margin: 3 }), figure()]
    expect(explained(5, 8, ...policy)).toEqual({
      preferred: 'one',
      because: 'second',
      criteria: [
        { name: 'health', one: 0, other: 0, margin: 0, decides: false },
        { name: 'recovery', one: 0, other: 0, margin: 0, decides: false },
        { name: 'first', one: 5, other: 8, margin: 4, decides: false },
        { name: 'second', one: 5, other: 8, margin: 3, decides: true },
        { name: 'figure', one: 5, other: 8, margin: 0, decides: false },
      ],
    })
    expect(explained(8, 5, figure())).toMatchObject({ preferred: 'other', because: 'figure' })
  })

  it('prefers neither if nothing distinguishes them', () => {
    expect(explained(5, 5, figure())).toMatchObject({ preferred: null, because: null })
    expect(explained(5, 5, figure()).criteria.some(({ decides }) => decides)).toBe(false)
  })

  it.each([
    ['health', { health: 'bad' }],
    ['recovery', { isRecovering: true }],
  ] as const)('names %s, which comes before the policy (L1, L3)', (because, facts) => {
    const poor = child('poor', { signal: 0, ...facts })
    expect(explain(poor, child('other', { signal: 9 }), [figure()])).toMatchObject({
      preferred: 'other',
      because,
    })
  })

  it('does not count against the one in use that it is recovering (L3)', () => {
    const inUse = child('inUse', { signal: 5, isRecovering: true })
    expect(explain(child('one', { signal: 9 }), inUse, [figure()]).preferred).toBe('inUse')
    expect(explain(child('one', { signal: 1 }), inUse, [figure()])).toMatchObject({
      preferred: 'one',
      because: 'figure',
    })
  })
})

describe('L2: connectivity alone', () => {
  const metered = child('metered', { connectivity: 'full', metered: { value: true, sure: true } })
  const hint = (inUse: Facts, one = metered) =>
    preference(one, child('inUse', inUse), [byConnectivity])?.isHint

  it('is a hint where the other costs money and the one in use is limited, as far as the system knows', () => {
    expect(hint({ connectivity: 'limited' })).toBe(true)
  })

  it.each<[string, Facts, RankedChild?]>([
    ['none', { connectivity: 'none' }],
    ['a portal', { connectivity: 'portal' }],
    ['evidence of the application', { connectivity: 'limited', health: 'bad' }],
    ['for a link that is free', { connectivity: 'limited' }, child('free', { connectivity: 'full' })],
    [
      'for one that may be free',
      { connectivity: 'limited' },
      child('x', { metered: { value: false, sure: false } }),
    ],
  ])('is none: %s', (_, inUse, one) => {
    expect(preference(one ?? metered, child('inUse', inUse), [byConnectivity])?.isHint).toBe(false)
  })

  it('is none where another criterion decides', () => {
    const inUse = child('inUse', { connectivity: 'limited', signal: 9 })
    expect(preference(metered, inUse, [figure()])).toMatchObject({ because: 'figure', isHint: false })
  })
})

describe('what comes before any policy', () => {
  const best = { signal: 0 }
  const poor = { signal: 9 }

  it('L1: a bad child is never preferred to one that is not, and is left for any of them', () => {
    const bad = child('bad', { ...best, health: 'bad' })
    for (const health of ['unknown', 'good'] as const) {
      const other = child('other', { ...poor, health })
      expect(preference(bad, other, [figure()])).toBeNull()
      expect(preference(other, bad, [figure()])).toEqual({
        identifier: 'other',
        because: 'health',
        dwell: 0,
        isHint: false,
      })
      expect(ranked([bad, other], [figure()])[0]).toBe(other)
    }
  })

  it('L1: between two bad ones, and between good and unknown, the policy decides', () => {
    for (const [one, other] of [
      ['bad', 'bad'],
      ['good', 'unknown'],
      ['unknown', 'good'],
    ] as const) {
      const better = child('better', { ...best, health: one })
      expect(preference(better, child('x', { ...poor, health: other }), [figure()])?.because).toBe('figure')
    }
  })

  it('L3: a child that is recovering is not returned to, unless the one in use is bad', () => {
    const recovering = child('recovering', { ...best, isRecovering: true })
    expect(preference(recovering, child('x', poor), [figure()])).toBeNull()
    expect(preference(recovering, child('x', { ...poor, isRecovering: true }), [figure()])).toBeNull()
    expect(preference(recovering, child('x', { ...poor, health: 'bad' }), [figure()])?.because).toBe('health')
    expect(ranked([recovering, child('x', poor)], [figure()])[0]?.configuration.identifier).toBe('x')
  })

  it('L3: a child in use is not left for having been lost', () => {
    const inUse = child('inUse', { ...best, isRecovering: true })
    expect(preference(child('x', poor), inUse, [figure()])).toBeNull()
  })
})

describe('L1: the health of a child', () => {
  const limited = child('a', { connectivity: 'limited' })

  it('that is good means full connectivity, whatever the system says', () => {
    expect(withHealth(limited, 'good')).toEqual({ ...limited, health: 'good', connectivity: 'full' })
  })

  it('that is bad or unknown leaves the connectivity as the system says', () => {
    expect(withHealth(limited, 'bad')).toEqual({ ...limited, health: 'bad' })
    expect(withHealth(withHealth(limited, 'bad'), 'unknown')).toEqual(limited)
  })

  it('that did not change leaves the child as it is', () => {
    expect(withHealth(limited, 'unknown')).toBe(limited)
  })

  it('that is known for the child in use leaves nothing to a hint (L2)', () => {
    const metered = child('b', { health: 'bad', connectivity: 'full', metered: { value: true, sure: true } })
    expect(preference(metered, withHealth(limited, 'bad'), [byConnectivity])).toMatchObject({
      because: 'connectivity',
      isHint: false,
    })
  })
})

describe('children of which some changed', () => {
  /** Numbers that look random, always the same ones. */
  function* numbers(below: number): Generator<number, never> {
    for (let seed = 7; ; seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648)
      yield Math.floor(seed / 65_536) % below
  }

  /** Changes, adds and removes members again and again. Calls `check` with the order from the last one, and with all members. */
  function changing(
    policy: RankingPolicy,
    most: number,
    check: (resorted: readonly RankedChild[], all: readonly RankedChild[]) => void,
  ): void {
    const ranking = new Ranking(policy)
    const members = new Map<string, RankedChild>()
    const random = numbers(1000)
    const pick = (below: number) => random.next().value % below
    let order: readonly RankedChild[] = []
    for (let step = 0; step < 300; step += 1) {
      const changes = new Map<string, [RankedChild | null, RankedChild | null]>()
      for (let count = pick(most); count >= 0; count -= 1) {
        const id = String.fromCodePoint(97 + pick(26)) + pick(4)
        const before = changes.get(id)?.[0] ?? members.get(id) ?? null
        const after =
          pick(4) === 0 ? null : child(id, { signal: pick(3) * 10, health: pick(9) === 0 ? 'bad' : 'good' })
        changes.set(id, [before, after])
      }
      for (const [id, [, after]] of changes) {
        if (after === null) members.delete(id)
        else members.set(id, after)
      }
      const all = [...members.values()].sort((one, other) =>
        one.configuration.identifier < other.configuration.identifier ? -1 : 1,
      )
      order = ranking.resorted(order, [...changes.values()], all)
      check(order, all)
    }
  }

  it.each([1, 3, 60])('come in the order of all, up to %d at once (C4)', (most) => {
    const policy = [figure()]
    changing(policy, most, (resorted, all) => expect(resorted).toEqual(ranked(all, policy)))
  })

  it('come in the order of all where a criterion does not decide between some', () => {
    const policy = [figure({ rate: ({ signal }) => (signal === 10 ? Number.NaN : (signal ?? 0)) })]
    changing(policy, 3, (resorted, all) => expect(resorted).toEqual(ranked(all, policy)))
  })

  it('are the only ones that the policy is asked about', () => {
    const asked: string[] = []
    const rate = ({ configuration: { identifier } }: RankedChild) => asked.push(identifier)
    const [ranking, before, after] = [new Ranking([figure({ rate })]), child('c'), child('c')]
    const others = ['a', 'b', 'd'].map((id) => child(id))
    const order = ranking.sorted([...others, before])
    asked.length = 0
    ranking.resorted(order, [[before, after]], [...others, after])
    expect(asked).toEqual(['c'])
  })
})
