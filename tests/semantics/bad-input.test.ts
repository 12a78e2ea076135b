import {
  allUplinks,
  byBearer,
  byOrder,
  bySignal,
  NetworkConfiguration,
  NetworkConfigurationManager,
  NetworkSession,
} from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab } from './lab.js'

/** What plain JavaScript may do, and TypeScript would not let pass. */
type Anything = Record<string, (...values: unknown[]) => unknown>

const plain = (object: unknown) => object as Anything

/** What a call throws, or rejects with: its name and message. */
async function refusal(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    return String(error)
  }
  return 'nothing'
}

function saying(words: string | RegExp): unknown {
  return typeof words === 'string' ? words : expect.stringMatching(words)
}

describe('E2 options of a manager that make no sense are refused before anything is opened', () => {
  it.each([
    [
      { clok: {} },
      "TypeError: NetworkConfigurationManager.open() has no option 'clok'; did you mean 'clock'?",
    ],
    [
      { clock: {} },
      'TypeError: clock of NetworkConfigurationManager.open() must be a Clock, with the functions now and after, not an object',
    ],
    [
      { log: 'debug' },
      "TypeError: log of NetworkConfigurationManager.open() must be a function, not 'debug'",
    ],
    [
      { chooser: 'a' },
      "TypeError: chooser of NetworkConfigurationManager.open() must be a function, not 'a'",
    ],
    [
      { holders: {} },
      'TypeError: holders of NetworkConfigurationManager.open() must be Holders, with the functions locked, watch and list, not an object',
    ],
    [{ signal: 5 }, 'TypeError: signal of NetworkConfigurationManager.open() must be an AbortSignal, not 5'],
    [
      { lossGrace: '5 s' },
      "RangeError: lossGrace of NetworkConfigurationManager.open() must be a number of milliseconds from 0 up, not '5 s'",
    ],
    [
      { retryAfter: Number.NaN },
      'RangeError: retryAfter of NetworkConfigurationManager.open() must be a number of milliseconds from 0 up, not NaN',
    ],
    [
      { reopenJitter: 1.5 },
      'RangeError: reopenJitter of NetworkConfigurationManager.open() must be a number from 0 to 1, or a function, not 1.5',
    ],
    [
      { lastClose: 'burn' },
      "RangeError: lastClose of NetworkConfigurationManager.open() must be 'down', 'leave' or 'restore', not 'burn'",
    ],
    [null, 'TypeError: the options of NetworkConfigurationManager.open() must be an object, not null'],
  ])('%o', async (options, says) => {
    let isOpened = false
    const { driver } = await openLab()
    const spied = {
      ...driver,
      open: async () => {
        isOpened = true
        throw new Error('opened')
      },
    }
    expect(await refusal(() => NetworkConfigurationManager.open(spied as never, options as never))).toBe(says)
    expect(isOpened).toBe(false)
  })

  it.each([undefined, null, 'networkmanager', {}])('the driver %o', async (driver) => {
    expect(await refusal(() => NetworkConfigurationManager.open(driver as never))).toMatch(
      /^TypeError: the driver of NetworkConfigurationManager\.open\(\) must be the driver of a backend/,
    )
  })

  it('takes options that are undefined as left out', async () => {
    const { manager } = await openLab(undefined, { log: undefined, lossGrace: undefined } as never)
    expect(manager.allConfigurations()).toHaveLength(3)
  })
})

describe('E2 an asynchronous function rejects, and never throws', () => {
  const calls: readonly (readonly [
    string,
    (session: NetworkSession, manager: NetworkConfigurationManager) => unknown,
    string,
  ])[] = [
    [
      'open({ signal: 5 })',
      (session) => plain(session).open?.({ signal: 5 }),
      'TypeError: signal of open() must be an AbortSignal, not 5',
    ],
    [
      'open({ keepOpn: true })',
      (session) => plain(session).open?.({ keepOpn: true }),
      "TypeError: open() has no option 'keepOpn'; did you mean 'keepOpen'?",
    ],
    [
      'open({ keepOpen: 1 })',
      (session) => plain(session).open?.({ keepOpen: 1 }),
      "TypeError: keepOpen of open() must be true, false or 'always', not 1",
    ],
    [
      "open({ lastClose: 'burn' })",
      (session) => plain(session).open?.({ lastClose: 'burn' }),
      "RangeError: lastClose of open() must be 'down', 'leave' or 'restore', not 'burn'",
    ],
    [
      "open('b')",
      (session) => plain(session).open?.('b'),
      "TypeError: the options of open() must be an object, not 'b'",
    ],
    [
      'open(null)',
      (session) => plain(session).open?.(null),
      'TypeError: the options of open() must be an object, not null',
    ],
    [
      'close({ signal: {} })',
      (session) => plain(session).close?.({ signal: {} }),
      'TypeError: signal of close() must be an AbortSignal, not an object',
    ],
    [
      'stop({ sginal: 5 })',
      (session) => plain(session).stop?.({ sginal: 5 }),
      "TypeError: stop() has no option 'sginal'; did you mean 'signal'?",
    ],
    [
      "waitForOpened('x')",
      (session) => plain(session).waitForOpened?.('x'),
      "RangeError: the time of waitForOpened() must be a number of milliseconds from 0 up, not 'x'",
    ],
    [
      'waitForOpened(-2)',
      (session) => plain(session).waitForOpened?.(-2),
      'RangeError: the time of waitForOpened() must be a number of milliseconds from 0 up, not -2',
    ],
    [
      'updateConfigurations({ signal: 5 })',
      (_, manager) => plain(manager).updateConfigurations?.({ signal: 5 }),
      'TypeError: signal of updateConfigurations() must be an AbortSignal, not 5',
    ],
    [
      'recheckConnectivity()',
      (_, manager) => plain(manager).recheckConnectivity?.(),
      'TypeError: the configuration of recheckConnectivity() must be a NetworkConfiguration or an identifier, not undefined',
    ],
    [
      "recheckConnectivity('a', 5)",
      (_, manager) => plain(manager).recheckConnectivity?.('a', 5),
      'TypeError: the options of recheckConnectivity() must be an object, not 5',
    ],
  ]
  it.each(calls)('%s', async (_what, call, says) => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    const told = listen(session)
    const promise = call(session, manager)
    expect(promise).toBeInstanceOf(Promise)
    expect(await refusal(() => promise)).toBe(says)
    // Nothing else happens.
    expect([told, session.error, session.isOpen]).toEqual([[], null, false])
  })

  it('but answers to offers and trials resolve to false (R22)', async () => {
    const { manager } = await openLab()
    const session = plain(manager.createSession('a'))
    for (const name of ['migrate', 'ignore', 'accept', 'reject'])
      expect(await session[name]?.('7')).toBe(false)
  })
})

describe('E2 a constructor that is not public says what to call instead', () => {
  it.each([
    [NetworkConfigurationManager, 'await NetworkConfigurationManager.open(driver)'],
    [NetworkSession, 'manager.createSession(configuration)'],
    [NetworkConfiguration, 'manager.configurationFromIdentifier(identifier)'],
  ])('%o', async (made, instead) => {
    const construct = made as unknown as new () => unknown
    expect(await refusal(() => new construct())).toBe(
      `TypeError: new ${made.name}() is not public: use ${instead}`,
    )
  })
})

describe('E2 other calls throw', () => {
  const calls: readonly (readonly [
    string,
    (manager: Anything, session: Anything) => unknown,
    string | RegExp,
  ])[] = [
    [
      "session.on('stateChange')",
      (_, session) => session.on?.('stateChange', () => {}),
      "TypeError: there is no event 'stateChange'; did you mean 'stateChanged'?",
    ],
    [
      "session.on('onlineStateChanged')",
      (_, session) => session.on?.('onlineStateChanged', () => {}),
      "TypeError: there is no event 'onlineStateChanged'; did you mean 'stateChanged'?",
    ],
    [
      "session.on('toString')",
      (_, session) => session.on?.('toString', () => {}),
      /^TypeError: there is no event 'toString'; known: opened, closed, .*, activeConfigurationChanged, resumed$/,
    ],
    [
      "session.on('opened')",
      (_, session) => session.on?.('opened'),
      "TypeError: the listener of 'opened' must be a function, not undefined",
    ],
    [
      "session.on('opened', ..., { once: true })",
      (_, session) => session.on?.('opened', () => {}, { once: true }),
      "TypeError: on() has no option 'once'; known: signal",
    ],
    [
      "session.on('opened', ..., { signal: 5 })",
      (_, session) => session.on?.('opened', () => {}, { signal: 5 }),
      'TypeError: signal of on() must be an AbortSignal, not 5',
    ],
    [
      "manager.on('onlineChanged')",
      (manager) => manager.on?.('onlineStateChange', () => {}),
      "TypeError: there is no event 'onlineStateChange'; did you mean 'onlineStateChanged'?",
    ],
    ['manager.on(5)', (manager) => manager.on?.(5, () => {}), 'TypeError: there is no event 5'],
    [
      'manager.subscribe()',
      (manager) => manager.subscribe?.(),
      'TypeError: the listener of subscribe() must be a function, not undefined',
    ],
    [
      'session.subscribe({})',
      (_, session) => session.subscribe?.({}),
      'TypeError: the listener of subscribe() must be a function, not an object',
    ],
    [
      "allConfigurations('actve')",
      (manager) => manager.allConfigurations?.('actve'),
      "RangeError: the filter of allConfigurations() must be 'undefined', 'defined', 'discovered' or 'active', not 'actve'",
    ],
    [
      'configurationFromIdentifier()',
      (manager) => manager.configurationFromIdentifier?.(),
      'TypeError: the identifier of configurationFromIdentifier() must be a text, not undefined',
    ],
    [
      "configuration.is('up')",
      (manager) => plain(manager.configurationFromIdentifier?.('a')).is?.('up'),
      "RangeError: the state of is() must be 'undefined', 'defined', 'discovered' or 'active', not 'up'",
    ],
    [
      'createSession(5)',
      (manager) => manager.createSession?.(5),
      'TypeError: the configuration of createSession() must be a NetworkConfiguration or an identifier, not 5',
    ],
    [
      'createSession({})',
      (manager) => manager.createSession?.({}),
      'TypeError: the configuration of createSession() must be a NetworkConfiguration or an identifier, not an object',
    ],
    [
      'diagnose()',
      (manager) => manager.diagnose?.(),
      'TypeError: the configuration of diagnose() must be a NetworkConfiguration or an identifier, not undefined',
    ],
    [
      'holders(null)',
      (manager) => manager.holders?.(null),
      'TypeError: the configuration of holders() must be a NetworkConfiguration or an identifier, not null',
    ],
    [
      'setConnectTimeout(null, 5)',
      (manager) => manager.setConnectTimeout?.(null, 5),
      'TypeError: the configuration of setConnectTimeout() must be a NetworkConfiguration or an identifier, not null',
    ],
    [
      "setConnectTimeout('a', '5')",
      (manager) => manager.setConnectTimeout?.('a', '5'),
      "RangeError: connectTimeout must be a number of milliseconds from 0 up, not '5'",
    ],
    [
      'removeServiceNetwork(5)',
      (manager) => manager.removeServiceNetwork?.(5),
      'TypeError: the configuration of removeServiceNetwork() must be a NetworkConfiguration or an identifier, not 5',
    ],
    [
      'explain(allUplinks, ...)',
      (manager) => manager.explain?.(5, 'a', 'b'),
      'TypeError: the configuration of explain() must be a NetworkConfiguration or an identifier, not 5',
    ],
    [
      'setSessionProperty(5)',
      (_, session) => session.setSessionProperty?.(5, 5),
      'TypeError: the name of setSessionProperty() must be a text, not 5',
    ],
    [
      'sessionProperty()',
      (_, session) => session.sessionProperty?.(),
      'TypeError: the name of sessionProperty() must be a text, not undefined',
    ],
    [
      "ConnectInBackground 'yes'",
      (_, session) => session.setSessionProperty?.('ConnectInBackground', 'yes'),
      "TypeError: ConnectInBackground must be true or false, not 'yes'",
    ],
    [
      'AutoCloseSessionTimeout -5',
      (_, session) => session.setSessionProperty?.('AutoCloseSessionTimeout', -5),
      'RangeError: AutoCloseSessionTimeout must be a number of milliseconds from 0 up, not -5',
    ],
  ]
  it.each(calls)('%s', async (_what, call, says) => {
    const { manager } = await openLab()
    expect(await refusal(() => call(plain(manager), plain(manager.createSession('a'))))).toEqual(saying(says))
  })

  it('also once the manager is closed', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    await manager.close()
    expect(await refusal(() => plain(session).on?.('stateChange', () => {}))).toMatch(/stateChanged/)
    expect(await refusal(() => plain(manager).on?.('nonsense', () => {}))).toMatch(/no event 'nonsense'/)
    expect(await refusal(() => plain(session).open?.({ signal: 5 }))).toMatch(/AbortSignal/)
  })
})

describe('E2 a service network that makes no sense is not defined', () => {
  it.each([
    [undefined, 'TypeError: the options of defineServiceNetwork() must be an object, not undefined'],
    [
      { members: [] },
      'TypeError: the identifier of a service network must be a text that is not empty, not undefined',
    ],
    [
      { identifier: '', members: [] },
      "TypeError: identifier of defineServiceNetwork() must be a text that is not empty, not ''",
    ],
    [
      { identifier: 'net' },
      "TypeError: the members of 'net' must be a predicate, a list of identifiers, or an object with bearers, not undefined",
    ],
    [
      { identifier: 'net', member: [] },
      "TypeError: defineServiceNetwork() has no option 'member'; did you mean 'members'?",
    ],
    [{ identifier: 'net', members: ['a', 5] }, "TypeError: the members of 'net'[1] must be a text, not 5"],
    [
      { identifier: 'net', members: { bearers: ['wifi'] } },
      /^RangeError: the bearers of 'net'\[0\] must be one of unknown, ethernet, .*, not 'wifi'$/,
    ],
    [
      { identifier: 'net', members: [], name: 5 },
      'TypeError: name of defineServiceNetwork() must be a text, not 5',
    ],
    [
      { identifier: 'net', members: [], ranking: 5 },
      'TypeError: ranking of defineServiceNetwork() must be a list, not 5',
    ],
    [
      { identifier: 'net', members: [], ranking: [byBearer] },
      'TypeError: ranking of defineServiceNetwork()[0] must be an object, not a function',
    ],
    [
      { identifier: 'net', members: [], ranking: [{}] },
      "TypeError: the ranking of 'net'[0].name must be a text, not undefined",
    ],
    [
      { identifier: 'net', members: [], ranking: [{ name: 'x' }] },
      "TypeError: the ranking of 'net'[0].rate must be a function, not undefined",
    ],
    [
      { identifier: 'net', members: [], ranking: [{ name: 'x', rate: () => 0, dwell: -1 }] },
      "RangeError: the ranking of 'net'[0].dwell must be a number of milliseconds from 0 up, or a function, not -1",
    ],
  ])('%o', async (definition, says) => {
    const { manager } = await openLab()
    const refused = await refusal(() => plain(manager).defineServiceNetwork?.(definition))
    expect(refused).toEqual(saying(says))
    expect(manager.configurationFromIdentifier('net').isValid).toBe(false)
  })

  it.each([
    [
      'byBearer',
      () => byBearer(['wifi' as 'wlan']),
      /^RangeError: the order of byBearer\(\)\[0\] must be one of/,
    ],
    [
      'byOrder',
      () => byOrder('a' as never),
      /^TypeError: the identifiers of byOrder\(\) must be a list, not 'a'$/,
    ],
    [
      'bySignal',
      () => bySignal({ margn: 5 } as never),
      /^TypeError: bySignal\(\) has no option 'margn'; did you mean 'margin'\?$/,
    ],
    [
      'bySignal dwell',
      () => bySignal({ dwell: -5 }),
      /^RangeError: dwell of bySignal\(\) must be a number of milliseconds/,
    ],
  ] as const)('%s', async (_what, call, says) => {
    expect(await refusal(call)).toMatch(says)
  })

  it('one that does is', async () => {
    const { manager } = await openLab()
    const ranking = [byBearer(['wlan']), byOrder(['a']), bySignal({ margin: 5 })]
    manager.defineServiceNetwork({ ...allUplinks, identifier: 'net', ranking })
    expect(manager.configurationFromIdentifier('net').isValid).toBe(true)
  })
})
