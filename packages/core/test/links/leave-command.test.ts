import { describe, expect, it } from 'vitest'
import { BackendError } from '../../src/contract/index.js'
import { carryOver, deactivate, stop } from '../../src/engine/links/link-commands.js'
import type { LastClose } from '../../src/links/last-close.js'
import type { LinkState } from '../../src/links/link-state.js'
import { ended, linkBed, up, WIND_DOWN, type WrittenLink } from './link-bed.js'
import type { HoldersScript, ScriptedHolders } from './scripted-holders.js'

interface Leaving {
  readonly script?: HoldersScript
  readonly certainty?: ScriptedHolders['certainty']
  readonly lastClose?: LastClose
  readonly over?: LinkState['over']
}

/** A bed in which the last session of this manager leaves `b`. */
function leaving(
  links: readonly WrittenLink[],
  { script = {}, certainty = 'certain', lastClose = 'restore', over = null }: Leaving = {},
) {
  const bed = linkBed(links)
  bed.holders.script('b', script)
  bed.holders.certainty = certainty
  bed.put('b', { over })
  return {
    ...bed,
    /** Leaves, and says what the link machine hears last. */
    leave: async () => {
      deactivate(bed.context, 'b', { lastClose, owned: script.owned ?? null })
      await bed.pass()
      return bed.posted.at(-1)
    },
    stop: async () => {
      stop(bed.context, 'b')
      await bed.pass()
      return bed.posted.at(-1)
    },
  }
}

const OURS = { owned: 'b-1' }
const ours = up('b', 'b-1')
/** What the link machine hears when a link is left without being taken down. */
const LEFT = { type: 'deactivated', failure: null, joined: false, target: null }
const hasFailed = (code: string, joined: boolean, target: string | null) => ({
  type: 'deactivated',
  failure: expect.objectContaining({ code }),
  joined,
  target,
})

describe('H1 the last holder', () => {
  it('takes down what holders brought up, once it has excluded all others', async () => {
    const { leave, posted, backend, holders } = leaving([ours], { script: OURS })
    expect(await leave()).toEqual({ ...LEFT, target: 'b-1' })
    expect(posted[0]).toEqual({ type: 'deactivating', activation: 'b-1' })
    expect(backend.commands).toEqual(['deactivate b b-1'])
    expect(holders.asked).toEqual(['lock b', 'exclude b', 'leave b'])
  })

  it.each<readonly [string, readonly WrittenLink[], Leaving]>([
    ['it is the system’s', [ours], {}],
    ['it is to be left up', [ours], { script: OURS, lastClose: 'leave' }],
    ['it is over', [ended('b', 'b-1')], { script: OURS }],
    ['it has ended, as this manager saw', [{ id: 'b' }], { script: OURS, over: 'b-1' }],
    ['its configuration was removed', [], { script: OURS, lastClose: 'down' }],
    ['another activation has superseded it', [up('b', 'b-2')], { script: OURS }],
  ])('takes nothing down if %s, and excludes no holder for that', async (_when, links, how) => {
    const { leave, backend, holders } = leaving(links, how)
    expect(await leave()).toEqual(LEFT)
    expect([backend.commands, holders.asked]).toEqual([[], ['lock b', 'leave b']])
  })

  it.each<readonly [string, readonly WrittenLink[], Leaving, string]>([
    ['what is accepted and does not show yet', [{ id: 'b' }], { script: OURS }, 'b-1'],
    ['what came after an earlier activation that is over', [ours], { script: OURS, over: 'b-0' }, 'b-1'],
    ['what the system brought up, if it is to go down', [ours], { lastClose: 'down' }, 'b-1'],
    [
      'what does not show yet, if it is to go down',
      [{ id: 'b' }],
      { script: OURS, lastClose: 'down' },
      'b-1',
    ],
    [
      'what is up now instead, if it is to go down',
      [up('b', 'b-2')],
      { script: OURS, lastClose: 'down' },
      'b-2',
    ],
  ])('takes down %s', async (_what, links, how, target) => {
    const { leave, backend } = leaving(links, how)
    expect(await leave()).toEqual({ ...LEFT, target })
    expect(backend.commands).toEqual([`deactivate b ${target}`])
  })
})

describe('H3 a link that others may hold', () => {
  it.each([
    ['visibly, whatever an exclusion says', { ...OURS, others: 1, excludes: true }],
    ['unseen', { ...OURS, others: 0, excludes: false }],
  ])('stays up if others hold it %s', async (_how, script) => {
    const { leave, backend } = leaving([ours], { script })
    expect(await leave()).toEqual(LEFT)
    expect(backend.commands).toEqual([])
  })

  it.each<readonly [string, readonly WrittenLink[]]>([
    ['up', [ours]],
    ['coming up', [{ id: 'b', link: 'activating', activation: 'b-1' }]],
  ])(
    'stays as it is while it is %s and it is uncertain who holds it, and the reason is reported (S8)',
    async (_how, links) => {
      const { leave, backend, holders } = leaving(links, { script: OURS, certainty: 'uncertain' })
      const failure = expect.objectContaining({ code: 'ERR_NOT_SUPPORTED', reason: 'holdersUnknown' })
      expect(await leave()).toEqual({ ...LEFT, failure })
      expect([backend.commands, holders.asked]).toEqual([[], ['lock b', 'leave b']])
    },
  )

  it.each<readonly [string, readonly WrittenLink[], Leaving]>([
    ['it would stay up anyway', [ours], {}],
    ['it goes down', [{ id: 'b', link: 'deactivating', activation: 'b-1' }], { script: OURS }],
    ['it is down', [{ id: 'b' }], { script: OURS }],
    ['its configuration was removed', [], { script: OURS }],
  ])('has nothing to report although it is uncertain who holds it, if %s', async (_when, links, how) => {
    const { leave } = leaving(links, { ...how, certainty: 'uncertain' })
    expect(await leave()).toEqual(LEFT)
  })
})

describe('a teardown that the system does not carry out', () => {
  it('S8 is reported, and the holder has left all the same', async () => {
    const { leave, backend, holders } = leaving([ours], { script: OURS })
    backend.onDeactivate = () => Promise.reject(new BackendError('ERR_DENIED', 'not allowed'))
    expect(await leave()).toEqual(hasFailed('ERR_DENIED', false, 'b-1'))
    expect(holders.asked).toContain('leave b')
  })

  it('H6 because its service was lost meanwhile: the holder stays, to do it when the service is back', async () => {
    const { leave, backend, holders } = leaving([ours], { script: OURS })
    backend.onDeactivate = () => Promise.reject(new BackendError('ERR_SERVICE_LOST', 'gone'))
    expect(await leave()).toEqual(hasFailed('ERR_SERVICE_LOST', true, 'b-1'))
    expect(holders.asked).not.toContain('leave b')
  })

  it.each(['leave', 'stop'] as const)(
    'S13 because its configuration has just gone: it is down (%s)',
    async (doing) => {
      const bed = leaving([ours], { script: OURS })
      bed.backend.onDeactivate = () => Promise.reject(new BackendError('ERR_UNKNOWN_CONFIGURATION', 'no b'))
      expect(await bed[doing]()).toEqual({ ...LEFT, joined: doing === 'stop', target: 'b-1' })
    },
  )

  it('because it never answers: it timed out after windDownTimeout', async () => {
    const { leave, backend, pass, posted } = leaving([ours], { script: OURS })
    backend.onDeactivate = () => new Promise(() => {})
    await leave()
    await pass(WIND_DOWN - 1)
    expect(posted.at(-1)).toEqual({ type: 'deactivating', activation: 'b-1' })
    await pass(1)
    expect(posted.at(-1)).toEqual(hasFailed('ERR_TIMED_OUT', false, 'b-1'))
    expect(posted.at(-1)).toMatchObject({ failure: { native: "the system did not take 'b' down in time" } })
  })

  it.each([
    ['leave', false],
    ['stop', true],
  ] as const)(
    'because its lock is not given: nothing is known to be taken down (%s)',
    async (doing, joined) => {
      const bed = leaving([ours], { script: OURS })
      bed.holders.refusal = new BackendError('ERR_CLOSED', 'no holders any more')
      expect(await bed[doing]()).toEqual(hasFailed('ERR_CLOSED', joined, null))
      expect(bed.backend.commands).toEqual([])
    },
  )
})

describe('S10 stop()', () => {
  it.each<readonly [string, readonly WrittenLink[], HoldersScript]>([
    ['that the system brought up', [ours], {}],
    ['that others hold', [ours], { others: 2 }],
    ['that comes up', [{ id: 'b', link: 'activating', activation: 'b-1' }], {}],
    ['that holders brought up and that does not show yet', [{ id: 'b' }], OURS],
    ['that has come back since an earlier end', [{ ...ended('b', 'b-0'), ...ours }], {}],
    ['whose configuration was removed, if it is theirs', [], OURS],
  ])('takes down a link %s, and tells the other holders', async (_what, links, script) => {
    const { stop, posted, holders } = leaving(links, { script })
    expect(await stop()).toEqual({ ...LEFT, joined: true, target: 'b-1' })
    expect(posted).toHaveLength(2)
    expect(posted[0]).toEqual({ type: 'deactivating', activation: 'b-1' })
    expect(holders.asked).toEqual(['lock b', 'stopping b b-1'])
  })

  it.each<readonly [string, readonly WrittenLink[], HoldersScript]>([
    ['is down and has no holder', [{ id: 'b' }], {}],
    ['has ended', [ended('b', 'b-1')], OURS],
    ['was removed and has no holder', [], {}],
  ])('has nothing to take down if the link %s', async (_what, links, script) => {
    const { stop, posted, backend, holders } = leaving(links, { script })
    expect(await stop()).toEqual({ ...LEFT, joined: true })
    expect([posted.length, backend.commands, holders.asked]).toEqual([1, [], ['lock b']])
  })

  it('S11 tells the other holders nothing if the system refuses', async () => {
    const { stop, backend, holders } = leaving([ours])
    backend.onDeactivate = () => Promise.reject(new BackendError('ERR_DENIED', 'not allowed'))
    expect(await stop()).toEqual(hasFailed('ERR_DENIED', true, 'b-1'))
    expect(holders.asked).toEqual(['lock b'])
  })
})

describe('H1 a restart of the service', () => {
  it.each([
    ['an activation that it has renamed is carried over', 'b-1', 'b-2'],
    ['what another holder has carried over already stays as it is', 'b-3', 'b-3'],
    ['what is the system’s stays the system’s', null, null],
  ])('%s', async (_what, owned, after) => {
    const { context, holders, pass } = leaving([up('b', 'b-2')], { script: { owned } })
    carryOver(context, 'b', { from: 'b-1', to: 'b-2' })
    await pass()
    expect(holders.ownedOf('b')).toBe(after)
  })
})
