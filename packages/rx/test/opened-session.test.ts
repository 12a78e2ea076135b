import { byOrder, type NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { distinctUntilChanged, map, NEVER, type Observable, of, retry, switchMap, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  decideRoaming,
  ignoreMetered,
  type OpenedSession,
  type RoamingPolicy,
  session$,
  state$,
  whileConnected,
} from '../src/index.js'
import { listen, openLab } from './lab.js'

const brief = ({ state, isOpen, reopening }: OpenedSession) =>
  `${state}${isOpen ? ' open' : ''}${reopening === null ? '' : ` attempt ${reopening.attempt} after ${reopening.delay}`}`

/** Records the sessions that a manager creates from now on. */
function countSessions(manager: NetworkConfigurationManager): { readonly sessions: NetworkSession[] } {
  const counter = { sessions: [] as NetworkSession[] }
  const create = manager.createSession.bind(manager)
  manager.createSession = (configuration) => {
    const session = create(configuration)
    counter.sessions.push(session)
    return session
  }
  return counter
}

describe('session$', () => {
  it('does nothing until it is subscribed to; subscribing opens, unsubscribing closes', async () => {
    const { manager, world, clock } = await openLab()
    const stream = session$(manager, 'b')
    await clock.advance(100)
    expect(world.calls).toEqual([])
    const { words, subscription } = listen(stream, brief)
    expect(words).toEqual(['disconnected'])
    await clock.advance(100)
    expect(words).toEqual(['disconnected', 'connecting', 'connected open'])
    subscription.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
    expect(words).toHaveLength(3)
  })

  it('emits values that do not change, so that a store with proxies leaves the session in them as it is', async () => {
    const { manager, clock } = await openLab()
    const values: OpenedSession[] = []
    const subscription = session$(manager, 'a').subscribe((value) => values.push(value))
    await clock.advance(100)
    expect(values.at(-1)).toMatchObject({ isOpen: true, reopening: null, decision: null })
    expect(values.every(Object.isFrozen)).toBe(true)
    subscription.unsubscribe()
  })

  it('all subscribers share one session, a late one gets the current value at once, and the last one to leave closes it', async () => {
    const { manager, world, clock } = await openLab()
    const counter = countSessions(manager)
    const stream = session$(manager, 'b')
    const [one, two] = [listen(stream, brief), listen(stream, brief)]
    await clock.advance(100)
    const three = listen(stream, brief)
    expect(counter.sessions).toHaveLength(1)
    expect([one.words, two.words, three.words]).toEqual([
      ['disconnected', 'connecting', 'connected open'],
      ['disconnected', 'connecting', 'connected open'],
      ['connected open'],
    ])
    one.subscription.unsubscribe()
    two.subscription.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('up')
    three.subscription.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('opens a new session for a subscriber that arrives after the last one has left', async () => {
    const { manager, clock } = await openLab()
    const counter = countSessions(manager)
    const stream = session$(manager, 'b')
    for (const count of [1, 2]) {
      const { words, subscription } = listen(stream, brief)
      await clock.advance(100)
      expect(words).toEqual(['disconnected', 'connecting', 'connected open'])
      expect(counter.sessions).toHaveLength(count)
      subscription.unsubscribe()
      await clock.advance(100)
    }
  })

  it('two calls create two sessions', async () => {
    const { manager, clock } = await openLab()
    const counter = countSessions(manager)
    listen(session$(manager, 'b'), brief)
    listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    expect(counter.sessions).toHaveLength(2)
  })

  it('a subscriber that arrives after other code closed the session gets the completion and opens nothing', async () => {
    const { manager, world, clock } = await openLab()
    const counter = countSessions(manager)
    const stream = session$(manager, 'b', { keepOpen: true })
    const { words } = listen(stream, brief)
    await clock.advance(100)
    void counter.sessions[0]?.close()
    await clock.advance(100)
    expect(words.slice(-3)).toEqual(['closing', 'disconnected', 'complete'])
    const late = listen(stream, brief).words
    await clock.advance(10_000)
    expect(late).toEqual(['disconnected', 'complete'])
    expect(counter.sessions).toHaveLength(1)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('subscribers that retry after a failure share the next session, too', async () => {
    const { manager, world, clock } = await openLab()
    const counter = countSessions(manager)
    const stream = session$(manager, 'b').pipe(retry(1))
    world.failNext('b', 'secretWrong')
    const all = [listen(stream, brief), listen(stream, brief)]
    await clock.advance(200)
    expect(all.map(({ words }) => words.at(-1))).toEqual(['connected open', 'connected open'])
    expect(counter.sessions).toHaveLength(2)
  })

  it('unsubscribing while it is opening cancels (S7)', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const { subscription, words } = listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    subscription.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
    expect(words).toEqual(['disconnected', 'connecting'])
  })

  it('fails if the session cannot be opened, so that retry applies', async () => {
    const { manager, world, clock } = await openLab()
    world.failNext('b', 'secretWrong')
    const { words } = listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    expect(words).toEqual(['disconnected', 'connecting', 'disconnected', 'error:unknown/secretWrong'])
    world.failNext('b', 'secretWrong')
    const again = listen(session$(manager, 'b').pipe(retry(1)), brief)
    await clock.advance(200)
    expect(again.words.at(-1)).toBe('connected open')
    expect(listen(session$(manager, 'nowhere'), brief).words).toEqual(['invalid'])
  })

  it('fails when the session is lost', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    world.down('b', 'carrierLost')
    await clock.advance(5100)
    expect(words.slice(3)).toEqual(['disconnected open', 'disconnected', 'error:sessionAborted/lost'])
  })

  it('completes when other code closes the session, even after an error that it survived', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'a', inRange: false, activate: 'unknown' },
      { id: 'b' },
    ])
    const members = ['a', 'b']
    manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    let opened: OpenedSession | null = null
    const { words } = listen(session$(manager, 'net'), (value) => {
      opened = value
      return value.error === null ? value.state : `${value.state} ${value.error.code}`
    })
    await clock.advance(100)
    world.failNext('a', 'addressFailed')
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(words).toContain('connected roaming')
    const { session } = opened as unknown as OpenedSession
    void session.close()
    await clock.advance(100)
    expect(words.at(-1)).toBe('complete')
  })

  it('completes with the manager, opening, open or closed', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const opening = listen(session$(manager, 'b'), brief).words
    const open = listen(session$(manager, 'c'), brief).words
    await clock.advance(100)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect([opening.at(-1), open.at(-1)]).toEqual(['complete', 'complete'])
    expect(listen(session$(manager, 'c'), brief).words).toEqual(['invalid', 'complete'])
  })

  it('keepOpen: the retries are values, until it is open again', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(session$(manager, 'b', { keepOpen: true }), brief)
    await clock.advance(100)
    world.failNext('b', 'addressFailed')
    world.down('b', 'carrierLost')
    await clock.advance(5000)
    expect(words.at(-1)).toBe('disconnected attempt 1 after 1000')
    await clock.advance(10_000)
    expect(words.slice(3)).toEqual([
      'disconnected open',
      'disconnected attempt 1 after 1000',
      'connecting attempt 1 after 1000',
      'disconnected attempt 2 after 2000',
      'connecting attempt 2 after 2000',
      'connected open',
    ])
  })

  it.each(['close', 'stop'] as const)(
    'keepOpen: completes when %s() is called while it waits to be opened again',
    async (doing) => {
      const { manager, world, clock } = await openLab()
      let session: NetworkSession | null = null
      const { words } = listen(session$(manager, 'b', { keepOpen: true }), (value) => {
        session = value.session
        return brief(value)
      })
      await clock.advance(100)
      world.failNext('b', 'addressFailed')
      world.down('b', 'carrierLost')
      await clock.advance(6100)
      expect(words.at(-1)).toBe('disconnected attempt 2 after 2000')
      void (session as NetworkSession | null)?.[doing]()
      await clock.advance(100)
      expect(words.slice(-2)).toEqual(['disconnected', 'complete'])
    },
  )

  it('keepOpen: completes with the manager while it waits to be opened again', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(session$(manager, 'b', { keepOpen: true }), brief)
    await clock.advance(100)
    world.setInRange('b', false)
    await clock.advance(5100)
    expect(words.at(-1)).toMatch(/attempt \d/)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(words.at(-1)).toBe('complete')
  })

  it('keepOpen: any stop ends it', async () => {
    const { manager, clock } = await openLab()
    const { words } = listen(session$(manager, 'b', { keepOpen: true }), brief)
    await clock.advance(100)
    void manager.createSession('b').stop()
    await clock.advance(100)
    expect(words.at(-1)).toBe('error:sessionAborted/stopped')
  })

  it('take(1) leaves no session open', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(
      session$(manager, 'b', { connectInBackground: true }).pipe(take(1)),
      ({ session }) => session.connectInBackground,
    )
    await clock.advance(1000)
    expect(words).toEqual([true, 'complete'])
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('throws at once for an invalid option (E2)', async () => {
    const { manager } = await openLab()
    expect(() => session$(manager, 'b', { lastClose: 'never' as never })).toThrow(RangeError)
  })
})

describe('session$ of a machine with Wi-Fi, a cable and metered LTE', () => {
  const metered = { value: true, sure: true }

  /** Wi-Fi is in range. LTE ranks first, so that only a policy keeps the session off it. */
  async function openMachine() {
    const lab = await openLab([
      { id: 'wifi', activate: 'unknown' },
      { id: 'lte', metered, inRange: false, activate: 'unknown' },
    ])
    const members = ['lte', 'wifi']
    lab.manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    const counter = countSessions(lab.manager)
    const asked: string[] = []
    /** `ignoreMetered()`, recording when it is asked and which link the session uses then. */
    const policy: RoamingPolicy = {
      offer(offer, call) {
        asked.push(`${offer.configuration.identifier} while ${offer.session.state}`)
        return ignoreMetered().offer?.(offer, call) ?? null
      },
    }
    /** Brings LTE into range and waits long enough for any roam. */
    async function bringLte() {
      await lab.clock.advance(1000)
      lab.world.setInRange('lte', true)
      await lab.clock.advance(60_000)
    }
    const link = (id: string) => lab.world.snapshot().configurations.find((one) => one.id === id)?.link
    return { ...lab, ...counter, asked, policy, bringLte, link }
  }

  it('as in the README: with policies, one session asks before it roams, and LTE stays down', async () => {
    const { manager, sessions, asked, policy, bringLte, link, world } = await openMachine()
    const uplink = session$(manager, 'net', { keepOpen: true, policies: [policy] })
    const states = listen(uplink, ({ state }) => state).words
    const decisions = listen(uplink, ({ decision }) => decision?.answer ?? null).words
    await bringLte()
    expect(sessions).toHaveLength(1)
    expect(asked).toEqual(['lte while connected'])
    expect([link('wifi'), link('lte')]).toEqual(['up', 'down'])
    expect(world.calls.filter((call) => JSON.stringify(call).includes('lte'))).toEqual([])
    expect(states.at(-1)).toBe('connected')
    expect(decisions.at(-1)).toBe('ignore')
  })

  /** The obvious ways to write it, in every order. */
  const session = (uplink: Observable<OpenedSession>) =>
    uplink.pipe(
      map((opened) => opened.session),
      distinctUntilChanged(),
    )
  const typed: readonly [
    string,
    (uplink: Observable<OpenedSession>, policy: RoamingPolicy) => Observable<unknown>[],
  ][] = [
    [
      'a pipe for states, and one for decisions',
      (uplink, policy) => [
        session(uplink).pipe(switchMap(state$)),
        session(uplink).pipe(switchMap((one) => decideRoaming(one, policy))),
      ],
    ],
    [
      'a pipe for decisions, and one for states',
      (uplink, policy) => [
        session(uplink).pipe(switchMap((one) => decideRoaming(one, policy))),
        session(uplink).pipe(switchMap(state$)),
      ],
    ],
    [
      'three pipes, without distinctUntilChanged',
      (uplink, policy) => [
        uplink.pipe(switchMap((opened) => state$(opened.session))),
        uplink.pipe(switchMap((opened) => decideRoaming(opened.session, policy))),
        uplink.pipe(switchMap((opened) => of(1).pipe(whileConnected(opened.session)))),
      ],
    ],
  ]
  it.each(typed)(
    'with %s: one session, which asks before it roams, and LTE stays down',
    async (_how, pipes) => {
      const { manager, sessions, asked, policy, bringLte, link } = await openMachine()
      for (const pipe of pipes(session$(manager, 'net', { keepOpen: true }), policy)) listen(pipe, () => '')
      await bringLte()
      expect(sessions).toHaveLength(1)
      expect(new Set(asked)).toEqual(new Set(['lte while connected']))
      expect([link('wifi'), link('lte')]).toEqual(['up', 'down'])
    },
  )

  it('policies: after a loss the metered link is used, and left for an unmetered one (R11)', async () => {
    const { manager, asked, bringLte, link, world, clock } = await openMachine()
    const uplink = session$(manager, 'net', { policies: [ignoreMetered()] })
    const { words } = listen(uplink, ({ state, decision }) => `${state} ${decision?.answer ?? ''}`)
    await bringLte()
    world.setInRange('wifi', false)
    await clock.advance(1000)
    expect(asked).toEqual([])
    expect(link('lte')).toBe('up')
    expect(words.at(-1)).toBe('connected accept')
  })

  it('policies: the decision contains the error that one throws, and the session stays', async () => {
    const { manager, bringLte, link } = await openMachine()
    const uplink = session$(manager, 'net', {
      policies: [
        {
          offer() {
            throw new TypeError('bad policy')
          },
        },
      ],
    })
    const { words } = listen(uplink, ({ decision }) =>
      decision === null ? '' : `${decision.answer} ${decision.error}`,
    )
    await bringLte()
    expect(words.at(-1)).toBe('ignore TypeError: bad policy')
    expect(link('lte')).toBe('down')
  })

  it('without policies it roams by itself, and with an empty list it asks and the answer is yes (R3, R4)', async () => {
    for (const policies of [undefined, []]) {
      const { manager, bringLte, link } = await openMachine()
      const { words } = listen(
        session$(manager, 'net', { policies }),
        ({ decision }) => decision?.answer ?? null,
      )
      await bringLte()
      expect(link('lte')).toBe('up')
      expect(words.at(-1)).toBe(policies === undefined ? null : 'accept')
    }
  })

  it('policies: leave no listener and no pending call when the last subscriber leaves', async () => {
    const { manager, sessions, bringLte, clock } = await openMachine()
    const signals: AbortSignal[] = []
    const policy: RoamingPolicy = {
      offer(_offer, { signal }) {
        signals.push(signal)
        return NEVER
      },
    }
    const { subscription } = listen(session$(manager, 'net', { policies: [policy] }), brief)
    await bringLte()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    subscription.unsubscribe()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    await clock.advance(1000)
    expect(sessions[0]?.isOpen).toBe(false)
  })

  it.each([null, 'ignore', ignoreMetered])(
    'policies: throws for an invalid policy before it creates a session: %s',
    async (policy) => {
      const { manager, sessions } = await openMachine()
      expect(() => session$(manager, 'net', { policies: [policy as never] })).toThrow(TypeError)
      expect(sessions).toEqual([])
    },
  )
})

it("keepOpen 'always': a first opening that fails is no error, and `reopening` tells of the next one (L6)", async () => {
  const { manager, world, clock } = await openLab()
  world.setInRange('b', false)
  const { words } = listen(session$(manager, 'b', { keepOpen: 'always' }), brief)
  await clock.advance(3500)
  expect(words.at(-1)).toMatch(/attempt 3 after 4000$/)
  world.setInRange('b', true)
  await clock.advance(10_000)
  expect(words.at(-1)).toBe('connected open')
  expect(words.filter((word) => /error|complete/.test(word))).toEqual([])
})
