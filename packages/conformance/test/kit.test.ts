import { type MockConfiguration, mock, VirtualClock } from '@roamkit/backend-mock'
import { describe, expect, test } from 'vitest'
import type { ControlName, Controls } from '../src/index.js'
import {
  type Adapter,
  judge,
  type Law,
  laws,
  mutants,
  summary,
  table,
  type Verdict,
  verdict,
} from '../src/index.js'
import { mutateBackend } from '../src/mutants/mutant.js'
import { mockAdapter } from './mock-adapter.js'

/** The mock's adapter with other controls, or another driver. */
function withControls(change: (controls: Controls) => Controls, adapter = mockAdapter()): Adapter {
  const setup = async () => {
    const fixture = await adapter.setup()
    return { ...fixture, controls: change(fixture.controls) }
  }
  return { ...adapter, setup }
}

/** The mock with one configuration and no controls. */
function withConfiguration(configuration: MockConfiguration): Adapter {
  return {
    name: 'one configuration',
    setup() {
      const clock = new VirtualClock()
      const driver = mock({ configurations: [configuration] })
      return { driver, controls: {}, time: { clock, pass: (ms) => clock.advance(ms) } }
    },
  }
}

function lawOf(id: string): Law {
  const found = laws.find((one) => one.id === id)
  if (!found) throw new Error(`no law ${id}`)
  return found
}

function mutant(id: string): Adapter {
  const found = mutants.find((one) => one.id === id)
  if (!found) throw new Error(`no mutant ${id}`)
  return mockAdapter(found.wrap)
}

const listBroken = (verdicts: readonly Verdict[]) =>
  verdicts.filter(({ outcome }) => outcome === 'broken').map(({ law }) => law)

describe('a correct backend and its adapter may be written in other ways', () => {
  test('controls may be an instance of a class, with methods that use this', async () => {
    class Base {
      readonly #controls: Controls
      constructor(controls: Controls) {
        this.#controls = controls
      }
      async stallAccept(id: string) {
        await this.#controls.stallAccept?.(id)
      }
    }
    class Own extends Base {
      readonly inner: Controls
      constructor(controls: Controls) {
        super(controls)
        this.inner = controls
      }
      async release(id: string) {
        await this.inner.release?.(id)
      }
    }
    const adapter = withControls((controls) => Object.freeze(new Own(controls)))
    expect(await judge(adapter, lawOf('activate-aborted-waiting'))).toMatchObject({ outcome: 'kept' })
  })

  test('a backend may take the methods apart from the host and from its clock', async () => {
    const adapter = mockAdapter((driver) => ({
      contract: 1,
      name: driver.name,
      open({ changed, log, clock: { now, after, isVirtual } }, call) {
        return driver.open({ changed, log, clock: { now, after, ...(isVirtual && { isVirtual }) } }, call)
      },
    }))
    const ids = ['open-again', 'poke-early', 'service-lost-keeps']
    const verdicts = await Promise.all(ids.map((id) => judge(adapter, lawOf(id))))
    expect(listBroken(verdicts)).toEqual([])
  })

  test('reading the snapshot inside host.changed() is tried also if the backend has taken that method', async () => {
    const adapter = mockAdapter((driver) => ({
      contract: 1,
      name: driver.name,
      async open({ changed, log, clock }, call) {
        let isInside = false
        const inside = () => {
          isInside = true
          changed()
          isInside = false
        }
        const backend = await driver.open({ changed: inside, log, clock }, call)
        return new Proxy(backend, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name)
            if (typeof member !== 'function') return member
            return (...words: unknown[]) => {
              if (isInside && name === 'snapshot') throw new Error('not yet')
              return member.apply(target, words)
            }
          },
        })
      },
    }))
    expect(await judge(adapter, lawOf('poke-early'))).toMatchObject({ outcome: 'broken' })
  })
})

test('on a machine in use, no law brings a link up or down, whatever the adapter could do', async () => {
  const used: string[] = []
  const adapter = withControls((controls) => {
    const noted = Object.entries(controls).map(([name, control]) => [
      name,
      (...words: never[]) => {
        used.push(name)
        return (control as (...words: never[]) => unknown)(...words)
      },
    ])
    return Object.fromEntries(noted)
  })
  await verdict({ ...adapter, touch: 'nothing' })
  expect(used).toEqual([])
})

test('a setup() that gives no fixture is a broken verdict that says so, and not a rejection', async () => {
  const adapter = { name: 'none', setup: async () => ({ driver: mock() }) } as unknown as Adapter
  expect(await judge(adapter, lawOf('activate-denied'))).toMatchObject({
    outcome: 'broken',
    reason: 'the fixture cannot be set up: setup() must resolve to an object with a driver and controls',
  })
})

test('a secret is found in a log whatever characters it has, and in the errors of an error', async () => {
  for (const show of [
    (answer: unknown) => ({ answer }),
    (answer: unknown) => ({ json: JSON.stringify({ answer }) }),
    (answer: unknown) => ({ error: new AggregateError([new Error(JSON.stringify(answer))]) }),
  ]) {
    const { wrap } = mutateBackend('logs', 'secret-unseen', (backend, host) => ({
      activate: (id, request) =>
        backend.activate(id, {
          ...request,
          async secret(ask, call) {
            const answer = (await request.secret?.(ask, call)) ?? null
            host.log('answered', show(answer))
            return answer
          },
        }),
    }))
    expect(await judge(mockAdapter(wrap, 'pass"\\wörd'), lawOf('secret-unseen'))).toMatchObject({
      outcome: 'broken',
      reason: 'a secret appears in a snapshot, a log or an error',
    })
  }
})

describe('no law passes without checking what it is about', () => {
  test('with no configurations at all, only the laws about the driver itself pass', async () => {
    const adapter: Adapter = {
      name: 'nothing',
      setup() {
        const clock = new VirtualClock()
        return { driver: mock(), controls: {}, time: { clock, pass: (ms) => clock.advance(ms) } }
      },
    }
    const verdicts = await verdict(adapter)
    expect(verdicts.filter(({ outcome }) => outcome === 'kept').map(({ law }) => law)).toEqual([
      'driver-shape',
      'open-live',
      'open-aborted',
      'open-abandoned',
      'snapshot-identity',
      'activate-unknown',
      'deactivate-unknown',
      'scan-truth',
      'scan-aborted',
      'recheck-unknown',
      'traffic-unknown',
      'direct-routing',
      'storing-offered',
      'storing-unknown',
      'refusal-order',
      'dispose-twice',
      'dispose-stops-timers',
    ])
    expect(listBroken(verdicts)).toEqual([])
  })

  test.each(laws.map(({ id }) => id))(
    '%s cannot run, or lists the control as untried, when a control is missing',
    async (id) => {
      const law = lawOf(id)
      const declared = [...law.needs, ...law.uses].filter((need): need is ControlName => need !== 'time')
      for (const name of declared) {
        const { outcome, untried } = await judge(
          withControls(({ [name]: _, ...rest }) => rest),
          law,
        )
        expect(outcome === 'cannotRun' || untried.includes(name), `${id} without ${name}: ${outcome}`).toBe(
          true,
        )
      }
    },
  )

  test('a law that uses a control without declaring it is broken, and cannot skip it unnoticed', async () => {
    const sly: Law = {
      ...lawOf('driver-shape'),
      id: 'sly',
      async run({ controls }) {
        await controls.linkUp?.('cafe')
      },
    }
    expect(await judge(mockAdapter(), sly)).toMatchObject({
      outcome: 'broken',
      reason: 'the law sly uses the control linkUp without declaring it',
    })
  })

  test('a law that exercises all changes lists deactivate if no link can be taken down', async () => {
    const { outcome, untried } = await judge(
      withConfiguration({ id: 'a', deactivate: 'no' }),
      lawOf('snapshot-frozen'),
    )
    expect(outcome).toBe('kept')
    expect(untried).toContain('deactivate')
  })

  test('events-without-timers needs a change: a link that is up and stays up proves nothing', async () => {
    const law = lawOf('events-without-timers')
    expect(await judge(withConfiguration({ id: 'a', link: 'up' }), law)).toMatchObject({ outcome: 'kept' })
    expect(await judge(withConfiguration({ id: 'a', link: 'up', deactivate: 'no' }), law)).toMatchObject({
      outcome: 'cannotRun',
      reason: 'no link can be taken down',
    })
  })

  test('a law that exercises all changes lists those that did not show', async () => {
    const { outcome, untried } = await judge(mutant('sees-everything'), lawOf('snapshot-frozen'))
    expect([outcome, untried]).toEqual(['kept', ['setInRange']])
  })
})

describe('a verdict depends on what the backend does', () => {
  test('a backend that does not follow the range breaks the laws about range, and no other', async () => {
    expect(listBroken(await verdict(mutant('sees-everything')))).toEqual([
      'range-followed',
      'range-promises-nothing',
      'service-back-truth',
    ])
  })

  test('a link that goes down with its carrier need not come back by itself (S12)', async () => {
    const adapter = (back: 'in range' | 'never'): Adapter => {
      const inner = mockAdapter()
      const setup = async () => {
        const fixture = await inner.setup()
        const { linkDown, setInRange } = fixture.controls as Required<Controls>
        const carrier = async (id: string, on: boolean) => {
          if (!on) await linkDown(id)
          if (back === 'never' || !on) await setInRange(id, false)
          else await setInRange(id, true)
        }
        return { ...fixture, controls: { ...fixture.controls, carrier } }
      }
      return { ...inner, setup }
    }
    expect(await judge(adapter('in range'), lawOf('carrier-followed'))).toMatchObject({ outcome: 'kept' })
    expect(await judge(adapter('never'), lawOf('carrier-followed'))).toMatchObject({ outcome: 'broken' })
  })

  test('a daemon may take its links down before it stops (S14)', async () => {
    const adapter = withControls((controls) => {
      const { linkDown, linkUp, loseService } = controls as Required<Controls>
      const links = ['cable', 'cafe']
      return {
        ...controls,
        linkUp,
        async loseService() {
          for (const id of links) await linkDown(id)
          await loseService()
        },
      }
    })
    expect(await judge(adapter, lawOf('service-lost-keeps'))).toMatchObject({ outcome: 'kept' })
  })

  test('absence breaks a law even on an adapter without carrier or setInRange (S13)', async () => {
    const adapter = withControls(
      ({ carrier: _, setInRange: __, ...rest }) => rest,
      mutant('lists-what-is-there'),
    )
    expect(await judge(adapter, lawOf('absence-is-not-removal'))).toMatchObject({
      outcome: 'broken',
      reason: expect.stringContaining('is no longer in the snapshot, although the system has not deleted it'),
    })
  })

  test('an address that comes 8 ms after "up" is reported with both states (S3)', async () => {
    const { reason } = await judge(mutant('is-ready-before-its-address'), lawOf('up-has-address'))
    expect(reason).toMatch(/came up with the addresses null; later it had \["10\./)
  })
})

describe('a broken verdict says what went wrong', () => {
  test('a wait that times out says what it waited for and what is shown instead, and absence has a message of its own', async () => {
    const gone = withControls(
      (controls) => ({ ...controls, setInRange: async (id) => controls.remove?.(id) }),
      mockAdapter(),
    )
    const { reason } = await judge(gone, lawOf('range-followed'))
    expect(reason).toMatch(
      /^not within 10000 ms: ".+" is out of range; it is no longer in the snapshot: only/,
    )
    const deaf = withControls((controls) => ({ ...controls, setInRange: async () => {} }))
    expect((await judge(deaf, lawOf('range-followed'))).reason).toMatch(
      /is out of range; it is shown as \{"link":"down",.*"inRange":true/,
    )
  })

  test.each([
    [
      'a control',
      'the control setInRange did not resolve within 150 ms',
      { setInRange: () => new Promise<void>(() => {}) },
    ],
  ])('%s that never resolves is named', async (_, message, controls) => {
    const adapter = { ...withControls((all) => ({ ...all, ...controls })), timeout: 50 }
    expect(await judge(adapter, lawOf('range-followed'))).toMatchObject({
      outcome: 'broken',
      reason: message,
    })
  })

  test('a fixture that is never set up is named', async () => {
    const adapter: Adapter = { name: 'stuck', timeout: 5, setup: () => new Promise(() => {}) }
    const { reason } = await judge(adapter, lawOf('driver-shape'))
    expect(reason).toBe('the fixture cannot be set up: setup() did not resolve within 100 ms')
  })

  test('in real time a wait ends before the timeout of any test runner', async () => {
    const adapter: Adapter = {
      name: 'slow',
      setup: () => ({
        driver: { contract: 1, name: 'slow', open: () => new Promise(() => {}) },
        controls: {},
      }),
    }
    const { reason } = await judge(adapter, lawOf('open-live'))
    expect(reason).toBe('not within 1500 ms: open settles')
  })
})

test('a law that cannot run is neither kept nor broken, and the summary says what to do', async () => {
  const bare = withControls(({ carrier: _, ...rest }) => rest)
  const one = await judge(bare, lawOf('carrier-followed'))
  expect(one).toEqual({
    law: 'carrier-followed',
    outcome: 'cannotRun',
    reason: 'the adapter has no carrier',
    untried: [],
  })
  const other = await judge(bare, lawOf('snapshot-frozen'))
  expect(other).toEqual({ law: 'snapshot-frozen', outcome: 'kept', reason: null, untried: ['carrier'] })
  expect(table([one, other])).toBe(
    [
      'carrier-followed  cannot run  the adapter has no carrier',
      'snapshot-frozen   kept        without carrier',
      '1 kept, 0 broken, 0 waived, 1 cannot run',
    ].join('\n'),
  )
  expect(summary([one, other])).toContain(
    `  { law: 'carrier-followed', reason: "the adapter has no carrier" },`,
  )
  expect(summary([other])).toBe('1 kept, 0 broken, 0 waived')
})
