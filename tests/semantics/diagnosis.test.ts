import { type MockConfiguration, type MockOptions, mock } from '@roamkit/backend-mock'
import {
  adviceInWords,
  BackendError,
  type Bearer,
  type Diagnosis,
  type FindingCode,
  type NetworkConfiguration,
  type Reason,
  reasonInWords,
  type SessionErrorReason,
} from '@roamkit/core'
import type { World } from '@roamkit/core/contract'
import { type DiagnosisFacts, diagnose, diagnoseMachine } from '@roamkit/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.js'

/** Every reason that a session's error can have; one that is missing here does not compile. */
const REASONS = Object.keys({
  requested: 0,
  denied: 0,
  secretMissing: 0,
  secretWrong: 0,
  outOfRange: 0,
  carrierLost: 0,
  addressFailed: 0,
  radioOff: 0,
  deviceGone: 0,
  deviceTaken: 0,
  baseLost: 0,
  serviceLost: 0,
  timedOut: 0,
  other: 0,
  deviceBusy: 0,
  holdersUnknown: 0,
  notSupported: 0,
  unknownConfiguration: 0,
  chooserFailed: 0,
  secretsFailed: 0,
  removed: 0,
  stopped: 0,
  lost: 0,
  goneMeanwhile: 0,
  cancelled: 0,
  closed: 0,
} satisfies Record<SessionErrorReason, 0>) as SessionErrorReason[]

const BEARERS: readonly Bearer[] = ['ethernet', 'wlan', 'lte', 'bluetooth', 'vpn', 'bridge', 'unknown']

/** The facts of a scripted machine, with nobody holding anything unless said. */
function factsOf(
  configurations: readonly MockConfiguration[],
  more: Partial<DiagnosisFacts> & { readonly mock?: MockOptions; readonly service?: World['service'] } = {},
): DiagnosisFacts {
  const { world } = mock({ ...more.mock, configurations })
  const snapshot = { ...world.snapshot(), service: more.service ?? 'ready' }
  const nobody = { held: new Set<string>(), falling: new Set<string>() }
  return {
    world: snapshot,
    span: 'process',
    ...nobody,
    networks: [],
    hasChooser: false,
    isClosed: false,
    ...more,
  }
}

const codes = ({ findings }: Diagnosis) => findings.map(({ severity, code }) => `${severity} ${code}`)

const A_SENTENCE = /^\p{Lu}.*\.$/su

describe('a reason', () => {
  it.each(REASONS)('%s has words and advice', (reason) => {
    expect(reasonInWords(reason)).toMatch(/^\p{Ll}.*[^.]$/u)
    expect(adviceInWords(reason)).toMatch(A_SENTENCE)
  })

  it.each(REASONS)('%s shows as why it ended the last time', (reason) => {
    const failed = { reason, native: 'the-system-said' }
    const { findings, canOpen } = diagnose(factsOf([{ id: 'a' }]), 'a', failed)
    expect(findings).toHaveLength(1)
    const [finding] = findings
    expect(finding?.code.toLowerCase()).toBe(`last${reason}`.toLowerCase())
    expect(finding?.says).toContain(reasonInWords(reason))
    expect(finding?.says).toContain('the-system-said')
    expect(canOpen).toBe(finding?.severity === 'warning' ? 'maybe' : 'yes')
    expect(finding?.advice === null).toBe(finding?.severity === 'note')
  })

  it.each(REASONS)('%s is reported with advice if the link is out of range', (reason) => {
    const facts = factsOf([{ id: 'a', inRange: false, activate: 'unknown' }])
    const { findings } = diagnose(facts, 'a', { reason, native: null })
    expect(findings.map(({ advice }) => advice)).toContain(adviceInWords(reason))
  })
})

interface Case {
  readonly link?: Omit<MockConfiguration, 'id'>
  readonly others?: readonly MockConfiguration[]
  readonly facts?: Parameters<typeof factsOf>[1]
  readonly canOpen: Diagnosis['canOpen']
  readonly finds: readonly `${'problem' | 'warning' | 'note'} ${FindingCode}`[]
  readonly says?: RegExp
}

const ended = (reason: Reason, native: string | null = null) => ({ activation: 'a#0', reason, native })
const rival: MockConfiguration = { id: 'b', name: 'Home', device: 'wlan0', link: 'up' }

const CASES: Readonly<Record<string, Case>> = {
  'down, in range and allowed': { canOpen: 'yes', finds: [] },
  up: { link: { link: 'up' }, canOpen: 'yes', finds: ['note active'] },
  'up, and not ours to bring up': {
    link: { link: 'up', activate: 'no', deactivate: 'no' },
    canOpen: 'yes',
    finds: ['note active', 'note stopDenied'],
  },
  'up behind a login page': {
    link: { link: 'up', connectivity: 'portal', portal: 'http://login.example/' },
    canOpen: 'yes',
    finds: ['warning portal', 'note active'],
  },
  'up without the Internet': {
    link: { link: 'up', connectivity: 'limited' },
    canOpen: 'yes',
    finds: ['warning noInternet', 'note active'],
  },
  'up, with no word about the last end': {
    link: { link: 'up', ended: ended('secretWrong') },
    canOpen: 'yes',
    finds: ['note active'],
  },
  'up without carrier': {
    link: { link: 'up', carrier: false, activate: 'unknown' },
    canOpen: 'no',
    finds: ['problem noCarrier'],
    says: /its cable has no signal/,
  },
  'up and held without carrier, which may be back in carrierGrace': {
    link: { bearer: 'wlan', link: 'up', carrier: false, activate: 'no' },
    facts: { held: new Set(['a']) },
    canOpen: 'maybe',
    finds: ['warning noCarrier'],
    says: /it receives nothing from its network/,
  },
  'up without carrier, but to be tried': {
    link: { link: 'up', carrier: false },
    canOpen: 'maybe',
    finds: ['warning noCarrier'],
  },
  'being taken down by us': {
    link: { link: 'up' },
    facts: { falling: new Set(['a']) },
    canOpen: 'maybe',
    finds: ['warning deactivating'],
  },
  'on its way up': { link: { link: 'activating' }, canOpen: 'maybe', finds: ['warning activating'] },
  'on its way down': { link: { link: 'deactivating' }, canOpen: 'maybe', finds: ['warning deactivating'] },
  'out of range by cable': {
    link: { inRange: false, activate: 'unknown', device: 'eth0' },
    canOpen: 'no',
    finds: ['problem outOfRange'],
    says: /no cable is plugged in.*'eth0'/,
  },
  'out of range because the radio was switched off': {
    link: { bearer: 'wlan', inRange: false, activate: 'unknown', ended: ended('radioOff') },
    canOpen: 'no',
    finds: ['problem outOfRange', 'note lastRadioOff'],
    says: /the radio is switched off/,
  },
  'hidden: out of range, but to be tried': {
    link: { bearer: 'wlan', inRange: false, activate: 'yes' },
    canOpen: 'maybe',
    finds: ['warning hidden'],
  },
  'it is unknown whether it is in range': {
    link: { inRange: null },
    canOpen: 'maybe',
    finds: ['warning rangeUnknown'],
  },
  'not allowed': { link: { activate: 'no' }, canOpen: 'no', finds: ['problem denied'] },
  'with a backend that only watches': {
    link: { activate: 'no', deactivate: 'no' },
    facts: { mock: { updates: 'polling' } },
    canOpen: 'no',
    finds: ['problem observing'],
  },
  'the system asks for permission': { link: { activate: 'ask' }, canOpen: 'maybe', finds: ['warning asks'] },
  'only an attempt shows': {
    link: { activate: 'unknown' },
    canOpen: 'maybe',
    finds: ['warning permissionUnknown'],
  },
  'not to be taken down': { link: { deactivate: 'no' }, canOpen: 'yes', finds: ['note stopDenied'] },
  'on a device that a session holds': {
    link: { device: 'wlan0' },
    others: [rival],
    facts: { held: new Set(['b']) },
    canOpen: 'no',
    finds: ['problem deviceBusy'],
    says: /'wlan0' carries 'Home', which is in use by a session of this program/,
  },
  'on a device that carries another link': {
    link: { device: 'wlan0' },
    others: [rival],
    canOpen: 'maybe',
    finds: ['warning deviceTaken'],
    says: /'wlan0' carries 'Home'/,
  },
  'the password was wrong': {
    link: { ended: ended('secretWrong', 'no-secrets') },
    canOpen: 'maybe',
    finds: ['warning lastSecretWrong'],
    says: /the password or key is wrong \(no-secrets\)/,
  },
  'the service is away': {
    facts: { service: 'lost' },
    canOpen: 'no',
    finds: ['problem serviceLost'],
  },
  'is not an uplink, and is metered': {
    link: { uplink: false, metered: { value: true, sure: false } },
    canOpen: 'yes',
    finds: ['note notUplink', 'note metered'],
    says: /is probably metered/,
  },
  'in a visited mobile network (T4)': {
    link: { cellular: { operator: 'Orange F', operatorCode: '20801', registration: 'visited' } },
    canOpen: 'yes',
    finds: ['note visitedNetwork'],
    says: /registered in the network of another operator, 'Orange F'\. Traffic may cost more/,
  },
  'in a visited mobile network of which only the code is known (T4)': {
    link: { cellular: { operator: null, operatorCode: '20801', registration: 'visited' } },
    canOpen: 'yes',
    finds: ['note visitedNetwork'],
    says: /another operator, '20801'\./,
  },
  'in a visited mobile network of which nothing is known (T4)': {
    link: { cellular: { operator: null, operatorCode: null, registration: 'visited' } },
    canOpen: 'yes',
    finds: ['note visitedNetwork'],
    says: /network of another operator\./,
  },
  'in its home mobile network (T4)': {
    link: { cellular: { operator: 'Telekom.de', operatorCode: '26201', registration: 'home' } },
    canOpen: 'yes',
    finds: [],
  },
  'the manager is closed': {
    link: { link: 'up' },
    facts: { isClosed: true },
    canOpen: 'no',
    finds: ['problem closed'],
  },
}

describe('a configuration', () => {
  it.each(Object.entries(CASES))('%s', (_what, { link, others = [], facts, canOpen, finds, says }) => {
    const diagnosis = diagnose(factsOf([{ id: 'a', ...link }, ...others], facts), 'a')
    expect([diagnosis.canOpen, ...codes(diagnosis)]).toEqual([canOpen, ...finds])
    if (says !== undefined) expect(diagnosis.findings.map((one) => one.says).join('\n')).toMatch(says)
  })

  it('that is unknown cannot be opened', () => {
    const diagnosis = diagnose(factsOf([]), 'x')
    expect(diagnosis).toMatchObject({ identifier: 'x', name: '', canOpen: 'no' })
    expect(codes(diagnosis)).toEqual(['problem unknownConfiguration'])
  })

  it.each(BEARERS)('out of range is put in words of its own for %s', (bearer) => {
    const facts = factsOf([{ id: 'a', bearer, inRange: false, activate: 'no' }])
    const [, range] = diagnose(facts, 'a').findings
    expect(range?.code).toBe('outOfRange')
    expect(range?.says).toMatch(A_SENTENCE)
  })
})

describe('a service network', () => {
  const away = { inRange: false, activate: 'unknown' } as const
  const links = [
    { id: 'a' },
    { id: 'b', name: 'Bee', inRange: null },
    { id: 'c', name: 'Sea', ...away },
  ] as const
  it.each([
    ['can be opened if one of its access points can', ['a', 'b', 'c'], 'yes', [], null],
    ['may open if one of them may', ['b', 'c'], 'maybe', ['warning membersDoubtful'], "open: 'Bee'."],
    ['cannot be opened if none of them can', ['c'], 'no', ['problem noMember'], "opened: 'Sea'."],
    ['without access points cannot be opened', [], 'no', ['problem noMember'], 'It has no access points.'],
  ] as const)('%s', (_what, members, canOpen, finds, words) => {
    const children = members.map((identifier) => ({ identifier })) as unknown as NetworkConfiguration[]
    const networks = [{ identifier: 'net', name: 'Net', children }]
    const diagnosis = diagnose(factsOf(links, { networks }), 'net')
    expect([diagnosis.name, diagnosis.canOpen, codes(diagnosis)]).toEqual(['Net', canOpen, finds])
    if (words !== null) expect(diagnosis.findings[0]?.says).toContain(words)
  })
})

describe('a service network that was defined', () => {
  it.each([
    ['opens as it is said to', { id: 'b' }, 'yes'],
    ['does not open as it is said not to', { id: 'b', inRange: false, activate: 'unknown' }, 'no'],
  ] as const)('%s', async (_what, link, canOpen) => {
    const lab = await openLab([link])
    lab.manager.defineServiceNetwork({ identifier: 'net', name: 'Net', members: ['b'] })
    await lab.clock.advance(10)
    expect(lab.manager.diagnose('net')).toMatchObject({ name: 'Net', canOpen })
    expect(await opened(lab, 'net')).toBe(canOpen === 'yes')
  })
})

describe("the user's choice (M6)", () => {
  const away = { inRange: false, activate: 'unknown' } as const
  it.each([
    ['cannot be opened without a chooser', [{ id: 'b' }], false, 'no', ['problem noChooser']],
    ['can be opened if whatever is chosen can', [{ id: 'b' }], true, 'yes', []],
    [
      'may open if not all can',
      [{ id: 'b' }, { id: 'c', ...away }],
      true,
      'maybe',
      ['warning choiceDoubtful'],
    ],
    ['cannot be opened if none can', [{ id: 'c', ...away }], true, 'no', ['problem noChoice']],
    ['cannot be opened if there is nothing to choose from', [], true, 'no', ['problem noChoice']],
  ] as const)('%s', (_what, links, hasChooser, canOpen, finds) => {
    const diagnosis = diagnose(factsOf(links, { hasChooser }), 'userChoice')
    expect([diagnosis.name, diagnosis.canOpen, codes(diagnosis)]).toEqual([
      hasChooser ? 'UserChoice' : '',
      canOpen,
      finds,
    ])
  })

  it('opens as it is said to, and says afterwards why it did not', async () => {
    const answers = ['b', 'nobody']
    const lab = await openLab([{ id: 'b' }], { chooser: async () => answers.shift() ?? null })
    expect(lab.manager.diagnose('userChoice')).toMatchObject({ name: 'UserChoice', canOpen: 'yes' })
    expect(await opened(lab, 'userChoice')).toBe(true)
    const session = lab.manager.createSession('userChoice')
    void session.open()
    await lab.clock.advance(10)
    const [finding] = lab.manager.diagnose(session).findings
    expect(finding?.code).toBe('lastChooserFailed')
    expect(finding?.says).toMatch(/the chooser/)
  })
})

describe('the host', () => {
  it('whose service is away can start nothing, and says so', () => {
    const host = diagnoseMachine(factsOf([{ id: 'a', link: 'up' }], { service: 'lost' }))
    expect(host.findings.map(({ code }) => code)).toEqual(['serviceLost'])
    expect(host.capabilities.find(({ capability }) => capability === 'canStartAndStopInterfaces')).toEqual({
      capability: 'canStartAndStopInterfaces',
      value: false,
      says: 'No link can be brought up while the network service is unavailable.',
    })
  })

  it.each([
    ['denied', { updates: 'events' }],
    ['observing', { updates: 'polling' }],
  ] as const)('on which nothing may be brought up is %s', (code, options) => {
    const links = [{ id: 'a', link: 'up', activate: 'no', deactivate: 'no' }] as const
    expect(diagnoseMachine(factsOf(links, { mock: options })).findings).toMatchObject([{ code }])
  })

  it('without configurations says so, and is offline', () => {
    expect(diagnoseMachine(factsOf([])).findings.map(({ code }) => code)).toEqual([
      'noConfigurations',
      'offline',
    ])
  })

  it('on which nothing is in range may have its networking switched off', () => {
    const away = { inRange: false, activate: 'unknown' } as const
    const codes = diagnoseMachine(
      factsOf([
        { id: 'a', ...away },
        { id: 'b', ...away },
      ]),
    ).findings
    expect(codes.map(({ code }) => code)).toEqual(['nothingInRange', 'offline'])
    expect(codes[0]?.advice).toMatch(/^Switch networking on/)
  })

  it('shows what the program may do, by the configuration with the best permission', () => {
    const facts = factsOf(
      [
        { id: 'a', activate: 'no' },
        { id: 'b', activate: 'ask' },
      ],
      { mock: { scan: 'no' } },
    )
    const permissions = diagnoseMachine(facts).permissions.map(({ action, permission }) => [
      action,
      permission,
    ])
    expect(Object.fromEntries(permissions)).toEqual({ open: 'ask', stop: 'yes', scan: 'no', recheck: 'yes' })
  })

  it('names what sessions of this manager hold, and among whom that counts', async () => {
    const { manager, clock } = await openLab()
    void manager.createSession('b').open()
    await clock.advance(30)
    expect(manager.diagnoseMachine()).toMatchObject({ held: ['b'], holders: 'process' })
  })
})

describe('the manager', () => {
  it('takes a configuration, an identifier, or a session with its last error', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('b')
    world.failNext('b', new BackendError('ERR_DENIED', 'not you'))
    await Promise.all([expect(session.open()).rejects.toThrow(), clock.advance(100)])
    expect(codes(manager.diagnose('b'))).toEqual([])
    expect(codes(manager.diagnose(session.configuration))).toEqual([])
    expect(codes(manager.diagnose(session))).toEqual(['warning lastDenied'])
  })

  it('remembers in the world how the last activation ended', async () => {
    const { manager, clock, world } = await openLab()
    world.failNext('b', 'addressFailed')
    void manager.createSession('b').open()
    await clock.advance(100)
    expect(codes(manager.diagnose('b'))).toEqual(['warning lastAddressFailed'])
  })

  it('names the connection of ours that is in the way', async () => {
    const { manager, clock } = await openLab([
      { id: 'x', name: 'Home', device: 'wlan0' },
      { id: 'y', device: 'wlan0' },
    ])
    const session = manager.createSession('x')
    await Promise.all([session.open(), clock.advance(100)])
    expect(codes(manager.diagnose('y'))).toEqual(['problem deviceBusy'])
    await Promise.all([session.close(), clock.advance(100)])
    expect(manager.diagnose('y').canOpen).toBe('yes')
  })

  it('that is closed answers all the same', async () => {
    const { manager, clock } = await openLab()
    await Promise.all([manager.close(), clock.advance(100)])
    expect(manager.diagnose('b')).toMatchObject({ canOpen: 'no', findings: [{ code: 'closed' }] })
    expect(manager.diagnoseMachine().findings.map(({ code }) => code)).toEqual(['closed'])
  })
})

const permission = fc.constantFrom('yes', 'yes', 'yes', 'ask', 'no', 'unknown' as const)
const REASON = REASONS.slice(0, REASONS.indexOf('deviceBusy')) as Reason[]

/** A link of any shape, on one of two devices or one of its own. */
const link = fc.record({
  bearer: fc.constantFrom(...BEARERS),
  activate: permission,
  deactivate: permission,
  inRange: fc.constantFrom(true, true, false, null),
  carrier: fc.constantFrom(true, true, false, null),
  link: fc.constantFrom('down', 'down', 'activating', 'up', 'deactivating' as const),
  device: fc.constantFrom('dev-1', 'dev-2', null),
  uplink: fc.boolean(),
  connectivity: fc.constantFrom('unknown', 'none', 'limited', 'portal', 'full' as const),
  metered: fc.constantFrom(null, { value: true, sure: false }),
  ended: fc.option(
    fc.record({
      activation: fc.constant('x#0'),
      reason: fc.constantFrom(...REASON),
      native: fc.option(fc.string()),
    }),
  ),
})

const links = fc
  .array(link, { minLength: 1, maxLength: 4 })
  .map((all) => all.map((one, index): MockConfiguration => ({ id: `l${index}`, ...one })))

/** The same worlds in every run of CI; others with ROAMKIT_SEED. */
const runs = {
  numRuns: Number(process.env.ROAMKIT_RUNS ?? 2000),
  seed: Number(process.env.ROAMKIT_SEED ?? 1),
}

describe('random worlds', () => {
  it('are diagnosed without a throw, frozen, as plain data, with a cause for every verdict', () => {
    const facts = fc.record({
      world: fc.record({
        links,
        updates: fc.constantFrom('events', 'polling' as const),
        service: fc.constantFrom('ready', 'lost' as const),
      }),
      held: fc.subarray(['l0', 'l1', 'l2', 'gone']),
      falling: fc.subarray(['l0', 'l1', 'gone']),
      isClosed: fc.boolean(),
      failed: fc.option(fc.record({ reason: fc.constantFrom(...REASONS), native: fc.option(fc.string()) })),
    })
    fc.assert(
      fc.property(facts, ({ world, held, falling, isClosed, failed }) => {
        const { service, updates } = world
        const made = factsOf(world.links, {
          service,
          mock: { updates },
          held: new Set(held),
          falling: new Set(falling),
          isClosed,
        })
        const host = diagnoseMachine(made)
        expect(structuredClone(host)).toEqual(host)
        for (const id of ['l0', 'l1', 'unknown']) {
          const diagnosis = diagnose(made, id, failed)
          const { canOpen, findings } = diagnosis
          expect(structuredClone(diagnosis)).toEqual(diagnosis)
          expect([diagnosis, findings, ...findings].every(Object.isFrozen)).toBe(true)
          const worst = findings[0]?.severity ?? 'note'
          expect(canOpen === 'no').toBe(worst === 'problem')
          if (canOpen === 'maybe') expect(worst).toBe('warning')
          for (const { severity, says, advice } of findings) {
            expect(says).toMatch(A_SENTENCE)
            if (severity !== 'note') expect(advice).toMatch(A_SENTENCE)
          }
        }
      }),
      runs,
    )
  })

  it("are true: after 'no' open() rejects, after 'yes' it resolves", async () => {
    const script = fc.record({
      links,
      updates: fc.constantFrom('events', 'polling' as const),
      isAway: fc.constantFrom(false, false, false, true),
      holds: fc.subarray(['l0', 'l1', 'l2', 'l3']),
      leaves: fc.subarray(['l0', 'l1']),
      pulls: fc.subarray(['l0', 'l1']),
    })
    const seen = { yes: 0, maybe: 0, no: 0 }
    await fc.assert(
      fc.asyncProperty(script, async ({ links: all, updates, isAway, holds, leaves, pulls }) => {
        // A link that is scripted to come up without carrier is a fault; here cables are pulled while it is up.
        const sound = all.map(({ carrier: _, ...one }) => one)
        const lab = await openLab(sound, { mock: { updates }, closeTimeout: 0 })
        await disturb(lab, { holds, leaves, pulls })
        if (isAway) lab.world.loseService()
        await lab.clock.flush()
        for (const { id } of all) {
          const { canOpen } = lab.manager.diagnose(id)
          const opening = await opened(lab, id)
          seen[canOpen] += 1
          if (canOpen !== 'maybe') expect([id, canOpen, opening]).toEqual([id, canOpen, canOpen === 'yes'])
        }
        await Promise.all([lab.manager.close(), lab.clock.advance(10)])
      }),
      { ...runs, numRuns: runs.numRuns / 4 },
    )
    console.log(`diagnoses: ${JSON.stringify(seen)}`)
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(runs.numRuns / 20)
  })
})

/** Sessions come, some go again, and cables are pulled: what is diagnosed is a manager at work. */
async function disturb(
  { manager, world, clock }: Lab,
  { holds, leaves, pulls }: Readonly<Record<'holds' | 'leaves' | 'pulls', readonly string[]>>,
): Promise<void> {
  const known = new Set(manager.allConfigurations().map(({ identifier }) => identifier))
  const sessions = new Map(holds.filter((id) => known.has(id)).map((id) => [id, manager.createSession(id)]))
  for (const session of sessions.values()) void session.open()
  await clock.advance(100)
  for (const id of leaves) void sessions.get(id)?.close()
  for (const id of pulls)
    if (world.snapshot().configurations.some((one) => one.id === id && one.link === 'up'))
      world.carrier(id, false)
  await clock.advance(leaves.length)
}

/** Whether a fresh session can be opened; it is gone again afterwards. */
async function opened({ manager, clock }: Lab, id: string): Promise<boolean> {
  const session = manager.createSession(id)
  let isOpen = false
  const opening = session.open().then(
    () => {
      isOpen = true
    },
    () => undefined,
  )
  await clock.advance(31_000)
  await opening
  void session.close()
  await clock.advance(100)
  return isOpen
}
