import { mock } from '@roamkit/backend-mock'
import { byOrder, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import {
  bufferTime,
  debounceTime,
  defer,
  delay,
  EMPTY,
  interval,
  NEVER,
  type Observable,
  of,
  retry,
  Subject,
  throwError,
  timeout,
  timer,
  VirtualTimeScheduler,
} from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  clockScheduler,
  rate$,
  restartOnRoam,
  retryWhenConnected,
  session$,
  traffic$,
  whileConnected,
} from '../src/index.js'
import { type Lab, listen, open, openLab } from './lab.js'

/** A source that fails at once, and when it was subscribed to, in seconds. */
function failing({ clock }: Lab) {
  const start = clock.now()
  const tries: number[] = []
  const source = defer(() => {
    tries.push((clock.now() - start) / 1000)
    return throwError(() => new Error('refused'))
  })
  return { source, tries }
}

/** Fails the test if a timer of the system runs from now on. */
function forbidRealTime(): void {
  const spies = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
  onTestFinished(() => {
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled()
      spy.mockRestore()
    }
  })
}

describe("timers run by the clock of the session's manager", () => {
  it('100 s of virtual time are worth the retries of 100 s, on a session and on a session$', async () => {
    forbidRealTime()
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('a'))
    const uplink = session$(lab.manager, 'a')
    listen(uplink, () => '')
    await lab.clock.advance(100)
    for (const gate of [session, uplink]) {
      const { source, tries } = failing(lab)
      const { subscription } = listen(source.pipe(retryWhenConnected(gate, { jitter: 0 })), () => '')
      await lab.clock.advance(100_000)
      expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63])
      subscription.unsubscribe()
      expect(lab.clock.pending).toBe(0)
    }
  })

  it.each<[string, (session: NetworkSession) => Observable<unknown>, number]>([
    [
      'whileConnected with a settling time',
      (session) => of(1).pipe(whileConnected(session, { settle: 50_000 })),
      1,
    ],
    ['rate$', (session) => rate$(session, { every: 10_000 }), 10],
    [
      'the overlap of restartOnRoam',
      (session) => defer(() => NEVER).pipe(restartOnRoam(session, { overlap: true, overlapTimeout: 5000 })),
      0,
    ],
    ['traffic$', (session) => traffic$(session, { every: 1000 }), 1],
  ])('%s', async (_name, stream, emitted) => {
    forbidRealTime()
    const lab = await openLab()
    const session = await open(lab, lab.manager.createSession('a'))
    const { words, subscription } = listen(stream(session), () => 'value')
    await lab.clock.advance(100_000)
    expect(words.filter((word) => word === 'value')).toHaveLength(emitted)
    subscription.unsubscribe()
    expect(lab.clock.pending).toBe(0)
  })

  it('a scheduler that is given goes before the clock', async () => {
    const { manager, world, clock } = await openLab()
    const scheduler = new VirtualTimeScheduler()
    scheduler.maxFrames = 5000
    const { words, subscription } = listen(
      traffic$(manager.createSession('a'), { every: 1000, scheduler }),
      ({ received }) => received,
    )
    world.traffic('a', { received: 7, written: 0 })
    await clock.advance(100_000)
    expect(words).toEqual([0])
    scheduler.flush()
    expect(words).toEqual([0, 7])
    subscription.unsubscribe()
  })

  it('without a session the timers are those of the system, and do not keep the process alive', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { words } = listen(of(1).pipe(whileConnected(of(true), { settle: 100 })), (value) => value)
    vi.advanceTimersByTime(99)
    expect(words).toEqual([])
    vi.advanceTimersByTime(1)
    expect(words).toEqual([1, 'complete'])
  })
})

it('a hundred gateways that fail together do not retry together', async () => {
  const lab = await openLab()
  const session = await open(lab, lab.manager.createSession('b'))
  // Numbers from 0 to 1 that are the same in each run.
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const gateways = Array.from({ length: 100 }, () => {
    const gateway = failing(lab)
    listen(gateway.source.pipe(retryWhenConnected(session, { random })), () => '')
    return gateway
  })
  const next = (index: number) => gateways.map(({ tries }) => tries[index] ?? Number.NaN)
  await lab.clock.advance(1000)
  expect(new Set(next(1)).size).toBeGreaterThan(95)
  expect([Math.min(...next(1)) >= 0.5, Math.max(...next(1)) <= 1]).toEqual([true, true])
  // They lose the link together, and get it back together.
  lab.world.down('b', 'carrierLost')
  await lab.clock.advance(3000)
  const before = gateways.map(({ tries }) => tries.length)
  lab.world.up('b')
  await lab.clock.advance(500)
  const after = gateways.map(({ tries }, index) => tries[before[index] ?? 0] ?? Number.NaN)
  expect(new Set(after).size).toBeGreaterThan(95)
  expect([Math.min(...after) >= 4, Math.max(...after) <= 4.5]).toEqual([true, true])
})

describe("clockScheduler runs RxJS's own operators in virtual time", () => {
  /** What a stream emits within 10 s, with the second of each value. */
  async function within10s(
    stream: (scheduler: ReturnType<typeof clockScheduler>, lab: Lab) => Observable<unknown>,
  ) {
    forbidRealTime()
    const lab = await openLab()
    const { manager, clock } = lab
    const start = clock.now()
    const scheduler = clockScheduler(manager)
    const { words, subscription } = listen(
      stream(scheduler, lab),
      (value) => `${JSON.stringify(value)}@${(clock.now() - start) / 1000}`,
    )
    await clock.advance(10_000)
    subscription.unsubscribe()
    expect(clock.pending).toBe(0)
    return words
  }

  it('interval', async () => {
    expect(await within10s((scheduler) => interval(4000, scheduler))).toEqual(['0@4', '1@8'])
  })

  it('timer, once and again', async () => {
    expect(await within10s((scheduler) => timer(1000, scheduler))).toEqual(['0@1', 'complete'])
    expect(await within10s((scheduler) => timer(1000, 5000, scheduler))).toEqual(['0@1', '1@6'])
  })

  it('delay, and debounceTime, which reads the time', async () => {
    expect(await within10s((scheduler) => of('a').pipe(delay(2000, scheduler)))).toEqual([
      '"a"@2',
      'complete',
    ])
    const values = new Subject<string>()
    const debounced = await within10s((scheduler, { clock }) => {
      clock.after(1000, () => values.next('a'))
      clock.after(2000, () => values.next('b'))
      return values.pipe(debounceTime(3000, scheduler))
    })
    expect(debounced).toEqual(['"b"@5'])
  })

  it('bufferTime and timeout', async () => {
    expect(await within10s((scheduler) => NEVER.pipe(bufferTime(4000, scheduler)))).toEqual(['[]@4', '[]@8'])
    expect(
      await within10s((scheduler) => NEVER.pipe(timeout({ each: 3000, scheduler, with: () => of('late') }))),
    ).toEqual(['"late"@3', 'complete'])
  })

  it('the pauses of a retry of session$', async () => {
    const lab = await openLab([{ id: 'a', activate: 'no' }])
    const scheduler = clockScheduler(lab.manager)
    const opened: number[] = []
    const create = lab.manager.createSession.bind(lab.manager)
    lab.manager.createSession = (configuration) => {
      opened.push(lab.clock.now())
      return create(configuration)
    }
    const stream = session$(lab.manager, 'a').pipe(retry({ delay: () => timer(30_000, scheduler) }))
    const { subscription } = listen(stream, () => '')
    await lab.clock.advance(100_000)
    expect(opened).toEqual([0, 30_000, 60_000, 90_000])
    subscription.unsubscribe()
  })

  it('a session has the scheduler of its manager, and both outlive the manager', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('a')
    await lab.manager.close()
    const { words } = listen(timer(1000, clockScheduler(session)), (value) => value)
    await lab.clock.advance(1000)
    expect(words).toEqual([0, 'complete'])
    expect(clockScheduler(session).now()).toBe(lab.clock.now())
  })

  it('work that has been cancelled does not run, even if it schedules itself again', async () => {
    const { manager, clock } = await openLab()
    const ran: string[] = []
    const scheduler = clockScheduler(manager)
    scheduler.schedule(() => ran.push('never'), 10).unsubscribe()
    const repeated = scheduler.schedule(
      function (state?: number) {
        ran.push(`${state}`)
        if (state === 3) repeated.unsubscribe()
        this.schedule((state ?? 0) + 1, 10)
      },
      10,
      1,
    )
    await clock.advance(1000)
    expect(ran).toEqual(['1', '2', '3'])
    expect([repeated.closed, clock.pending]).toEqual([true, 0])
  })

  it('is the time of the system for a manager without a clock of its own', async () => {
    const manager = await NetworkConfigurationManager.open(mock({ configurations: [] }))
    onTestFinished(() => manager.close())
    const before = performance.now()
    expect(clockScheduler(manager).now()).toBeGreaterThanOrEqual(before)
    expect(listen(EMPTY.pipe(delay(1, clockScheduler(manager))), () => '').words).toEqual(['complete'])
  })
})

describe('rate$', () => {
  /** A session on `a`, which is better, and `b`. Both interfaces have counted gigabytes already. */
  async function openRoamer() {
    const lab = await openLab([{ id: 'a', link: 'up', activate: 'unknown' }, { id: 'b' }])
    const counters = { a: 5_000_000_000, b: 9_000_000_000 }
    const pass = (id: 'a' | 'b', received: number) => {
      counters[id] += received
      lab.world.traffic(id, { received: counters[id], written: received / 10 })
    }
    pass('a', 0)
    pass('b', 0)
    const members = ['a', 'b']
    const network = { identifier: 'net', members, ranking: [byOrder(members)] }
    const session = await open(lab, lab.manager.createSession(lab.manager.defineServiceNetwork(network)))
    return { ...lab, session, pass }
  }

  it('is the bytes per second of each interval, beginning with the first', async () => {
    const { session, clock, pass } = await openRoamer()
    const { words } = listen(rate$(session, { every: 2000 }), ({ received }) => received)
    expect(words).toEqual([])
    pass('a', 3000)
    await clock.advance(2000)
    await clock.advance(2000)
    pass('a', 1000)
    await clock.advance(2000)
    expect(words).toEqual([1500, 0, 500])
  })

  it('is neither negative nor a spike over roams, there and back, and losses', async () => {
    const { session, world, clock, pass } = await openRoamer()
    const { words } = listen(rate$(session, { every: 1000 }), ({ received }) => received)
    const second = async (id: 'a' | 'b') => {
      pass(id, 100)
      await clock.advance(1000)
    }
    await second('a')
    world.setInRange('a', false)
    await second('b')
    expect(session.activeConfiguration).toBe('b')
    await second('b')
    world.setInRange('a', true)
    // One that was lost has to be good for a while first (L3).
    for (let waited = 0; session.activeConfiguration !== 'a' && waited < 10; waited += 1) await second('b')
    expect(session.activeConfiguration).toBe('a')
    await second('a')
    await second('a')
    world.flap('a')
    await second('a')
    world.down('a', 'carrierLost')
    await second('a')
    expect(Math.max(...(words as number[]))).toBe(100)
    expect(Math.min(...(words as number[]))).toBeGreaterThanOrEqual(0)
    // The seconds in which links change miss some bytes, the others none.
    expect(words.filter((rate) => rate === 100).length).toBeGreaterThanOrEqual(4)
  })

  it('does not count what passed before it was subscribed to', async () => {
    const { session, clock, pass } = await openRoamer()
    listen(traffic$(session, { every: 1000 }), () => '').subscription.unsubscribe()
    pass('a', 1_000_000_000)
    const { words } = listen(rate$(session, { every: 1000 }), ({ received }) => received)
    pass('a', 10)
    await clock.advance(1000)
    expect(words).toEqual([10])
  })

  it('divides by the time that has passed if a timer is late', async () => {
    const { session, pass } = await openRoamer()
    const scheduler = new VirtualTimeScheduler()
    const { words, subscription } = listen(
      rate$(session, { every: 1000, scheduler }),
      ({ received }) => received,
    )
    pass('a', 4000)
    scheduler.frame = 3000
    // The timer was due at 1000.
    const [late] = scheduler.actions as unknown as { execute(state: unknown, delay: number): void }[]
    late?.execute(undefined, 0)
    expect(words).toEqual([1333 + 1 / 3])
    subscription.unsubscribe()
  })

  it('shares its reads among its subscribers, gives a late one the last rate, and ends with the manager', async () => {
    const { session, clock, manager, pass } = await openRoamer()
    const stream = rate$(session, { every: 1000 })
    const one = listen(stream, ({ received }) => received)
    pass('a', 10)
    await clock.advance(1000)
    expect(listen(stream, ({ received }) => received).words).toEqual([10])
    expect(clock.pending).toBe(1)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(one.words.at(-1)).toBe('complete')
    expect(clock.pending).toBe(0)
  })
})
