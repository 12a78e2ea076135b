import { allUplinks, type SecretsProvider, type SecretsRequest } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'
import { surfacedDuring } from './surfaced.js'

const RIGHT = 'correct horse battery'
const WRONG = 'wrong horse battery'

const CAFE = {
  id: 'cafe',
  name: 'Café',
  bearer: 'wlan',
  saved: false,
  wifi: { ssid: 'Café', hidden: false, security: 'wpa' },
  secret: { psk: RIGHT },
} as const

/** A provider that gives the next of these answers, and notes what it was asked. */
function giving(...answers: readonly (string | null)[]) {
  const asked: SecretsRequest[] = []
  const signals: AbortSignal[] = []
  const secrets: SecretsProvider = async (request, { signal }) => {
    asked.push(request)
    signals.push(signal)
    const psk = answers[asked.length - 1] ?? null
    return psk === null ? null : { psk }
  }
  return { asked, signals, secrets }
}

/** A provider that never answers. */
function silent() {
  const signals: AbortSignal[] = []
  const secrets: SecretsProvider = (_, { signal }) => {
    signals.push(signal)
    return new Promise(() => {})
  }
  const aborted = () => signals.map((signal) => signal.aborted)
  return { aborted, secrets }
}

describe('N3 a session gives the secrets for its link', () => {
  it('is asked for the fields that are missing, with the configuration, as plain data', async () => {
    const { manager, clock } = await openLab([CAFE])
    const { asked, secrets } = giving(RIGHT)
    const session = manager.createSession('cafe', { secrets })
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(opened.value).toBe('resolved')
    expect(told).toEqual(['connecting', 'connected', 'opened'])
    const before = {
      ...manager.configurationFromIdentifier('cafe'),
      state: 'discovered',
      connectivity: 'unknown',
    }
    expect(asked.map((request) => JSON.parse(JSON.stringify(request)))).toEqual([
      { configuration: JSON.parse(JSON.stringify(before)), fields: ['psk'], attempt: 1 },
    ])
    expect([asked[0], asked[0]?.fields].map(Object.isFrozen)).toEqual([true, true])
  })

  it('is asked again, with the number of the attempt, when the system refuses what it gave', async () => {
    const { manager, clock } = await openLab([CAFE])
    const { asked, secrets } = giving(WRONG, WRONG, RIGHT)
    const session = manager.createSession('cafe', { secrets })
    void session.open()
    await clock.advance(100)
    expect(session.isConnected).toBe(true)
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })

  it('without a provider the opening fails with secretMissing', async () => {
    const { manager, clock } = await openLab([CAFE])
    const session = manager.createSession('cafe')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(opened.value).toBe('unknown/secretMissing')
    expect(told).toEqual(['connecting', 'disconnected', 'error:unknown/secretMissing'])
  })

  it.each([
    ['no secret: secretMissing', [null], 'secretMissing'],
    ['no secret after a wrong one: secretWrong', [WRONG, null], 'secretWrong'],
  ])('a provider that has %s', async (_, answers, reason) => {
    const { manager, clock } = await openLab([CAFE])
    const session = manager.createSession('cafe', { secrets: giving(...answers).secrets })
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(opened.value).toBe(`unknown/${reason}`)
  })

  it('of several sessions that bring a link up, the first that has a provider is asked, once', async () => {
    const { manager, clock } = await openLab([CAFE])
    const [second, third] = [giving(RIGHT), giving(RIGHT)]
    const sessions = [
      manager.createSession('cafe'),
      manager.createSession('cafe', { secrets: second.secrets }),
      manager.createSession('cafe', { secrets: third.secrets }),
    ]
    const opened = sessions.map((session) => outcome(session.open()))
    await clock.advance(100)
    expect(opened.map(({ value }) => value)).toEqual(['resolved', 'resolved', 'resolved'])
    expect([second.asked.length, third.asked.length]).toEqual([1, 0])
  })

  it('a session that only watches the link is not asked', async () => {
    const { manager, clock } = await openLab([CAFE])
    const watching = giving(RIGHT)
    listen(manager.createSession('cafe', { secrets: watching.secrets }))
    const opened = outcome(manager.createSession('cafe').open())
    await clock.advance(100)
    expect([opened.value, watching.asked.length]).toEqual(['unknown/secretMissing', 0])
  })

  it('on a service network the request names the child, for each child in turn', async () => {
    const home = { ...CAFE, id: 'home', name: 'Home', signal: 20, secret: { psk: 'another' } }
    const { manager, clock } = await openLab([{ ...CAFE, signal: 90 }, home])
    manager.defineServiceNetwork(allUplinks)
    const asked: string[] = []
    const secrets: SecretsProvider = async ({ configuration }) => {
      asked.push(configuration.identifier)
      return configuration.identifier === 'home' ? { psk: 'another' } : null
    }
    const session = manager.createSession(allUplinks.identifier, { secrets })
    void session.open()
    await clock.advance(100)
    expect(asked).toEqual(['cafe', 'home'])
    expect([session.isConnected, session.activeConfiguration]).toEqual([true, 'home'])
  })

  it('gets only the fields that were asked for', async () => {
    const { manager, clock, driver } = await openLab([CAFE])
    const given: unknown[] = []
    const { open } = driver
    const spying = {
      ...driver,
      open: async (...words: Parameters<typeof open>) => {
        const backend = await open(...words)
        return {
          ...backend,
          activate: (id: string, request: Parameters<typeof backend.activate>[1]) =>
            backend.activate(id, {
              ...request,
              secret: async (...question) => {
                const secret = await (request.secret?.(...question) ?? null)
                given.push(secret)
                return secret
              },
            }),
        }
      },
    }
    const { NetworkConfigurationManager } = await import('@roamkit/core')
    const other = await NetworkConfigurationManager.open(spying, { clock })
    const secrets: SecretsProvider = async () => ({ psk: RIGHT, pin: '1234' })
    void other.createSession('cafe', { secrets }).open()
    await clock.advance(100)
    expect(given).toEqual([{ psk: RIGHT }])
    await Promise.all([other.close(), clock.advance(100)])
    expect(manager.configurationFromIdentifier('cafe').state).toBe('discovered')
  })
})

describe('N4 a provider that does not give a secret', () => {
  const odd: readonly (readonly [string, () => unknown, string])[] = [
    [
      'throws',
      () => {
        throw new TypeError(`cannot read ${RIGHT}`)
      },
      'it threw: TypeError',
    ],
    ['rejects', () => Promise.reject(new Error(`bad ${RIGHT}`)), 'it threw: Error'],
    ['rejects with a text', () => Promise.reject(RIGHT), 'it threw'],
    ['answers a text', () => RIGHT, 'it answered neither an object nor null'],
    ['answers undefined', () => undefined, 'it answered neither an object nor null'],
    ['leaves a field out', () => ({ password: RIGHT }), "it gave no text for 'psk'"],
    ['gives a number', () => ({ psk: 12345678 }), "it gave no text for 'psk'"],
    ['inherits the field', () => Object.create({ psk: RIGHT }), "it gave no text for 'psk'"],
    ['gives a text with a zero byte', () => ({ psk: `${RIGHT}\0` }), "it gave no usable text for 'psk'"],
    ['gives half a character', () => ({ psk: `${RIGHT}\ud83d` }), "it gave no usable text for 'psk'"],
    ['gives a whole file', () => ({ psk: RIGHT.repeat(1_000_000) }), "it gave no usable text for 'psk'"],
    [
      'throws something that may not be looked at',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        throw proxy
      },
      'it threw',
    ],
    [
      'gives something that throws',
      () => ({
        get psk() {
          throw new Error(RIGHT)
        },
      }),
      'it threw: Error',
    ],
  ]
  it.each(odd)('%s: secretsFailed, and nothing surfaces', async (_, provider, words) => {
    const { manager, clock } = await openLab([CAFE])
    const session = manager.createSession('cafe', { secrets: provider as SecretsProvider })
    const told = listen(session)
    const surfaced = await surfacedDuring(async () => {
      void session.open()
      await clock.advance(100)
    })
    expect(surfaced).toEqual([])
    expect(told).toEqual(['connecting', 'disconnected', 'error:unknown/secretsFailed'])
    expect(session.errorString).toBe(`cannot open 'Café': the provider of secrets failed (${words})`)
    expect(JSON.stringify(session.error)).not.toContain(RIGHT)
    expect(session.error?.cause).toBe(undefined)
  })

  it('never answers: connectTimeout bounds it, the error says so, and the signal aborts', async () => {
    const { manager, clock, world } = await openLab([CAFE])
    const { aborted, secrets } = silent()
    manager.setConnectTimeout('cafe', 5000)
    const session = manager.createSession('cafe', { secrets })
    const told = listen(session)
    void session.open()
    await clock.advance(4999)
    expect([session.state, aborted()]).toEqual(['connecting', [false]])
    await clock.advance(100)
    expect(told.slice(0, 3)).toEqual(['connecting', 'error:unknown/timedOut', 'closing'])
    expect(session.errorString).toBe("cannot open 'Café': the operation timed out (no secret was given)")
    expect([session.state, aborted()]).toEqual(['disconnected', [true]])
    expect(world.snapshot().configurations[0]?.link).toBe('down')
  })

  it('a cancelled opening aborts the signal, and what is answered later has no effect', async () => {
    const { manager, clock, world } = await openLab([CAFE])
    let answer: (secret: { psk: string }) => void = () => {}
    const signals: AbortSignal[] = []
    const secrets: SecretsProvider = (_, { signal }) => {
      signals.push(signal)
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    const session = manager.createSession('cafe', { secrets })
    const opened = outcome(session.open())
    await clock.advance(10)
    await Promise.all([session.close(), clock.advance(100)])
    expect([opened.value, signals[0]?.aborted]).toEqual(['sessionAborted/cancelled', true])
    answer({ psk: RIGHT })
    await clock.advance(100)
    expect(world.snapshot().configurations[0]?.link).toBe('down')
  })

  it('the caller that stops waiting aborts the signal, if it is the last one', async () => {
    const { manager, clock } = await openLab([CAFE])
    const { aborted, secrets } = silent()
    const [one, other] = [new AbortController(), new AbortController()]
    const session = manager.createSession('cafe', { secrets })
    const opened = [one, other].map(({ signal }) => outcome(session.open({ signal })))
    await clock.advance(10)
    one.abort(new Error('one'))
    await clock.advance(10)
    expect(aborted()).toEqual([false])
    other.abort(new Error('other'))
    await clock.advance(100)
    expect(aborted()).toEqual([true])
    expect(opened.map(({ value }) => value)).toEqual(['one', 'other'])
  })

  it('a link that another program brings up meanwhile aborts the signal', async () => {
    const { manager, clock, world } = await openLab([CAFE])
    const { aborted, secrets } = silent()
    const session = manager.createSession('cafe', { secrets })
    void session.open()
    await clock.advance(10)
    world.up('cafe')
    await clock.advance(10)
    expect([session.isConnected, aborted()]).toEqual([true, [true]])
  })

  it('a session that closes is not waited for, though another one waits for the link', async () => {
    const { manager, clock } = await openLab([CAFE])
    const { aborted, secrets } = silent()
    const asked = manager.createSession('cafe', { secrets })
    const other = manager.createSession('cafe')
    const opened = [outcome(asked.open()), outcome(other.open())]
    await clock.advance(10)
    void asked.close()
    await clock.advance(100)
    expect(aborted()).toEqual([true])
    expect(opened.map(({ value }) => value)).toEqual(['sessionAborted/cancelled', 'unknown/secretMissing'])
  })

  it('a manager that closes aborts the signal', async () => {
    const { manager, clock } = await openLab([CAFE])
    const { aborted, secrets } = silent()
    void manager.createSession('cafe', { secrets }).open()
    await clock.advance(10)
    await Promise.all([manager.close(), clock.advance(20_000)])
    expect(aborted()).toEqual([true])
  })

  it('secrets that are not a function are refused at once', async () => {
    const { manager } = await openLab([CAFE])
    // @ts-expect-error not a function
    expect(() => manager.createSession('cafe', { secrets: { psk: RIGHT } })).toThrow(
      new TypeError('secrets of createSession() must be a function, not an object'),
    )
  })
})

describe('N5 no secret is kept or shown', () => {
  it('not in logs, errors, events, snapshots, the trace of the mock or a diagnosis, whether right or wrong', async () => {
    const log: unknown[] = []
    const { manager, clock, world } = await openLab([CAFE], { log: (...words) => void log.push(words) })
    const seen: unknown[] = []
    const look = () =>
      seen.push(
        manager.getSnapshot(),
        session.getSnapshot(),
        manager.diagnose(session),
        manager.diagnose('cafe'),
        manager.diagnoseMachine(),
        world.snapshot(),
        world.calls,
        session.error?.stack,
      )
    const answers = [
      () => ({ psk: WRONG }),
      () => {
        throw new Error(RIGHT)
      },
      () => ({ psk: RIGHT }),
    ]
    const secrets: SecretsProvider = async () => (answers.shift() ?? (() => null))()
    const session = manager.createSession('cafe', { secrets })
    for (const name of ['stateChanged', 'error', 'opened', 'closed'] as const)
      session.on(name, (...words: readonly unknown[]) => void seen.push(words))
    session.subscribe(look)
    void session.open()
    await clock.advance(100)
    look()
    void session.open()
    await clock.advance(100)
    look()
    expect(session.isConnected).toBe(true)
    expect(answers).toEqual([])
    await manager.saveNetwork('cafe')
    look()
    const everything = JSON.stringify([seen, log])
    expect(everything).toContain('secretsFailed')
    expect(everything).not.toContain('horse')
  })
})
