import { from, NEVER, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as rx from '../src/index.js'
import { openLab } from './lab.js'

/** The functions as plain JavaScript can call them. */
const plain = rx as unknown as Readonly<Record<string, (...values: unknown[]) => unknown>>

function refusal(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return String(error)
  }
  return 'nothing'
}

const OF_SESSIONS = ['decideRoaming', 'roamingOffers$']
const OF_SESSIONS_THAT_ARE_OPENED = [
  'activeConfiguration$',
  'connected$',
  'errors$',
  'health$',
  'interface$',
  'interfaceChanges$',
  'isOpen$',
  'offer$',
  'rate$',
  'roamingStarted$',
  'state$',
  'traffic$',
  'trial$',
  'usagePolicies$',
]
const OF_MANAGERS = [
  'capabilities$',
  'captivePortal$',
  'configuration$',
  'configurations$',
  'defaultConfiguration$',
  'online$',
  'reachability$',
  'resumed$',
  'service$',
  'session$',
  'transportMedium$',
]
const OF_BOTH = ['clockScheduler', 'metered$', 'select$', 'snapshot$']
const OF_GATES = ['bufferUntilConnected', 'pauseWhileDisconnected', 'retryWhenConnected', 'whileConnected']
const OTHERS = [
  'BufferFullError',
  'acceptWhen',
  'ignoreMetered',
  'ignoreUnlessSeamless',
  'migrateWhen',
  'restartOnRoam',
  'toStore',
]

describe('an invalid argument throws when the function is called, not when the stream is subscribed to (E2)', () => {
  it('these tests cover every function of the package', () => {
    const tried = [
      ...OF_SESSIONS,
      ...OF_SESSIONS_THAT_ARE_OPENED,
      ...OF_MANAGERS,
      ...OF_BOTH,
      ...OF_GATES,
      ...OTHERS,
    ]
    expect(Object.keys(rx).sort()).toEqual(tried.sort())
  })

  it.each([
    ...OF_SESSIONS.map((name) => [name, 'a NetworkSession'] as const),
    ...OF_SESSIONS_THAT_ARE_OPENED.map((name) => [name, 'a NetworkSession or a session$'] as const),
  ])('%s takes %s', async (name, wants) => {
    const { manager } = await openLab()
    for (const [value, words] of [
      [undefined, 'undefined'],
      ['a', "'a'"],
      [manager, 'an object'],
    ] as const)
      expect(refusal(() => plain[name]?.(value, { every: 5 }))).toBe(
        `TypeError: the session of ${name}() must be ${wants}, not ${words}`,
      )
  })

  it.each(OF_MANAGERS)('%s takes a manager', async (name) => {
    const { manager } = await openLab()
    for (const [value, words] of [
      [undefined, 'undefined'],
      [manager.createSession('a'), 'an object'],
    ] as const)
      expect(refusal(() => plain[name]?.(value, 'a'))).toBe(
        `TypeError: the manager of ${name}() must be a NetworkConfigurationManager, not ${words}`,
      )
  })

  it.each(OF_BOTH)('%s takes one of both', (name) => {
    expect(refusal(() => plain[name]?.({}, () => {}))).toBe(
      `TypeError: the source of ${name}() must be a NetworkSession or a NetworkConfigurationManager, not an object`,
    )
  })

  it.each(OF_GATES)('%s takes a gate', (name) => {
    expect(refusal(() => plain[name]?.(true, { limit: 5 }))).toBe(
      `TypeError: the gate of ${name}() must be a NetworkSession, a session$ or a stream of booleans, not true`,
    )
  })

  it.each([
    [
      'session$',
      [5],
      'TypeError: the configuration of session$() must be a NetworkConfiguration or an identifier, not 5',
    ],
    [
      'session$',
      ['a', { signal: 5 }],
      "TypeError: session$() has no option 'signal'; known: connectInBackground, policies, keepOpen, health, lastClose",
    ],
    [
      'session$',
      ['a', { keepOpn: true }],
      "TypeError: session$() has no option 'keepOpn'; did you mean 'keepOpen'?",
    ],
    [
      'session$',
      ['a', { keepOpen: 'yes' }],
      "TypeError: keepOpen of session$() must be true, false or 'always', not 'yes'",
    ],
    [
      'session$',
      ['a', { lastClose: 'burn' }],
      "RangeError: lastClose of session$() must be 'down', 'leave' or 'restore', not 'burn'",
    ],
    [
      'session$',
      ['a', { policies: rx.ignoreMetered() }],
      'TypeError: policies of session$() must be a list, not an object',
    ],
    [
      'session$',
      ['a', { policies: [rx.ignoreMetered] }],
      'TypeError: policies of session$()[0] must be an object, not a function',
    ],
    [
      'session$',
      ['a', { policies: [{ offers: () => null }] }],
      'TypeError: policies of session$()[0] must be an object with the functions offer or trial or both, not an object',
    ],
    ['configuration$', [5], 'TypeError: the identifier of configuration$() must be a text, not 5'],
    [
      'configurations$',
      ['actve'],
      "RangeError: the filter of configurations$() must be 'undefined', 'defined', 'discovered' or 'active', not 'actve'",
    ],
  ] as const)('%s of a manager with %o', async (name, values, says) => {
    const { manager } = await openLab()
    expect(refusal(() => plain[name]?.(manager, ...values))).toBe(says)
  })

  it.each([
    ['select$', [], 'TypeError: the function of select$() must be a function, not undefined'],
    ['traffic$', [], 'TypeError: the options of traffic$() must be an object, not undefined'],
    [
      'traffic$',
      [{}],
      'RangeError: every of traffic$() must be a number of milliseconds above 0, not undefined',
    ],
    [
      'traffic$',
      [{ every: 5, scheduler: 5 }],
      'TypeError: scheduler of traffic$() must be a scheduler, not 5',
    ],
    ['rate$', [{ every: 0 }], 'RangeError: every of rate$() must be a number of milliseconds above 0, not 0'],
    [
      'decideRoaming',
      [rx.ignoreMetered],
      'TypeError: policies of decideRoaming()[0] must be an object with the functions offer or trial or both, not a function',
    ],
    [
      'decideRoaming',
      [{ trial: true }],
      'TypeError: policies of decideRoaming()[0] must be an object with the functions offer or trial or both, not an object',
    ],
    [
      'restartOnRoam',
      [{ from: 'start' }],
      "RangeError: from of restartOnRoam() must be 'connected' or 'trial', not 'start'",
    ],
    [
      'restartOnRoam',
      [{ overlap: 'yes' }],
      "TypeError: overlap of restartOnRoam() must be true or false, not 'yes'",
    ],
    [
      'restartOnRoam',
      [{ overlap: true, overlapTimeout: 0 }],
      'RangeError: overlapTimeout of restartOnRoam() must be a number of milliseconds above 0, not 0',
    ],
    [
      'whileConnected',
      [{ settle: -1 }],
      'RangeError: settle of whileConnected() must be a number of milliseconds from 0 up, not -1',
    ],
    [
      'retryWhenConnected',
      [{ random: 5 }],
      'TypeError: random of retryWhenConnected() must be a function, not 5',
    ],
    [
      'retryWhenConnected',
      [{ count: -1 }],
      'RangeError: count of retryWhenConnected() must be a whole number from 0 up, or Infinity, not -1',
    ],
    [
      'retryWhenConnected',
      [{ dely: 5 }],
      "TypeError: retryWhenConnected() has no option 'dely'; did you mean 'delay'?",
    ],
    [
      'bufferUntilConnected',
      [],
      'TypeError: the options of bufferUntilConnected() must be an object, not undefined',
    ],
    [
      'bufferUntilConnected',
      [{}],
      'RangeError: limit of bufferUntilConnected() must be a whole number from 1 up, not undefined',
    ],
    [
      'bufferUntilConnected',
      [{ limit: 5, overflow: 'drop' }],
      "RangeError: overflow of bufferUntilConnected() must be 'dropOldest', 'dropNewest' or 'error', not 'drop'",
    ],
    [
      'bufferUntilConnected',
      [{ limit: 5, onDrop: 5 }],
      'TypeError: onDrop of bufferUntilConnected() must be a function, not 5',
    ],
  ] as const)('%s of a session with %o', async (name, values, says) => {
    const { manager } = await openLab()
    expect(refusal(() => plain[name]?.(manager.createSession('a'), ...values))).toBe(says)
  })

  it.each([
    [
      'restartOnRoam',
      5,
      'TypeError: the links of restartOnRoam() must be a NetworkSession, a session$ or a stream of what tells links apart, not 5',
    ],
    ['toStore', 5, 'TypeError: the stream of toStore() must be a stream, not 5'],
    [
      'ignoreMetered',
      { afterLos: 'ignore' },
      "TypeError: ignoreMetered() has no option 'afterLos'; did you mean 'afterLoss'?",
    ],
    [
      'ignoreMetered',
      { afterLoss: 'never' },
      "RangeError: afterLoss of ignoreMetered() must be 'ignore' or 'migrate', not 'never'",
    ],
    ['migrateWhen', true, 'TypeError: the function of migrateWhen() must be a function, not true'],
    ['acceptWhen', of(true), 'TypeError: the function of acceptWhen() must be a function, not an object'],
  ] as const)('%s', (name, value, says) => {
    expect(refusal(() => plain[name]?.(value))).toBe(says)
  })

  it('subscribe() of a store takes a listener', () => {
    expect(refusal(() => rx.toStore(NEVER).subscribe(undefined as never))).toBe(
      'TypeError: the listener of subscribe() must be a function, not undefined',
    )
  })
})

it('the error of a full buffer keeps its message as JSON', () => {
  let error: unknown
  from([1, 2, 3, 4, 5, 6])
    .pipe(rx.bufferUntilConnected(NEVER, { limit: 5, overflow: 'error' }))
    .subscribe({ error: (reason) => (error = reason) })
  expect(error).toBeInstanceOf(rx.BufferFullError)
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'BufferFullError',
    code: 'ERR_BUFFER_FULL',
    message: 'the buffer is full: 5 values arrived while there was no connection',
    limit: 5,
  })
})
