import { describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../../src/contract/index.js'
import { activate } from '../../src/engine/links/link-commands.js'
import { Holds } from '../../src/links/holds.js'
import { ATTEMPT, ended, linkBed, up, type WrittenLink } from './link-bed.js'

const FOR_ONE = { asking: [1], asSystem: false, mayDisplace: true }

/** A bed in which session 1 wants `b`. */
function wanting(links: readonly WrittenLink[]) {
  const bed = linkBed(links)
  bed.put('b', { holds: new Holds().with(1, 'wanted'), activationAttempt: ATTEMPT })
  return { ...bed, last: () => bed.posted.at(-1) }
}

const held = (by: number) => ({ holds: new Holds().with(by, 'held') })
const hasFailed = (code: string, reason: string, native: string | null = null) =>
  expect.objectContaining({
    type: 'activationFailed',
    joined: true,
    failure: expect.objectContaining({ code, reason, native }),
  })

describe('S2 a link that is up already', () => {
  it('is joined, and stays whose it is', async () => {
    const { context, holders, pass, last, backend } = wanting([up('b', 'b-1')])
    holders.script('b', { owned: 'b-1' })
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(last()).toEqual({ type: 'activated', activation: 'b-1', own: false, owned: 'b-1' })
    expect([backend.commands, holders.ownedOf('b')]).toEqual([[], 'b-1'])
  })

  it('is joined while it comes up, too', async () => {
    const { context, pass, last, backend } = wanting([{ id: 'b', link: 'activating', activation: 'b-1' }])
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(last()).toEqual({ type: 'activated', activation: 'b-1', own: false, owned: null })
    expect(backend.commands).toEqual([])
  })

  it('is brought up if it does not carry', async () => {
    const { context, pass, last, backend } = wanting([up('b', 'b-1', { carrier: false })])
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(backend.commands).toEqual(['activate b'])
    expect(last()).toEqual({ type: 'activated', activation: 'b-new', own: true, owned: 'b-new' })
  })

  it('is waited for while it goes down', async () => {
    const { context, pass, last } = wanting([{ id: 'b', link: 'deactivating', activation: 'b-1' }])
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(last()).toEqual({ type: 'notYet' })
  })
})

describe('H3 a snapshot that may be old, because other processes hold links, too', () => {
  it.each<
    readonly [string, number, 'certain' | 'uncertain', LinkConfiguration['activate'], readonly string[]]
  >([
    ['no other holder is seen: the last one may have taken it down', 0, 'certain', 'yes', ['activate b']],
    ['another one holds it', 1, 'certain', 'yes', []],
    ['it is uncertain who holds it', 1, 'uncertain', 'yes', ['activate b']],
    ['the system does not permit to ask', 0, 'certain', 'no', []],
  ])('the system is asked, or not: %s', async (_when, others, certainty, permission, commands) => {
    const { context, holders, pass, backend, last } = wanting([up('b', 'b-1', { activate: permission })])
    Object.assign(holders, { span: 'machine', certainty })
    holders.script('b', { others })
    backend.onActivate = async () => 'b-1'
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(backend.commands).toEqual(commands)
    expect(last()).toEqual({ type: 'activated', activation: 'b-1', own: false, owned: null })
  })

  it('H1 the answer that it is still up leaves it whose it was', async () => {
    const { context, holders, pass, backend, last } = wanting([up('b', 'b-1')])
    holders.span = 'machine'
    holders.script('b', { owned: 'b-0' })
    backend.onActivate = async () => 'b-1'
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(last()).toEqual({ type: 'activated', activation: 'b-1', own: false, owned: 'b-0' })
    expect(holders.ownedOf('b')).toBe('b-0')
  })

  it('H1 any other answer is a link that this session brought up', async () => {
    const { context, holders, pass, last } = wanting([up('b', 'b-1')])
    holders.span = 'machine'
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(last()).toEqual({ type: 'activated', activation: 'b-new', own: true, owned: 'b-new' })
    expect(holders.ownedOf('b')).toBe('b-new')
  })
})

describe('S5 a configuration that changed while its lock was waited for', () => {
  it.each<readonly [string, readonly WrittenLink[], string]>([
    ['removed', [], 'unknownConfiguration'],
    ['out of range', [{ id: 'b', inRange: false, activate: 'no' }], 'outOfRange'],
  ])('%s: the attempt fails with that reason', async (_what, links, reason) => {
    const { context, holders, see, pass, last, backend } = wanting([{ id: 'b' }])
    const release = holders.takeLock('lab', 'b')
    activate(context, 'b', FOR_ONE)
    await pass()
    see(...links)
    release()
    await pass()
    expect(last()).toEqual(hasFailed('ERR_UNKNOWN_CONFIGURATION', reason))
    expect(backend.commands).toEqual([])
  })
})

describe('H6 an attempt that was given up', () => {
  it('while it waited for its lock: asks the system for nothing, even if the link is wanted again', async () => {
    const { context, holders, posted, pass, backend } = wanting([{ id: 'b' }])
    const release = holders.takeLock('lab', 'b')
    const abandon = activate(context, 'b', FOR_ONE)
    await pass()
    abandon()
    release()
    await pass()
    expect([posted, backend.commands]).toEqual([[], []])
  })

  it('is not heard of again if it fails afterwards', async () => {
    const { context, holders, posted, pass, see } = wanting([{ id: 'b' }])
    let joined = () => {}
    holders.joining = new Promise((resolve) => {
      joined = resolve
    })
    const abandon = activate(context, 'b', FOR_ONE)
    await pass()
    abandon()
    see()
    joined()
    await pass()
    expect(posted).toEqual([{ type: 'lockTaken' }])
  })

  /** An attempt whose answer comes when the world is like that, long after it was given up. */
  async function answeredLate(...links: readonly WrittenLink[]) {
    const bed = wanting([{ id: 'b' }])
    let answer = (_activation: string) => {}
    bed.backend.onActivate = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const abandon = activate(bed.context, 'b', FOR_ONE)
    await bed.pass()
    abandon()
    await bed.pass()
    bed.backend.write(links)
    answer('b-late')
    await bed.pass()
    return { late: bed.posted.slice(1), owned: bed.holders.ownedOf('b') }
  }

  it.each<readonly [string, readonly WrittenLink[]]>([
    ['the snapshot does not show it yet', [{ id: 'b' }]],
    ['it is up', [up('b', 'b-late')]],
    ['an earlier activation has ended', [ended('b', 'b-0')]],
    ['its configuration was removed', []],
  ])('is taken back when the system accepts it late: %s', async (_when, links) => {
    const { late, owned } = await answeredLate(...links)
    expect([late, owned]).toEqual([[{ type: 'activatedLate' }], 'b-late'])
  })

  it.each<readonly [string, readonly WrittenLink[]]>([
    ['another activation has superseded it', [up('b', 'b-2')]],
    ['it has ended', [ended('b', 'b-late')]],
  ])('has nothing to take back: %s', async (_when, links) => {
    const { late, owned } = await answeredLate(...links)
    expect([late, owned]).toEqual([[], null])
  })
})

describe('H5 a link whose device carries another one', () => {
  const BUSY = hasFailed('ERR_NOT_SUPPORTED', 'deviceBusy', 'the a')
  const rivals = () => wanting([up('a', 'a-1'), { id: 'b' }])

  it('may displace what no session holds', async () => {
    const { context, pass, backend, holders } = rivals()
    activate(context, 'b', FOR_ONE)
    await pass()
    expect(backend.commands).toEqual(['activate b'])
    expect(holders.asked).toContain('exclude a')
  })

  it('roaming may not displace what no session holds', async () => {
    const { context, pass, last, backend } = rivals()
    activate(context, 'b', { ...FOR_ONE, mayDisplace: false })
    await pass()
    expect([last(), backend.commands]).toEqual([BUSY, []])
  })

  it('roaming may take the device of what is on its way down', async () => {
    const { context, pass, backend } = wanting([{ ...up('a', 'a-1'), link: 'deactivating' }, { id: 'b' }])
    activate(context, 'b', { ...FOR_ONE, mayDisplace: false })
    await pass()
    expect(backend.commands).toEqual(['activate b'])
  })

  it('roaming may displace what only the asking session holds', async () => {
    const { context, put, pass, backend } = rivals()
    put('a', held(1))
    activate(context, 'b', { ...FOR_ONE, mayDisplace: false })
    await pass()
    expect(backend.commands).toEqual(['activate b'])
  })

  it.each([
    ['another session of this manager', [1], 2],
    ['one of several that ask, because the others have not agreed', [1, 2], 1],
  ])('may not displace what is held by %s', async (_whom, asking, by) => {
    const { context, put, pass, last, backend } = rivals()
    put('a', held(by))
    activate(context, 'b', { ...FOR_ONE, asking })
    await pass()
    expect([last(), backend.commands]).toEqual([BUSY, []])
  })

  it.each([
    ['visibly, whatever an exclusion says', { others: 1, excludes: true }],
    ['unseen', { others: 0, excludes: false }],
  ])('may not displace what others hold %s', async (_how, script) => {
    const { context, holders, pass, last, backend } = rivals()
    holders.script('a', script)
    activate(context, 'b', FOR_ONE)
    await pass()
    expect([last(), backend.commands]).toEqual([BUSY, []])
  })

  it('may not displace what came up a moment ago, and whose lock it does not have', async () => {
    const { context, holders, pass, last, backend } = wanting([{ id: 'a' }, { id: 'b' }])
    let joined = () => {}
    holders.joining = new Promise((resolve) => {
      joined = resolve
    })
    activate(context, 'b', FOR_ONE)
    await pass()
    backend.write([up('a', 'a-1'), { id: 'b' }])
    joined()
    await pass()
    expect([last(), backend.commands]).toEqual([BUSY, []])
  })
})
