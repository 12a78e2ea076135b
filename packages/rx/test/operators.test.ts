import {
  BehaviorSubject,
  defer,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  throwError,
} from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type BufferOptions,
  bufferUntilConnected,
  pauseWhileDisconnected,
  type RetryOptions,
  restartOnRoam,
  retryWhenConnected,
  whileConnected,
} from '../src/index.js'
import { listen, marbles, open, openLab, uncaught } from './lab.js'

/** Marble values of a gate. */
const GATE = { o: true, x: false }

const operators: readonly [string, (gate: Observable<boolean>) => MonoTypeOperatorFunction<string>][] = [
  ['whileConnected', (gate) => whileConnected(gate)],
  ['pauseWhileDisconnected', (gate) => pauseWhileDisconnected(gate)],
  ['retryWhenConnected', (gate) => retryWhenConnected(gate)],
  ['bufferUntilConnected', (gate) => bufferUntilConnected(gate, { limit: 10 })],
]

describe.each(operators)('%s', (name, operator) => {
  it('passes everything on while connected, and ends with the source', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-(c|)')
      expectObservable(source.pipe(operator(cold<boolean>('o---------', GATE)))).toBe('-a-b-(c|)')
      expectSubscriptions(source.subscriptions).toBe('^----!')
      const failing = hot('-a-#')
      // retryWhenConnected pauses first.
      const failed = name === 'retryWhenConnected' ? '-a--' : '-a-#'
      expectObservable(failing.pipe(operator(cold<boolean>('o', GATE))), '^------!').toBe(failed)
    })
  })

  it('unsubscribes from source and gate when it is unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-c-d-e')
      const gate = cold<boolean>('o---------', GATE)
      expectObservable(source.pipe(operator(gate)), '^---!').toBe('-a-b-')
      expectSubscriptions(source.subscriptions).toBe('^---!')
      expectSubscriptions(gate.subscriptions).toBe('^---!')
    })
  })

  it("fails with the gate's error", () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-------')
      const gate = cold<boolean>('o-#', GATE, 'gate')
      expectObservable(source.pipe(operator(gate))).toBe('-a#', undefined, 'gate')
      expectSubscriptions(source.subscriptions).toBe('^-!')
    })
  })
})

describe.each(operators)('%s, when things happen at once', (name, operator) => {
  const drops = name === 'retryWhenConnected' ? ['a', 'b', 'c'] : ['a']

  it('unsubscribing during the first value unsubscribes from source and gate', () => {
    const [source, gate] = [new BehaviorSubject('a'), new BehaviorSubject(true)]
    expect(listen(source.pipe(operator(gate), take(1)), (value) => value).words).toEqual(['a', 'complete'])
    expect([source.observed, gate.observed]).toEqual([false, false])
  })

  it('a source that ends at once ends the subscription to the gate', () => {
    const gate = new BehaviorSubject(true)
    expect(listen(of('a').pipe(operator(gate)), (value) => value).words).toEqual(['a', 'complete'])
    expect(gate.observed).toBe(false)
  })

  it('a gate that closes during a value stops the values after it', () => {
    const gate = new BehaviorSubject(true)
    const source = of('a', 'b', 'c')
    const emitted: string[] = []
    const subscription = source.pipe(operator(gate)).subscribe((value) => {
      emitted.push(value)
      gate.next(false)
    })
    expect(emitted).toEqual(drops)
    subscription.unsubscribe()
  })

  it('a subscriber that throws misses no value, and its error becomes an uncaught exception', async () => {
    const surfaced = uncaught()
    const emitted: string[] = []
    of('a', 'b')
      .pipe(operator(of(true)))
      .subscribe((value) => {
        emitted.push(value)
        throw new Error(`subscriber ${value}`)
      })
    expect(emitted).toEqual(['a', 'b'])
    expect(await surfaced()).toEqual(['subscriber a', 'subscriber b'])
  })
})

describe('whileConnected', () => {
  it('subscribes to the source once per connection', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c-d')
      const gate = hot<boolean>('--o---x---o--x---', GATE)
      expectObservable(source.pipe(whileConnected(gate))).toBe('--a-b-----a-b----')
      expectSubscriptions(source.subscriptions).toBe(['--^---!', '----------^--!'])
    })
  })

  it('ends when the source does', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const gate = hot<boolean>('--o---x---o--x---', GATE)
      expectObservable(cold('-a|').pipe(whileConnected(gate))).toBe('---a|')
      expectSubscriptions(gate.subscriptions).toBe('^---!')
    })
  })

  it('fails when the source does', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const gate = hot<boolean>('--o---x---o--x---', GATE)
      expectObservable(cold('-a#').pipe(whileConnected(gate))).toBe('---a#')
      expectSubscriptions(gate.subscriptions).toBe('^---!')
    })
  })

  it('ends when the gate completes closed, and continues when it completes open', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('a-b-c-(d|)')
      expectObservable(source.pipe(whileConnected(cold<boolean>('o-x--|', GATE)))).toBe('a----|')
      expectObservable(source.pipe(whileConnected(cold<boolean>('o|', GATE)))).toBe('a-b-c-(d|)')
      expectObservable(source.pipe(whileConnected(cold<boolean>('---|')))).toBe('---|')
    })
  })

  it('with a settling time subscribes once the gate has been open that long without a break, and unsubscribes at once', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('a-b-c-d-e')
      const gate = hot<boolean>('o-x-o----x-o-x-o-----', GATE)
      const settled = source.pipe(whileConnected(gate, { settle: 3, scheduler }))
      expectObservable(settled).toBe('-------a----------a-b-c-d-e')
      expectSubscriptions(source.subscriptions).toBe(['-------^-!', '------------------^'])
    })
  })

  it('a gate that completes open while it settles is open', () => {
    marbles(({ cold, expectObservable }, scheduler) => {
      const gate = cold<boolean>('(o|)', GATE)
      expectObservable(cold('a|').pipe(whileConnected(gate, { settle: 3, scheduler }))).toBe('---a|')
    })
  })

  it.each([-1, Number.NaN, '1' as never])('throws for a settling time of %s', (settle) => {
    expect(() => whileConnected(NEVER, { settle })).toThrow(RangeError)
  })

  it('a gate that repeats its value changes nothing', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a--b--c').pipe(whileConnected(cold<boolean>('ooo-oo', GATE)))).toBe('a--b--c')
    })
  })
})

describe('pauseWhileDisconnected', () => {
  it('stays subscribed, and drops values while disconnected', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const gate = hot<boolean>('--o--x-o-', GATE)
      const source = hot('abcdefgh|')
      expectObservable(source.pipe(pauseWhileDisconnected(gate))).toBe('--cde--h|')
      expectSubscriptions(source.subscriptions).toBe('^-------!')
    })
  })

  it('a gate that completes keeps its last value', () => {
    marbles(({ hot, expectObservable }) => {
      const [opens, shuts] = [hot<boolean>('-(o|)', GATE), hot<boolean>('o-(x|)', GATE)]
      const source = hot('abcd|')
      expectObservable(source.pipe(pauseWhileDisconnected(opens))).toBe('-bcd|')
      expectObservable(source.pipe(pauseWhileDisconnected(shuts))).toBe('ab--|')
    })
  })
})

describe('retryWhenConnected', () => {
  /** The operator on the test's scheduler, with exact pauses. */
  const retried = (
    source: Observable<string>,
    gate: Observable<boolean>,
    options: RetryOptions,
  ): Observable<string> => source.pipe(retryWhenConnected(gate, { jitter: 0, ...options }))

  it('waits for the connection, then retries at once', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('-a#')
      const gate = cold<boolean>('x-----o', GATE)
      expectObservable(retried(source, gate, { scheduler }), '^--------!').toBe('-a-----a--')
      expectSubscriptions(source.subscriptions).toBe(['^-!', '------^-!'])
    })
  })

  it('pauses if the connection was never lost, twice as long each time', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('#')
      const gate = cold<boolean>('o', GATE)
      expectObservable(retried(source, gate, { delay: 2, delayLimit: 5, scheduler }), '^-------------!').toBe(
        '---------------',
      )
      expectSubscriptions(source.subscriptions).toBe(['(^!)', '--(^!)', '------(^!)', '-----------(^!)'])
    })
  })

  it('a value in between resets the pauses', () => {
    marbles(({ cold, expectObservable }, scheduler) => {
      const source = cold('-a#')
      const gate = cold<boolean>('o', GATE)
      expectObservable(retried(source, gate, { delay: 3, scheduler }), '^-------------!').toBe(
        '-a----a----a---',
      )
    })
  })

  it('a connection that is lost and comes back cuts the pause short', () => {
    marbles(({ cold, expectObservable }, scheduler) => {
      const gate = cold<boolean>('o-x--o', GATE)
      expectObservable(retried(cold('a#'), gate, { delay: 100, scheduler }), '^-----!').toBe('a----a-')
    })
  })

  it('a connection that is lost during a pause is waited for', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('#')
      expectObservable(retried(source, cold<boolean>('o-x', GATE), { delay: 3, scheduler }), '^------!').toBe(
        '-------',
      )
      expectSubscriptions(source.subscriptions).toBe('(^!)')
    })
  })

  it("fails with the source's error after `count` in a row, and when the gate completes closed", () => {
    marbles(({ cold, expectObservable }, scheduler) => {
      const source = cold('#', undefined, 'source')
      const options = { delay: 2, count: 2, scheduler }
      expectObservable(retried(source, cold<boolean>('o', GATE), options)).toBe(
        '------#',
        undefined,
        'source',
      )
      expectObservable(retried(source, cold<boolean>('x-|', GATE), options)).toBe('--#', undefined, 'source')
    })
  })

  it('unsubscribing while it waits leaves nothing behind', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('#')
      const gate = cold<boolean>('x------o', GATE)
      expectObservable(retried(source, gate, { scheduler }), '^--!').toBe('----')
      expectSubscriptions(gate.subscriptions).toBe('^--!')
      expectSubscriptions(source.subscriptions).toBe('(^!)')
    })
  })

  it('subscribes to its gate once, so that it knows the state of one that does not replay', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }, scheduler) => {
      const gate = hot<boolean>('o------', GATE)
      expectObservable(retried(cold('-a#'), gate, { delay: 2, scheduler }), '^--------!').toBe('-a---a---')
      expectSubscriptions(gate.subscriptions).toBe('^--------!')
    })
  })

  it('never subscribes to the source if the gate fails at once', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a')
      expectObservable(retried(source, cold<boolean>('#', GATE), {})).toBe('#')
      expectObservable(
        retried(
          source,
          throwError(() => 'error'),
          {},
        ),
      ).toBe('#')
      expectSubscriptions(source.subscriptions).toBe(['(^!)'])
    })
  })

  it('a gate that fails while the source works ends it at once', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c-d')
      expectObservable(retried(source, cold<boolean>('o--#', GATE, 'gate'), {})).toBe(
        'a-b#',
        undefined,
        'gate',
      )
      expectSubscriptions(source.subscriptions).toBe('^--!')
    })
  })

  it('with a pause that never ends waits for the connection, and uses it at once without jitter', async () => {
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('b'))
    let attempts = 0
    const source = defer(() => {
      attempts += 1
      return throwError(() => new Error('gone'))
    })
    const never = Number.POSITIVE_INFINITY
    const options = { delay: never, delayLimit: never, jitter: 0 }
    const subscription = source.pipe(retryWhenConnected(session, options)).subscribe()
    await lab.clock.advance(1e9)
    expect(attempts).toBe(1)
    lab.world.down('b', 'carrierLost')
    await lab.clock.advance(100)
    lab.world.up('b')
    await lab.clock.advance(100)
    expect(attempts).toBe(2)
    subscription.unsubscribe()
  })

  describe('jitter', () => {
    /** Random numbers that are not. */
    const drawn = (...numbers: readonly number[]) => {
      const left = [...numbers]
      return () => left.shift() ?? 0
    }

    it('takes a random part off each pause, so that no pause is longer than without it', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
        const source = cold('#')
        const options = { delay: 8, jitter: 0.5, random: drawn(0, 0.5, 1), scheduler }
        const gate = cold<boolean>('o', GATE)
        expectObservable(retried(source, gate, options), '^------------------------------------!').toBe('')
        // 8 * 1, 16 * 0.75, 32 * 0.5
        expectSubscriptions(source.subscriptions).toBe([
          '(^!)',
          '--------(^!)',
          '--------------------(^!)',
          '------------------------------------(^!)',
        ])
      })
    })

    it('holds for the longest pause, too', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
        const source = cold('#')
        const options = { delay: 100, delayLimit: 4, jitter: 1, random: () => 0.5, scheduler }
        expectObservable(retried(source, cold<boolean>('o', GATE), options), '^----!').toBe('')
        expectSubscriptions(source.subscriptions).toBe(['(^!)', '--(^!)', '----(^!)'])
      })
    })

    it('spreads the retries of a connection that is back over a part of the first pause', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
        const source = cold('#')
        const options = { delay: 8, jitter: 0.5, random: () => 0.5, scheduler }
        expectObservable(retried(source, cold<boolean>('x---o', GATE), options), '^------!').toBe('')
        expectSubscriptions(source.subscriptions).toBe(['(^!)', '------(^!)'])
      })
    })

    it('is a half by default, drawn from Math.random', () => {
      const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
      onTestFinished(() => random.mockRestore())
      marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
        const source = cold('#')
        const stream = source.pipe(retryWhenConnected(cold<boolean>('o', GATE), { delay: 8, scheduler }))
        expectObservable(stream, '^-------!').toBe('')
        expectSubscriptions(source.subscriptions).toBe(['(^!)', '------(^!)'])
      })
    })

    it.each([
      [
        'returns no number from 0 to 1',
        () => Number.NaN,
        'RangeError: a number from random of retryWhenConnected() must be a number from 0 to 1, not NaN',
      ],
      [
        'throws',
        () => {
          throw new Error('no more chance')
        },
        'Error: no more chance',
      ],
    ])('fails the stream if random %s', (_what, random, expected) => {
      const errors: string[] = []
      const source = throwError(() => new Error('source'))
      source
        .pipe(retryWhenConnected(of(true), { random }))
        .subscribe({ error: (error) => errors.push(String(error)) })
      expect(errors).toEqual([expected])
    })

    it.each([-0.1, 1.1, Number.NaN, '1' as never])('throws for a jitter of %s', (jitter) => {
      expect(() => retryWhenConnected(NEVER, { jitter })).toThrow(RangeError)
    })
  })

  it.each([0, -1, Number.NaN, '1' as never])('throws for a delay of %s', (delay) => {
    expect(() => retryWhenConnected(NEVER, { delay })).toThrow(RangeError)
    expect(() => retryWhenConnected(NEVER, { delayLimit: delay })).toThrow(RangeError)
  })
})

describe('restartOnRoam', () => {
  const LINKS = { a: 'a', b: 'b', n: null }

  it('subscribes again for each link, from the first on, and unsubscribes while there is none', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('1-2-3')
      const links = hot<string | null>('n-a--aab--n--b---', LINKS)
      expectObservable(source.pipe(restartOnRoam(links))).toBe('--1-2-31-2---1-2-3')
      expectSubscriptions(source.subscriptions).toBe(['--^----!', '-------^--!', '-------------^'])
    })
  })

  it('ends when the source does, and fails when it or the links do', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const links = hot<string | null>('a--b--a', LINKS)
      expectObservable(cold('1-|').pipe(restartOnRoam(links))).toBe('1-|')
      expectSubscriptions(links.subscriptions).toBe('^-!')
      expectObservable(cold('1-#').pipe(restartOnRoam(hot<string | null>('a--b', LINKS)))).toBe('1-#')
      expectObservable(cold('1-').pipe(restartOnRoam(hot<string | null>('a--#', LINKS)))).toBe('1--#')
    })
  })

  it('a stream of links that completes keeps its last link', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('1-2-|').pipe(restartOnRoam(cold<string | null>('(a|)', LINKS)))).toBe('1-2-|')
      expectObservable(cold('1-2-|').pipe(restartOnRoam(cold<string | null>('a-(n|)', LINKS)))).toBe('1-|')
    })
  })

  it('unsubscribes from the source and the links when it is unsubscribed', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('1-2-3')
      const links = hot<string | null>('a------', LINKS)
      expectObservable(source.pipe(restartOnRoam(links)), '^--!').toBe('1-2-')
      expectSubscriptions(source.subscriptions).toBe('^--!')
      expectSubscriptions(links.subscriptions).toBe('^--!')
    })
  })
})

describe('bufferUntilConnected', () => {
  /** The values that were emitted, and those that were dropped. */
  function buffered(options: Omit<BufferOptions<string>, 'onDrop'>) {
    const dropped: string[] = []
    const through = (gate: Observable<boolean>) =>
      bufferUntilConnected<string>(gate, { ...options, onDrop: (value) => dropped.push(value) })
    return { dropped, through }
  }

  it('keeps values while not connected, and emits them in order when connected', () => {
    const { dropped, through } = buffered({ limit: 3 })
    marbles(({ hot, cold, expectObservable }) => {
      const gate = cold<boolean>('---o-----x----o---', GATE)
      expectObservable(hot('abc-----d-e-f-----').pipe(through(gate))).toBe('---(abc)d-----(ef)')
    })
    expect(dropped).toEqual([])
  })

  it.each([
    ['dropOldest', '---(bc)', ['a']],
    ['dropNewest', '---(ab)', ['c']],
    ['error', '--#', ['a', 'b', 'c']],
  ] as const)('keeps no more than the limit: %s', (overflow, expected, lost) => {
    const { dropped, through } = buffered({ limit: 2, overflow })
    marbles(({ hot, cold, expectObservable }) => {
      const stream = hot('abc----').pipe(through(cold<boolean>('x--o', GATE)))
      expectObservable(stream).toBe(
        expected,
        undefined,
        expect.objectContaining({ code: 'ERR_BUFFER_FULL', limit: 2 }),
      )
    })
    expect(dropped).toEqual(lost)
  })

  it('completes after the last kept value when the source completes', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const gate = cold<boolean>('x-----o', GATE)
      expectObservable(hot('ab-|').pipe(bufferUntilConnected(gate, { limit: 5 }))).toBe('------(ab|)')
      expectObservable(hot('---|').pipe(bufferUntilConnected(gate, { limit: 5 }))).toBe('---|')
    })
  })

  it.each(['dropOldest', 'dropNewest', 'error'] as const)(
    'drops nothing that arrives while connected, however much arrives while a value is emitted: %s',
    (overflow) => {
      const values = new Subject<number>()
      const dropped: number[] = []
      const told: string[] = []
      const options = { limit: 1, overflow, onDrop: (value: number) => dropped.push(value) }
      values.pipe(bufferUntilConnected(new BehaviorSubject(true), options)).subscribe({
        next(value) {
          told.push(String(value))
          if (value === 1) for (const more of [2, 3, 4]) values.next(more)
        },
        error: (error: Error) => told.push(error.name),
      })
      values.next(1)
      expect([told, dropped]).toEqual([['1', '2', '3', '4'], []])
    },
  )

  it.each([
    ['dropOldest', ['1', '5'], [2, 3, 4]],
    ['dropNewest', ['1', '2'], [4, 3, 5]],
    ['error', ['1', 'BufferFullError'], [2, 3, 4]],
  ] as const)(
    'keeps no more than the limit when the gate shuts while values wait for their turn: %s',
    (overflow, expected, expectedDropped) => {
      const gate = new BehaviorSubject(true)
      const values = new Subject<number>()
      const dropped: number[] = []
      const told: string[] = []
      const options = { limit: 1, overflow, onDrop: (value: number) => dropped.push(value) }
      values.pipe(bufferUntilConnected(gate, options)).subscribe({
        next(value) {
          told.push(String(value))
          if (value !== 1) return
          for (const more of [2, 3, 4]) values.next(more)
          gate.next(false)
        },
        error: (error: Error) => told.push(error.name),
      })
      values.next(1)
      values.next(5)
      gate.next(true)
      expect([told, dropped]).toEqual([expected, expectedDropped])
    },
  )

  it('fails at once with the source, and drops the kept values', () => {
    const { dropped, through } = buffered({ limit: 3 })
    marbles(({ hot, cold, expectObservable }) => {
      expectObservable(hot('ab-#').pipe(through(cold<boolean>('x-----o', GATE)))).toBe('---#')
    })
    expect(dropped).toEqual(['a', 'b'])
  })

  it('ends when the gate completes closed, and drops the kept values', () => {
    const { dropped, through } = buffered({ limit: 3 })
    marbles(({ hot, cold, expectObservable }) => {
      expectObservable(hot('ab-----').pipe(through(cold<boolean>('x---|', GATE)))).toBe('----|')
      const stays = cold<boolean>('--(o|)', GATE)
      expectObservable(hot('ab------c|').pipe(bufferUntilConnected(stays, { limit: 3 }))).toBe('--(ab)--c|')
    })
    expect(dropped).toEqual(['a', 'b'])
  })

  it('drops the kept values, and reports them, when the gate fails', () => {
    const { dropped, through } = buffered({ limit: 3 })
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('ab-----')
      expectObservable(source.pipe(through(cold<boolean>('x---#', GATE, 'gate')))).toBe(
        '----#',
        undefined,
        'gate',
      )
      expectSubscriptions(source.subscriptions).toBe('^---!')
    })
    expect(dropped).toEqual(['a', 'b'])
  })

  describe('an onDrop that throws loses no value, hides no error, and each error becomes an uncaught exception (S16)', () => {
    /** A buffer of two whose onDrop records each value and throws. */
    function throwing(overflow: 'dropOldest' | 'dropNewest' | 'error') {
      const surfaced = uncaught()
      const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
      const dropped: string[] = []
      const onDrop = (value: string) => {
        dropped.push(value)
        throw new Error(`onDrop ${value}`)
      }
      const buffer = bufferUntilConnected<string>(gate, { limit: 2, overflow, onDrop })
      const { words } = listen(source.pipe(buffer), (value) => value)
      for (const value of ['a', 'b', 'c']) source.next(value)
      return { source, gate, dropped, words, surfaced }
    }

    it.each([
      ['dropOldest', 'a', ['b', 'c']],
      ['dropNewest', 'c', ['a', 'b']],
    ] as const)('%s', async (overflow, lost, kept) => {
      const { gate, dropped, words, surfaced } = throwing(overflow)
      gate.next(true)
      expect([dropped, words]).toEqual([[lost], kept])
      expect(await surfaced()).toEqual([`onDrop ${lost}`])
    })

    it('error', async () => {
      const { dropped, words, surfaced } = throwing('error')
      expect(dropped).toEqual(['a', 'b', 'c'])
      expect(words).toEqual(['error:ERR_BUFFER_FULL/undefined'])
      expect(await surfaced()).toEqual(['onDrop a', 'onDrop b', 'onDrop c'])
    })

    it.each<[string, (at: { source: Subject<string>; gate: Subject<boolean> }) => void, string]>([
      ['the source fails', ({ source }) => source.error({ code: 'source' }), 'error:source/undefined'],
      ['the gate fails', ({ gate }) => gate.error({ code: 'gate' }), 'error:gate/undefined'],
      ['the gate ends', ({ gate }) => gate.complete(), 'complete'],
    ])('%s', async (_how, end, expected) => {
      const { dropped, words, surfaced, ...at } = throwing('dropOldest')
      end(at)
      expect(dropped).toEqual(['a', 'b', 'c'])
      expect(words).toEqual([expected])
      expect(await surfaced()).toEqual(['onDrop a', 'onDrop b', 'onDrop c'])
    })
  })

  it('a value that arrives while onDrop runs keeps its place, and the limit holds', () => {
    const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
    const dropped: string[] = []
    const onDrop = (value: string) => {
      dropped.push(value)
      if (value === 'a') source.next('d')
    }
    const { words } = listen(source.pipe(bufferUntilConnected(gate, { limit: 2, onDrop })), (value) => value)
    for (const value of ['a', 'b', 'c']) source.next(value)
    expect(dropped).toEqual(['a', 'b'])
    gate.next(true)
    expect(words).toEqual(['c', 'd'])
  })

  it.each<[string, (gate: Subject<boolean>) => void, string]>([
    ['fails', (gate) => gate.error({ code: 'gate' }), 'error:gate/undefined'],
    ['ends', (gate) => gate.complete(), 'complete'],
  ])('accepts no value that arrives while it drops because the gate %s', (_how, end, expected) => {
    const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
    let drops = 0
    const onDrop = (value: string) => {
      drops += 1
      if (drops < 10) source.next(value)
    }
    const { words } = listen(source.pipe(bufferUntilConnected(gate, { limit: 2, onDrop })), (value) => value)
    source.next('a')
    source.next('b')
    end(gate)
    expect([drops, words]).toEqual([2, [expected]])
  })

  it('emits nothing more when onDrop opens the gate after the source has failed', () => {
    const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
    const dropped: string[] = []
    const onDrop = (value: string) => {
      dropped.push(value)
      gate.next(true)
    }
    const { words } = listen(source.pipe(bufferUntilConnected(gate, { limit: 3, onDrop })), (value) => value)
    for (const value of ['a', 'b']) source.next(value)
    source.error({ code: 'source' })
    expect([dropped, words]).toEqual([['a', 'b'], ['error:source/undefined']])
  })

  it('reports no further drops after an unsubscribe in onDrop', () => {
    const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
    const dropped: string[] = []
    const onDrop = (value: string) => {
      dropped.push(value)
      subscription.unsubscribe()
    }
    const subscription = source.pipe(bufferUntilConnected(gate, { limit: 3, onDrop })).subscribe()
    for (const value of ['a', 'b']) source.next(value)
    gate.complete()
    expect(dropped).toEqual(['a'])
  })

  it('unsubscribing in onDrop ends it', () => {
    const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
    const dropped: string[] = []
    const subscription = source
      .pipe(
        bufferUntilConnected(gate, {
          limit: 1,
          onDrop: (value) => {
            dropped.push(value)
            subscription.unsubscribe()
          },
        }),
      )
      .subscribe()
    for (const value of ['a', 'b', 'c']) source.next(value)
    expect([dropped, source.observed, gate.observed]).toEqual([['a'], false, false])
  })

  it('a source that emits and ends at once passes through an open gate', () => {
    const { words } = listen(
      of('a', 'b').pipe(bufferUntilConnected(of(true), { limit: 1 })),
      (value) => value,
    )
    expect(words).toEqual(['a', 'b', 'complete'])
  })

  it('a value that arrives while another one is emitted waits for its turn, and the gate is checked before each', () => {
    const [source, gate] = [new Subject<string>(), new BehaviorSubject(false)]
    const emitted: string[] = []
    const subscription = source.pipe(bufferUntilConnected(gate, { limit: 10 })).subscribe((value) => {
      if (value === 'a') source.next('c')
      if (value === 'b') gate.next(false)
      // Sent at the end: a value sent earlier would arrive first.
      emitted.push(value)
    })
    source.next('a')
    source.next('b')
    gate.next(true)
    expect(emitted).toEqual(['a', 'b'])
    gate.next(true)
    expect(emitted).toEqual(['a', 'b', 'c'])
    subscription.unsubscribe()
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never])(
    'refuses a limit of %s',
    (limit) => {
      expect(() => bufferUntilConnected(NEVER, { limit })).toThrow(RangeError)
    },
  )
})
