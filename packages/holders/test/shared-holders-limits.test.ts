import { basename } from 'node:path'
import { VirtualClock } from '@roamkit/backend-mock'
import type { Held, Holders } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { LocalProcess, type Rendezvous, type SharedHoldersOptions, sharedHolders } from '../src/index.js'
import { formatRecord, type Memory } from '../src/record.js'
import { openSharedHolders } from '../src/shared-holders.js'
import { ScriptedMachine, scriptedRendezvous } from './scripted-rendezvous.js'

const call = { signal: new AbortController().signal }
const KEY = JSON.stringify(['here', 'b'])
const OTHER_KEY = JSON.stringify(['here', 'c'])
const error = new Error('EMFILE')

/** Processes on one scripted machine, in virtual time. */
function lab(options: Partial<SharedHoldersOptions> = {}) {
  const machine = new ScriptedMachine()
  const clock = new VirtualClock()
  const logged: unknown[] = []
  const asked: string[] = []
  machine.step = async (_, what, run) => {
    asked.push(what)
    return run()
  }
  let processes = 0
  const process = (
    more: Partial<SharedHoldersOptions> = {},
    bend: (rendezvous: Rendezvous) => Partial<Rendezvous> = () => ({}),
  ): Holders => {
    processes += 1
    const rendezvous = scriptedRendezvous(machine, processes)
    return sharedHolders(
      { ...rendezvous, ...bend(rendezvous) },
      {
        clock,
        log: (event, detail) => logged.push([event, detail]),
        name: `process ${processes}`,
        process: new LocalProcess(),
        ...options,
        ...more,
      },
    )
  }
  return { machine, clock, logged, asked, process }
}

const locked = <T>(holders: Holders, run: (held: Held) => Promise<T>, id = 'b') =>
  holders.locked('here', id, run, call)
const join = (holders: Holders, owned: string | null, id = 'b') =>
  locked(holders, (held) => held.join(owned), id)
const leave = (holders: Holders) => locked(holders, (held) => held.leave())
const settle = (clock: VirtualClock) => clock.advance(0)

/** Something that another process has put up. */
function post(machine: ScriptedMachine, memory: Memory, member = 'XXXXXXXXXXX', name = ''): void {
  const text = formatRecord({ pid: 1, name, since: 1, ...memory })
  machine.entries.push({ process: 99, key: KEY, entry: { member, text }, isAttested: true })
}

/** A stranger keeps the lock, which nobody waits for. */
const keepLock = (machine: ScriptedMachine) => machine.locks.set(KEY, { process: 99, taking: -1 })

/** A stranger attends that shows no entry. */
const hide = (machine: ScriptedMachine) => machine.attendances.push({ process: 99, key: KEY })

/** Whether that has come to an end, and when. */
function watched(clock: VirtualClock, work: Promise<unknown>) {
  const seen = { isDone: false, at: -1 }
  void work.then(() => Object.assign(seen, { isDone: true, at: clock.now() }))
  return seen
}

describe('opening', () => {
  it('tries the rendezvous first, and again at each command until it works (H3)', async () => {
    const { machine, clock } = lab()
    const options = { clock, process: new LocalProcess() }
    const works = await openSharedHolders(scriptedRendezvous(machine, 1), options)
    expect(works.certainty).toBe('certain')
    let isBroken = true
    const { take, ...rest } = scriptedRendezvous(machine, 2)
    const broken: Rendezvous = { ...rest, take: (key) => (isBroken ? Promise.reject(error) : take(key)) }
    const holders = await openSharedHolders(broken, { ...options, process: new LocalProcess() })
    expect(holders.certainty).toBe('uncertain')
    isBroken = false
    await locked(holders, async ({ others }) => expect(others).toBe(0))
    expect(holders.certainty).toBe('certain')
  })

  it('tries the rendezvous in the meantime, and asks for the certainty when that is known (H3)', async () => {
    const { machine, clock, asked } = lab()
    const heard: string[] = []
    const isCertain = () => heard.push('asked') > 0
    let tell = () => {}
    const ready = new Promise<void>((resolve) => {
      tell = resolve
    })
    const options = { clock, process: new LocalProcess(), isCertain }
    const opening = openSharedHolders(scriptedRendezvous(machine, 1), options, ready)
    await settle(clock)
    expect([asked.includes('take'), heard]).toEqual([true, []])
    tell()
    expect((await opening).certainty).toBe('certain')
    expect(heard).toEqual(['asked'])
  })

  it('leaves nothing open if what it waits for fails', async () => {
    const { machine, clock } = lab()
    let isDisposed = false
    const rendezvous = scriptedRendezvous(machine, 1)
    const watchedOver: Rendezvous = {
      ...rendezvous,
      async [Symbol.asyncDispose]() {
        isDisposed = true
        await rendezvous[Symbol.asyncDispose]()
      },
    }
    const options = { clock, process: new LocalProcess() }
    await expect(openSharedHolders(watchedOver, options, Promise.reject(error))).rejects.toBe(error)
    expect(isDisposed).toBe(true)
    await settle(clock)
    expect([...machine.locks, ...machine.entries, ...machine.attendances]).toEqual([])
  })
})

describe('the list of holders', () => {
  it('names a process after its program', async () => {
    const { process } = lab()
    const one = process({ name: undefined as unknown as string })
    await join(one, null)
    expect(one.list('here', 'b')[0]?.name).toBe(basename(globalThis.process.argv[1] ?? ''))
  })

  it('has at most 512 entries, because more are fake', () => {
    const { machine, process } = lab()
    for (let count = 0; count < 600; count += 1) post(machine, { version: 0, owned: null }, `${count}`)
    expect(process().list('here', 'b').length).toBe(512)
  })

  it.each<{ versions: readonly (number | null)[]; shown: number }>([
    { versions: [0, 1], shown: 1 },
    { versions: [1, 0], shown: 0 },
    { versions: [1, 2, 3], shown: 2 },
    { versions: [3, 2], shown: 0 },
    { versions: [1, 1], shown: 0 },
    { versions: [null, 0], shown: 1 },
    { versions: [0, null], shown: 0 },
  ])(
    'shows the newest of several entries of a member: of $versions the one at $shown',
    ({ versions, shown }) => {
      const { machine, process } = lab()
      for (const [index, version] of versions.entries()) {
        const member = 'XXXXXXXXXXX'
        if (version !== null) post(machine, { version, owned: null }, member, `${index}`)
        else machine.entries.push({ process: 99, key: KEY, entry: { member, text: null }, isAttested: false })
      }
      expect(
        process()
          .list('here', 'b')
          .map(({ name }) => name),
      ).toEqual([`${shown}`])
    },
  )
})

describe('certainty (H3)', () => {
  it('is there before the first command, and missing while this process cannot be counted on one of its links', async () => {
    const { machine, clock, process } = lab()
    const one = process()
    expect(one.certainty).toBe('certain')
    await join(one, null, 'c')
    machine.exclusions.push({ process: 99, key: KEY })
    const joining = join(one, null)
    await clock.advance(50)
    await joining
    expect([machine.attendances.map(({ key }) => key), one.certainty]).toEqual([[OTHER_KEY], 'uncertain'])
  })

  it('is missing for a reason, which is logged once', async () => {
    const { logged, process } = lab()
    const one = process({
      isCertain: () => {
        throw error
      },
    })
    await join(one, null)
    const doubt = 'others may use the same links without being counted here'
    expect(logged.filter((_, index) => index < 2)).toEqual([
      ['holders: isCertain', { error }],
      ['holders: certainty', { doubt }],
    ])
    expect(logged.filter((one) => JSON.stringify(one).includes('certainty')).length).toBe(1)
  })
})

describe('without the lock', () => {
  it('a command looks at the machine, also if another manager of the process holds the link', async () => {
    const { machine, process } = lab({ lockTimeout: 0 })
    const local = new LocalProcess()
    const [one, two, elsewhere] = [process({ process: local }), process({ process: local }), process()]
    await join(one, null)
    await join(elsewhere, null)
    keepLock(machine)
    expect(await locked(two, async ({ others }) => others)).toBe(2)
  })

  it('what others have stored since the last look is counted, and what they store meanwhile is adopted', async () => {
    const { machine, process } = lab({ lockTimeout: 0 })
    const [one, two] = [process(), process()]
    keepLock(machine)
    const versions = () => machine.entries.map(({ entry }) => JSON.parse(entry.text ?? '').slice(3))
    await locked(one, async (held) => {
      expect(held.owned).toBeNull()
      post(machine, { version: 7, owned: 'theirs' })
      await held.join('mine')
    })
    expect(versions()).toEqual([
      [7, 'theirs'],
      [8, 'mine'],
    ])
    machine.entries.length = 0
    const { step } = machine
    machine.step = async (process, what, run) => {
      if (what === 'post' && machine.entries.length === 0) post(machine, { version: 9, owned: 'theirs' })
      return step(process, what, run)
    }
    await join(two, null)
    expect(versions()).toEqual([
      [9, 'theirs'],
      [9, 'theirs'],
    ])
  })

  it('leaving takes no time if no other has to remember anything', async () => {
    const { machine, clock, process } = lab({ lockTimeout: 0 })
    const one = process()
    await join(one, 'mine')
    keepLock(machine)
    await leave(one)
    expect([clock.now(), clock.pending, machine.entries]).toEqual([0, 0, []])
  })

  it('a holder that is excluded tries to attend with growing pauses, two seconds longer than it waits for locks', async () => {
    const { machine, clock, logged, process } = lab({ lockTimeout: 0 })
    const one = process()
    keepLock(machine)
    machine.exclusions.push({ process: 99, key: KEY })
    const tries: number[] = []
    const { step } = machine
    machine.step = async (process, what, run) => {
      if (what === 'attend') tries.push(clock.now())
      return step(process, what, run)
    }
    const joining = watched(clock, join(one, null))
    await clock.advance(2000)
    expect(joining).toEqual({ isDone: true, at: 2000 })
    const growing = [0, 1, 3, 7, 15, 31, 63, 127]
    expect(tries).toEqual([...growing, 255, 455, 655, 855, 1055, 1255, 1455, 1655, 1855, 2000])
    expect(logged).toContainEqual(['holders: another process excludes all others', { key: KEY }])
  })
})

describe('a holder that another process excludes', () => {
  it('waits 50 ms under the lock, and waits again only after it could attend meanwhile', async () => {
    const { machine, clock, process } = lab()
    const one = process()
    const squat = () => machine.exclusions.push({ process: 99, key: KEY })
    squat()
    const first = watched(clock, join(one, null))
    await clock.advance(49)
    expect(first.isDone).toBe(false)
    await clock.advance(1)
    expect(first).toEqual({ isDone: true, at: 50 })
    const second = watched(clock, join(one, null))
    await settle(clock)
    expect(second.isDone).toBe(true)
    machine.exclusions.length = 0
    await join(one, null)
    await leave(one)
    squat()
    const third = watched(clock, join(one, null))
    await clock.advance(49)
    expect(third.isDone).toBe(false)
    await clock.advance(1)
    expect(third.isDone).toBe(true)
  })
})

describe('excluding others (H3)', () => {
  it('is not even tried while others are seen, so that the own attendance is not interrupted', async () => {
    const { clock, asked, process } = lab()
    const local = new LocalProcess()
    const [one, two, elsewhere] = [
      process({ process: local }),
      process({ process: local, lockTimeout: 0 }),
      process(),
    ]
    await join(one, 'mine')
    await locked(one, async (held) => {
      expect(held.others).toBe(0)
      // Another manager of this process does not wait for the lock.
      const joining = join(two, null)
      await settle(clock)
      await joining
      expect(await held.exclude()).toBe(false)
    })
    await leave(two)
    await join(elsewhere, null)
    expect(await locked(one, (held) => held.exclude())).toBe(false)
    expect(asked).not.toContain('exclude')
  })

  it('fails if the entries cannot be read any longer, and the holder can leave', async () => {
    const { clock, process } = lab()
    let isFlooded = false
    const one = process({}, ({ entries }) => ({ entries: (key) => (isFlooded ? null : entries(key)) }))
    await join(one, 'mine')
    const leaving = watched(
      clock,
      locked(one, async (held) => {
        expect(held.others).toBe(0)
        isFlooded = true
        expect(await held.exclude()).toBe(false)
        await held.leave()
      }),
    )
    await settle(clock)
    expect(leaving).toEqual({ isDone: true, at: 0 })
  })

  it.each<{ says: string; owned: string | null; isShown: boolean; waits: boolean }>([
    { says: 'the hidden holder has nothing to remember', owned: null, isShown: false, waits: false },
    {
      says: 'the hidden holder has been seen since, and remembers',
      owned: 'mine',
      isShown: true,
      waits: false,
    },
    { says: 'the hidden holder may not remember', owned: 'mine', isShown: false, waits: true },
  ])('that fails makes a holder that leaves wait or not: $says', async ({ owned, isShown, waits }) => {
    const { machine, clock, process } = lab()
    const one = process()
    await join(one, owned)
    hide(machine)
    const leaving = watched(
      clock,
      locked(one, async (held) => {
        expect(await held.exclude()).toBe(false)
        if (isShown) post(machine, { version: 1, owned })
        await held.leave()
      }),
    )
    await settle(clock)
    expect(leaving.isDone).toBe(!waits)
    await clock.advance(100)
    expect([leaving.isDone, clock.pending]).toEqual([true, 0])
  })
})

describe('a notification', () => {
  it('is sent only if there may be others to hear of a change', async () => {
    const { machine, process } = lab({ lockTimeout: 0 })
    const sent: string[] = []
    const hear = () => ({ notify: (_key: string, _member: string, text: string) => void sent.push(text) })
    const one = process({}, hear)
    await join(one, 'mine')
    await leave(one)
    expect(sent).toEqual([])
    keepLock(machine)
    await join(one, 'mine')
    expect(sent).toEqual(['remember'])
    await leave(one)
    expect(sent).toEqual(['remember'])
    machine.unlock(KEY)
    await join(process(), null)
    await join(one, 'mine')
    expect(sent).toEqual(['remember', 'remember'])
  })

  it('is not sent by holders that are disposed while they join', async () => {
    const { machine, clock, process } = lab()
    const sent: string[] = []
    const hear = () => ({ notify: (_key: string, _member: string, text: string) => void sent.push(text) })
    const [one, two] = [process(), process({}, hear)]
    await join(one, null)
    const { step } = machine
    machine.step = async (process, what, run) => {
      if (what === 'post') await two[Symbol.asyncDispose]()
      return step(process, what, run)
    }
    await join(two, 'mine')
    await settle(clock)
    expect([sent, machine.entries.length, clock.pending]).toEqual([[], 1, 0])
  })

  it('of a stop is no concern of a holder that watches nothing, and one that cannot be answered is logged', async () => {
    const { machine, clock, logged, process } = lab()
    let isBroken = false
    const one = process({}, ({ entries }) => ({
      entries: (key) => {
        if (isBroken) throw error
        return entries(key)
      },
    }))
    await join(one, null)
    await settle(clock)
    expect(() => machine.subscriptions[0]?.notified('stopping a')).not.toThrow()
    isBroken = true
    machine.subscriptions[0]?.notified('remember')
    await settle(clock)
    expect(logged).toEqual([['holders: cannot remember', { error }]])
  })

  it('is subscribed to as long as a link is watched or held', async () => {
    const { machine, clock, process } = lab()
    const one = process()
    const unwatch = one.watch('here', 'b', () => undefined)
    await settle(clock)
    expect(machine.subscriptions.length).toBe(1)
    unwatch()
    expect(machine.subscriptions).toEqual([])
    await join(one, null)
    await settle(clock)
    one.watch('here', 'b', () => undefined)()
    expect(machine.subscriptions.length).toBe(1)
    await leave(one)
    expect(machine.subscriptions).toEqual([])
  })
})
