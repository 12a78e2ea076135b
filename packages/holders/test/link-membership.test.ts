import { VirtualClock } from '@roamkit/backend-mock'
import { describe, expect, it } from 'vitest'
import type { Entry, Rendezvous } from '../src/index.js'
import { LinkMembership } from '../src/link-membership.js'
import { LinkUpkeep } from '../src/link-upkeep.js'
import { LocalMembers } from '../src/local-members.js'
import { formatRecord, type Memory, NO_MEMORY } from '../src/record.js'
import { ScriptedMachine, scriptedRendezvous } from './scripted-rendezvous.js'

const KEY = 'a link'
const error = new Error('EMFILE')

/** Members of one process on a machine. */
function lab() {
  const machine = new ScriptedMachine()
  const members = new LocalMembers()
  const logged: unknown[] = []
  /** What the system refuses now. */
  const refused = new Set<string>()
  const asked: string[] = []
  machine.step = async (_, what, run) => {
    asked.push(what)
    if (refused.has(what)) throw error
    return run()
  }
  const attested: string[] = []
  /** The entries whose attestation was asked for, by their texts. */
  const selected: (string | null)[] = []
  const scripted = scriptedRendezvous(machine, 1)
  const rendezvous: Rendezvous = {
    ...scripted,
    post: (key, member, text, options) => {
      attested.push(options.attest)
      return scripted.post(key, member, text, options)
    },
    selectAttested: (key, entries) => {
      selected.push(...entries.map(({ text }) => text))
      return scripted.selectAttested(key, entries)
    },
  }
  const log = (event: string, detail: object) => void logged.push([event, detail])
  const member = (name: string) =>
    new LinkMembership(KEY, { rendezvous, members, log, identity: { member: name, pid: 1, name } })
  return { machine, members, logged, refused, asked, attested, selected, rendezvous, log, member }
}

const textOf = (memory: Memory) => formatRecord({ pid: 2, name: 'other', since: 0, ...memory })

/** Something that another process has put up. */
function post(machine: ScriptedMachine, memory: Memory, member = 'XXXXXXXXXXX'): void {
  const entry: Entry = { member, text: textOf(memory) }
  machine.entries.push({ process: 99, key: KEY, entry, isAttested: true })
}

describe('what a member sees', () => {
  it('counts the members of its process once, and itself never', async () => {
    const { machine, member } = lab()
    const [one, two, three] = [member('one'), member('two'), member('three')]
    await one.join(NO_MEMORY)
    await two.join(NO_MEMORY)
    post(machine, NO_MEMORY)
    expect([one.view()?.others, three.view()?.others]).toEqual([2, 3])
    expect([one.knownView()?.others, one.localOthers, three.localOthers]).toEqual([1, 1, 2])
  })

  it('asks who attests only what may be news', async () => {
    const { machine, selected, member } = lab()
    const one = member('one')
    post(machine, NO_MEMORY)
    expect([one.view()?.memory, selected]).toEqual([NO_MEMORY, []])
    await one.join({ version: 5, owned: 'a' })
    for (const version of [1, 4, 5, 6]) post(machine, { version, owned: 'a' }, `member ${version}`)
    expect(one.view()?.memory).toEqual({ version: 6, owned: 'a' })
    expect(selected).toEqual([5, 6].map((version) => textOf({ version, owned: 'a' })))
  })

  it('shows that another member has not heard of its activation, in this process or elsewhere', async () => {
    const { machine, member } = lab()
    const [one, two] = [member('one'), member('two')]
    await two.join({ version: 1, owned: 'a' })
    await one.join({ version: 2, owned: 'b' })
    expect([one.knownView()?.isBehind, one.view()?.isBehind]).toEqual([true, true])
    expect([two.knownView()?.isBehind, two.view()?.isBehind]).toEqual([false, false])
    await one.join({ version: 3, owned: null })
    expect([one.knownView()?.isBehind, one.view()?.isBehind]).toEqual([false, false])
    await one.join({ version: 4, owned: 'c' })
    await two.join({ version: 4, owned: 'c' })
    expect([one.knownView()?.isBehind, one.view()?.isBehind]).toEqual([false, false])
    post(machine, { version: 3, owned: null })
    expect(one.view()?.isBehind).toBe(true)
  })

  it('is not disturbed by an old entry under its own name', async () => {
    const { machine, member } = lab()
    const one = member('one')
    await one.join({ version: 2, owned: 'a' })
    post(machine, { version: 1, owned: 'b' }, 'one')
    expect(one.view()).toEqual({ others: 0, memory: { version: 2, owned: 'a' }, isBehind: false })
  })
})

describe('a member', () => {
  it('has its entry attested if it says that something was brought up (H1)', async () => {
    const { attested, member } = lab()
    const one = member('one')
    for (const memory of [NO_MEMORY, { version: 1, owned: 'a' }, { version: 2, owned: null }])
      await one.join(memory)
    expect(attested).toEqual(['no', 'yes', 'yes'])
  })

  it('is complete only if others can see what it says, and says what it could not later', async () => {
    const { machine, logged, refused, member } = lab()
    const one = member('one')
    expect(one.isComplete).toBe(true)
    await one.attendance.attend()
    refused.add('post')
    await one.join(NO_MEMORY)
    expect(one.isComplete).toBe(false)
    expect(logged).toEqual([
      ['holders: others cannot see that this process holds the link', { key: KEY, error }],
    ])
    refused.clear()
    await one.mend()
    expect([one.isComplete, machine.entries.length]).toEqual([true, 1])
  })

  it('that has not joined, or has left meanwhile, mends nothing', async () => {
    const { machine, asked, refused, member } = lab()
    const one = member('one')
    await one.mend()
    expect(asked).toEqual([])
    refused.add('attend').add('post')
    await one.join(NO_MEMORY)
    refused.clear()
    await Promise.all([one.mend(), one.leave()])
    expect([machine.entries, one.isComplete]).toEqual([[], true])
  })

  it('that has ended joins nothing, and takes down what the system puts up too late', async () => {
    const { machine, members, member } = lab()
    const [one, two] = [member('one'), member('two')]
    one.end()
    await one.join(NO_MEMORY)
    expect([members.of(KEY).size, machine.entries]).toEqual([0, []])
    const { step } = machine
    let answer = () => {}
    machine.step = async (process, what, run) => {
      if (what === 'post')
        await new Promise<void>((resolve) => {
          answer = resolve
        })
      return step(process, what, run)
    }
    const joining = two.join(NO_MEMORY)
    await Promise.resolve()
    two.end()
    answer()
    await joining
    expect(machine.entries).toEqual([])
  })
})

describe('a member that is told to remember (H1)', () => {
  it.each<{ says: string; theirs: Memory; adopted: Memory }>([
    {
      says: 'a newer activation',
      theirs: { version: 4, owned: 'b' },
      adopted: { version: 4, owned: 'b' },
    },
    {
      says: 'that the same one was stored again',
      theirs: { version: 4, owned: 'a' },
      adopted: { version: 4, owned: 'a' },
    },
    {
      says: 'that nobody agrees whose it is',
      theirs: { version: 3, owned: 'b' },
      adopted: { version: 3, owned: null },
    },
    {
      says: 'nothing that is older',
      theirs: { version: 2, owned: 'b' },
      adopted: { version: 3, owned: 'a' },
    },
  ])('adopts $says', async ({ theirs, adopted }) => {
    const { machine, member } = lab()
    const one = member('one')
    await one.join({ version: 3, owned: 'a' })
    post(machine, theirs)
    await one.refresh()
    expect(one.memory).toEqual(adopted)
    const own = machine.entries.filter(({ entry }) => entry.member === 'one')
    expect(own.map(({ entry }) => JSON.parse(entry.text ?? '').slice(3))).toEqual([
      [adopted.version, adopted.owned],
    ])
  })

  it('has nothing to say if it has not joined, or if the entries cannot be read', async () => {
    const { machine, rendezvous, member } = lab()
    const one = member('one')
    post(machine, { version: 3, owned: 'a' })
    await one.refresh()
    expect(machine.entries.length).toBe(1)
    await one.join(NO_MEMORY)
    Object.assign(rendezvous, { entries: () => null })
    await one.refresh()
    expect(one.memory).toEqual(NO_MEMORY)
  })
})

describe('the upkeep of a link', () => {
  it('has one pause at a time, however often it is started, and says so once', async () => {
    const { logged, refused, log, member } = lab()
    const clock = new VirtualClock()
    const upkeep = new LinkUpkeep(clock, log)
    const one = member('one')
    refused.add('attend')
    await one.attendance.attend()
    await one.join(NO_MEMORY)
    logged.length = 0
    upkeep.start(KEY, one)
    upkeep.start(KEY, one)
    expect([clock.pending, logged]).toEqual([
      1,
      [['holders: others cannot count on this process', { key: KEY }]],
    ])
    refused.clear()
    await clock.advance(100)
    expect(logged.slice(1)).toEqual([['holders: others can count on this process', { key: KEY }]])
    expect([one.isComplete, clock.pending]).toEqual([true, 0])
  })
})
