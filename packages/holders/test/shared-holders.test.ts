import { VirtualClock } from '@roamkit/backend-mock'
import type { Held, Holders } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { LocalProcess, type Rendezvous, type SharedHoldersOptions, sharedHolders } from '../src/index.js'
import { lockName } from '../src/linux/socket-name.js'
import { formatRecord } from '../src/record.js'
import { ScriptedMachine, scriptedRendezvous } from './scripted-rendezvous.js'

const call = { signal: new AbortController().signal }
const KEY = JSON.stringify(['here', 'b'])

/** Processes on one scripted machine, in virtual time. */
function lab(options: Partial<SharedHoldersOptions> = {}) {
  const machine = new ScriptedMachine()
  const clock = new VirtualClock()
  const logged: string[] = []
  let processes = 0
  const process = (more: Partial<SharedHoldersOptions> = {}): Holders => {
    processes += 1
    const log = (event: string) => logged.push(event)
    const all = { clock, log, name: `process ${processes}`, process: new LocalProcess(), ...options, ...more }
    return sharedHolders(scriptedRendezvous(machine, processes), all)
  }
  return { machine, clock, logged, process }
}

function locked<T>(holders: Holders, run: (held: Held) => Promise<T>): Promise<T> {
  return holders.locked('here', 'b', run, call)
}

const look = (holders: Holders) => locked(holders, async ({ others, owned }) => ({ others, owned }))
const join = (holders: Holders, owned: string | null) => locked(holders, (held) => held.join(owned))
const leave = (holders: Holders) => locked(holders, (held) => held.leave())

/** Lets everything happen that promises have to do. */
const settle = (clock: VirtualClock) => clock.advance(0)

/** Lets time pass until that has come to an end. */
async function finished<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false
  const end = () => {
    isDone = true
  }
  work.then(end, end)
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(1)
  }
  return work
}

/** Something that somebody else has put up. */
function post(machine: ScriptedMachine, text: string | null, isAttested: boolean, member = 'XXXXXXXXXXX') {
  machine.entries.push({ process: 99, key: KEY, entry: { member, text }, isAttested })
}

describe('counting', () => {
  it('counts the others, each once, and not oneself', async () => {
    const { process } = lab()
    const [one, two, three] = [process(), process(), process()]
    await join(one, null)
    await join(one, null)
    await join(two, null)
    expect([await look(one), await look(two), await look(three)].map(({ others }) => others)).toEqual([
      1, 1, 2,
    ])
    await leave(two)
    await leave(two)
    expect((await look(one)).others).toBe(0)
  })

  it('counts each manager of a process', async () => {
    const { process } = lab()
    const local = new LocalProcess()
    const [one, two] = [process({ process: local }), process({ process: local })]
    await join(one, null)
    expect((await look(two)).others).toBe(1)
  })

  it('forgets one that is killed', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(two, 'activation')
    machine.kill(2)
    expect(await look(one)).toEqual({ others: 0, owned: null })
  })

  it('leaves everything when it is disposed, and refuses new holders', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'activation')
    one.watch('here', 'b', () => undefined)
    await one[Symbol.asyncDispose]()
    await one[Symbol.asyncDispose]()
    expect(await look(two)).toEqual({ others: 0, owned: null })
    expect(machine.subscriptions).toEqual([])
    await expect(look(one)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('lists who holds the link, the longest holder first', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(two, 'activation')
    await join(one, 'activation')
    post(machine, null, false)
    const since = expect.any(Number)
    const { pid } = globalThis.process
    expect(one.list('here', 'b')).toEqual([
      { pid: null, name: null, since: null, isSelf: false },
      { pid, name: 'process 2', since, isSelf: false },
      { pid, name: 'process 1', since, isSelf: true },
    ])
    expect(one.list('elsewhere', 'b')).toEqual([])
  })
})

describe('whose the link is (H1)', () => {
  it('is remembered verbatim by all who join, when the first has gone', async () => {
    const { machine, process } = lab()
    const [one, two, three] = [process(), process(), process()]
    const activation = 'é"\n/org/1'
    await join(one, activation)
    await join(two, (await look(two)).owned)
    await join(three, (await look(three)).owned)
    await leave(one)
    machine.kill(2)
    expect(await look(three)).toEqual({ others: 0, owned: activation })
    await leave(three)
    expect(await look(three)).toEqual({ others: 0, owned: null })
  })

  it('is remembered by those who joined before it was brought up', async () => {
    const { machine, clock, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, null)
    await join(two, null)
    await join(two, 'activation')
    await settle(clock)
    machine.kill(2)
    expect(await look(one)).toEqual({ others: 0, owned: 'activation' })
  })

  it('is what was said last', async () => {
    const { clock, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'first')
    await join(two, 'second')
    await settle(clock)
    expect((await look(one)).owned).toBe('second')
    await join(one, null)
    await settle(clock)
    expect((await look(two)).owned).toBe(null)
    await leave(one)
    expect((await look(two)).owned).toBe(null)
  })

  it('of managers of one process is known to them without an attestation, so that many on one link cost little', async () => {
    const { machine, clock } = lab()
    const local = new LocalProcess()
    let asked = 0
    const manager = () => {
      const rendezvous = scriptedRendezvous(machine, 1)
      const selectAttested: Rendezvous['selectAttested'] = (...asking) => {
        asked += 1
        return rendezvous.selectAttested(...asking)
      }
      return sharedHolders({ ...rendezvous, selectAttested }, { clock, process: local })
    }
    const [one, two] = [manager(), manager()]
    await join(one, 'a')
    await join(two, 'a')
    await leave(one)
    expect([await look(two), asked]).toEqual([{ others: 0, owned: 'a' }, 0])
  })

  it('is known to many managers of one process without a look at the machine for each of them', async () => {
    const looksWith = async (count: number) => {
      const { machine, clock } = lab()
      const local = new LocalProcess()
      let looks = 0
      const managers = Array.from({ length: count }, () => {
        const rendezvous = scriptedRendezvous(machine, 1)
        const entries: Rendezvous['entries'] = (key) => {
          looks += 1
          return rendezvous.entries(key)
        }
        return sharedHolders({ ...rendezvous, entries }, { clock, process: local })
      })
      for (const one of managers) await join(one, 'a')
      for (const one of managers.slice(1)) await leave(one)
      expect(await look(managers[0] as Holders)).toEqual({ others: 0, owned: 'a' })
      return looks
    }
    expect(await looksWith(40)).toBe(await looksWith(2))
  })

  it('is handed over by one that leaves before the others have heard', async () => {
    const { machine, clock, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, null)
    await join(two, null)
    const { step } = machine
    const delayed: (() => void)[] = []
    machine.step = (process, what, run) =>
      what === 'notify'
        ? new Promise((resolve) => delayed.push(() => resolve(run())))
        : step(process, what, run)
    await join(two, 'activation')
    const leaving = leave(two)
    await clock.advance(5)
    for (const deliver of delayed.splice(0)) deliver()
    await clock.advance(50)
    await leaving
    expect(await look(one)).toEqual({ others: 0, owned: 'activation' })
  })

  it('waits for others to remember for a moment only', async () => {
    const { machine, clock, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, null)
    await join(two, null)
    machine.subscriptions.length = 0
    await join(two, 'activation')
    let left = false
    void leave(two).then(() => {
      left = true
    })
    await clock.advance(99)
    expect(left).toBe(false)
    await clock.advance(60)
    expect([left, clock.pending]).toEqual([true, 0])
  })
})

describe('stopping (S10)', () => {
  it('notifies all other watchers, and only them', async () => {
    const { clock, process } = lab()
    const [one, two, three] = [process(), process(), process()]
    const told: string[] = []
    one.watch('here', 'b', (activation) => told.push(`one ${activation}`))
    const unwatch = two.watch('here', 'b', (activation) => told.push(`two ${activation}`))
    two.watch('here', 'b', (activation) => told.push(`two again ${activation}`))
    three.watch('here', 'b', (activation) => told.push(`three ${activation}`))
    three.watch('here', 'c', (activation) => told.push(`c ${activation}`))
    await locked(one, async (held) => held.stopping('first'))
    await settle(clock)
    unwatch()
    await locked(one, async (held) => held.stopping('second'))
    await settle(clock)
    expect(told).toEqual(['two first', 'two again first', 'three first', 'two again second', 'three second'])
  })

  it('a notification from a stranger is no more than a word', async () => {
    const { machine, process } = lab()
    const one = process()
    const told: string[] = []
    one.watch('here', 'b', (activation) => told.push(activation))
    for (const text of ['', 'stopping', 'stopping ', 'remember', '\u0000', 'x'.repeat(1000)])
      machine.subscriptions[0]?.notified(text)
    expect(told).toEqual([''])
  })
})

describe('the lock', () => {
  it('lets one in at a time, in the order of asking', async () => {
    const { clock, process } = lab()
    const local = new LocalProcess()
    const [one, two, other] = [process({ process: local }), process({ process: local }), process()]
    const seen: string[] = []
    const enter = (holders: Holders, name: string) =>
      locked(holders, async () => {
        seen.push(`${name} in`)
        await new Promise((resolve) => setImmediate(resolve))
        seen.push(`${name} out`)
      })
    const all = [enter(one, 'a'), enter(two, 'b'), enter(one, 'c'), enter(other, 'd')]
    await finished(clock, Promise.all(all))
    expect(seen.filter((word) => !word.startsWith('d'))).toEqual([
      'a in',
      'a out',
      'b in',
      'b out',
      'c in',
      'c out',
    ])
    expect(seen.indexOf('d out') - seen.indexOf('d in')).toBe(1)
  })

  it('lets no other in early if one gives up waiting', async () => {
    const { clock, process } = lab()
    const local = new LocalProcess()
    const [one, two] = [process({ process: local }), process()]
    let letGo = () => {}
    const inside = locked(
      one,
      () =>
        new Promise<void>((resolve) => {
          letGo = resolve
        }),
    )
    await settle(clock)
    const giveUp = new AbortController()
    const seen: string[] = []
    const gone = [one, two].map((holders) =>
      holders.locked('here', 'b', async () => seen.push('gave up'), giveUp),
    )
    const next = [one, two].map((holders) => locked(holders, async () => void seen.push('next')))
    const reason = new Error('no more')
    await settle(clock)
    giveUp.abort(reason)
    for (const one of gone) await expect(one).rejects.toBe(reason)
    expect(seen).toEqual([])
    letGo()
    await finished(clock, Promise.all([inside, ...next]))
    expect(seen).toEqual(['next', 'next'])
  })

  it('rejects with what it ran, and is free again', async () => {
    const { process } = lab()
    const one = process()
    await expect(locked(one, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
    expect(await look(one)).toEqual({ others: 0, owned: null })
  })

  it('that a stranger keeps delays no command for longer than the lock timeout, and nothing is taken down', async () => {
    const { machine, clock, logged, process } = lab({ lockTimeout: 1000 })
    const one = process()
    machine.locks.set(KEY, { process: 99, taking: -1 })
    const first = look(one)
    await clock.advance(999)
    await expect(Promise.race([first, Promise.resolve('waits')])).resolves.toBe('waits')
    await clock.advance(1)
    expect(await first).toEqual({ others: 1, owned: null })
    expect(logged).toEqual(['holders: a lock was not released in time'])
    // It is known now, and nobody waits for the same one again.
    await join(one, null)
    expect(await look(one)).toEqual({ others: 1, owned: null })
    machine.locks.set(KEY, { process: 98, taking: -2 })
    const again = look(one)
    await clock.advance(999)
    await expect(Promise.race([again, Promise.resolve('waits')])).resolves.toBe('waits')
    machine.unlock(KEY)
    await clock.advance(100)
    expect(await again).toEqual({ others: 0, owned: null })
    expect(clock.pending).toBe(0)
  })

  it('what one cannot see without it is not forgotten', async () => {
    const { machine, process } = lab({ lockTimeout: 0 })
    const one = process()
    await join(one, 'activation')
    machine.locks.set(KEY, { process: 99, taking: -1 })
    await join(one, (await look(one)).owned)
    machine.unlock(KEY)
    expect(await look(one)).toEqual({ others: 0, owned: 'activation' })
  })

  it('that the system does not grant counts as a lock that another process keeps', async () => {
    const { machine, logged, process } = lab()
    const one = process()
    machine.step = (_, what, run) =>
      what === 'take' ? Promise.reject(new Error('EMFILE')) : Promise.resolve(run())
    expect(await look(one)).toEqual({ others: 1, owned: null })
    expect(logged).toEqual(['holders: the system grants no lock', 'holders: certainty'])
  })

  it('that is freed and taken again all the time is tried with pauses', async () => {
    const { machine, clock, process } = lab({ lockTimeout: 1000 })
    const one = process()
    machine.locks.set(KEY, { process: 99, taking: -1 })
    let tries = 0
    const { step } = machine
    machine.step = (process, what, run) => {
      tries += 1
      // Whoever waits is told that it is free, and it is not.
      setImmediate(() => {
        for (const waiter of machine.waiting) waiter.resolve()
      })
      return step(process, what, run)
    }
    const looking = look(one)
    for (let ms = 0; ms < 1100; ms += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(1)
    }
    expect((await looking).others).toBe(1)
    expect(tries).toBeLessThan(100)
  })
})

describe('taking down (H3)', () => {
  const exclude = (holders: Holders) => locked(holders, (held) => held.exclude())

  it('succeeds only if no other holder is present, visible or not', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'mine')
    expect(await exclude(one)).toBe(true)
    await join(two, null)
    // A stranger hides them all.
    machine.entries.length = 0
    expect(await look(one)).toMatchObject({ others: 0 })
    expect([await exclude(one), await exclude(two)]).toEqual([false, false])
    await leave(two)
    expect(await exclude(one)).toBe(true)
    machine.kill(1)
    expect(await exclude(process())).toBe(true)
  })

  it('keeps others from joining until the lock is given back, also those who have not waited for it', async () => {
    const { machine, clock, process } = lab({ lockTimeout: 1000 })
    const [one, two] = [process(), process()]
    await join(one, 'mine')
    let takenDown = () => {}
    const taking = locked(one, async (held) => {
      expect(await held.exclude()).toBe(true)
      await new Promise<void>((resolve) => {
        takenDown = resolve
      })
      await held.leave()
    })
    let isIn = false
    const joining = join(two, null).then(() => {
      isIn = true
    })
    await clock.advance(1500)
    expect([isIn, machine.entries.length]).toEqual([false, 1])
    takenDown()
    await taking
    await clock.advance(300)
    await joining
    expect(machine.attendances).toEqual([{ process: 2, key: KEY }])
    expect([two.certainty, clock.pending]).toEqual(['uncertain', 0])
    await look(two)
    expect(two.certainty).toBe('certain')
  })

  it('is given up with the lock: who is still a member is there again for all to count', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'mine')
    expect(await exclude(one)).toBe(true)
    expect([machine.attendances.length, machine.exclusions.length]).toEqual([1, 0])
    expect(await exclude(two)).toBe(false)
    await locked(one, async (held) => {
      await held.exclude()
      await held.join('again')
    })
    expect(machine.attendances.length).toBe(1)
    await locked(one, async (held) => {
      await held.exclude()
      await held.leave()
    })
    expect([machine.attendances, machine.exclusions]).toEqual([[], []])
  })

  it('fails as long as another manager of the process holds the link, attending or not', async () => {
    const { machine, process } = lab()
    const local = new LocalProcess()
    const [one, two] = [process({ process: local }), process({ process: local })]
    await join(one, 'mine')
    await join(two, null)
    machine.entries.length = 0
    machine.attendances.length = 0
    expect([(await look(one)).others, await exclude(one)]).toEqual([1, false])
    await two[Symbol.asyncDispose]()
    expect([(await look(one)).others, await exclude(one)]).toEqual([0, true])
  })

  it('fails if a holder is visible that could not attend', async () => {
    const { machine, process } = lab()
    const one = process()
    await join(one, 'mine')
    await locked(one, async (held) => {
      expect(held.others).toBe(0)
      // Joined since it was looked, and nobody lets it attend.
      post(machine, null, false)
      expect(await held.exclude()).toBe(false)
    })
  })
})

describe('certainty (H3)', () => {
  it('is missing while the options say so, and others hold every link then', async () => {
    let isCertain = true
    const { process } = lab({ isCertain: () => isCertain })
    const one = process()
    await join(one, 'mine')
    expect([one.certainty, await look(one)]).toEqual(['certain', { others: 0, owned: 'mine' }])
    isCertain = false
    expect(await look(one)).toEqual({ others: 1, owned: null })
    expect(await locked(one, (held) => held.exclude())).toBe(false)
    expect(one.certainty).toBe('uncertain')
    isCertain = true
    expect(await look(one)).toEqual({ others: 0, owned: 'mine' })
    expect(one.certainty).toBe('certain')
  })

  it('is missing where the question itself fails', async () => {
    const { process } = lab({
      isCertain: () => {
        throw new Error('no')
      },
    })
    const one = process()
    expect((await look(one)).others).toBe(1)
    expect(one.certainty).toBe('uncertain')
  })

  it('is missing while the table cannot be read, and is asked for again at the next command', async () => {
    const { machine } = lab()
    let isFlooded = true
    const rendezvous = scriptedRendezvous(machine, 1)
    const { entries } = rendezvous
    Object.assign(rendezvous, { entries: (key: string) => (isFlooded ? null : entries(key)) })
    const one = sharedHolders(rendezvous, { clock: new VirtualClock(), process: new LocalProcess() })
    await join(one, 'mine')
    expect([one.certainty, await look(one)]).toEqual(['uncertain', { others: 1, owned: null }])
    isFlooded = false
    expect(await look(one)).toEqual({ others: 0, owned: 'mine' })
    expect(one.certainty).toBe('certain')
  })

  it('is missing where one cannot attend: it goes on, keeps trying with growing pauses, and is there when it can', async () => {
    const { machine, clock, logged, process } = lab()
    const one = process()
    machine.exclusions.push({ process: 99, key: KEY })
    const joining = join(one, 'mine')
    await clock.advance(60)
    await joining
    expect([one.certainty, machine.attendances.length, clock.pending]).toEqual(['uncertain', 0, 1])
    let tries = 0
    const { step } = machine
    machine.step = (process, what, run) => {
      if (what === 'attend') tries += 1
      return step(process, what, run)
    }
    await clock.advance(60_000)
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(20)
    machine.exclusions.length = 0
    await clock.advance(10_000)
    expect([one.certainty, machine.attendances.length, clock.pending]).toEqual(['certain', 1, 0])
    expect(logged).toContain('holders: others can count on this process')
  })

  it('is missing where no descriptors are left: joining goes on, and what is missing is made up for', async () => {
    const { machine, clock, process } = lab()
    const one = process()
    const { step } = machine
    machine.step = (process, what, run) =>
      ['attend', 'post'].includes(what) ? Promise.reject(new Error('EMFILE')) : step(process, what, run)
    await join(one, 'mine')
    expect([one.certainty, machine.entries.length]).toEqual(['uncertain', 0])
    machine.step = step
    await clock.advance(100)
    expect([one.certainty, machine.entries.length, machine.attendances.length, clock.pending]).toEqual([
      'certain',
      1,
      1,
      0,
    ])
    expect(await look(process())).toEqual({ others: 1, owned: 'mine' })
  })

  it('leaves nothing behind: no timer of a link that is left, or of holders that are disposed', async () => {
    const { machine, clock, process } = lab()
    machine.exclusions.push({ process: 99, key: KEY })
    const [one, two] = [process(), process()]
    for (const holders of [one, two]) {
      const joining = join(holders, null)
      await clock.advance(60)
      await joining
    }
    await leave(one)
    await two[Symbol.asyncDispose]()
    expect(clock.pending).toBe(0)
  })
})

describe('a subscription', () => {
  it('that could not be hung is hung at the next command', async () => {
    const { machine, clock, process } = lab()
    const rendezvous = scriptedRendezvous(machine, 9)
    const { subscribe } = rendezvous
    let tries = 0
    Object.assign(rendezvous, {
      subscribe: (...parameters: Parameters<Rendezvous['subscribe']>) => {
        tries += 1
        return tries < 3 ? Promise.reject(new Error('EMFILE')) : subscribe(...parameters)
      },
    })
    const one = sharedHolders(rendezvous, { clock, process: new LocalProcess() })
    const told: string[] = []
    one.watch('here', 'b', (activation) => told.push(activation))
    await settle(clock)
    await look(one)
    await settle(clock)
    expect([tries, machine.subscriptions.length]).toEqual([2, 0])
    await look(one)
    await settle(clock)
    await locked(process(), async (held) => held.stopping('a'))
    await settle(clock)
    expect(told).toEqual(['a'])
  })
})

describe('the wait for locks (C6)', () => {
  it('of several ends with the time of one', async () => {
    const { machine, clock, process } = lab({ lockTimeout: 1000 })
    const one = process()
    for (const id of ['a', 'b', 'c'])
      machine.locks.set(JSON.stringify(['here', id]), { process: 99, taking: -1 })
    const call = { signal: new AbortController().signal, since: clock.now() }
    const inside = one.locked(
      'here',
      'a',
      () => one.locked('here', 'b', () => one.locked('here', 'c', async () => clock.now(), call), call),
      call,
    )
    await clock.advance(1000)
    expect(await Promise.race([inside, Promise.resolve('waits')])).toBe(1000)
  })

  it('for another command of the process is bounded as well', async () => {
    const { clock, process } = lab({ lockTimeout: 1000 })
    const local = new LocalProcess()
    const [one, two] = [process({ process: local }), process({ process: local })]
    let end = () => {}
    const hung = locked(
      one,
      () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    )
    const next = look(two)
    await clock.advance(1000)
    expect(await next).toEqual({ others: 1, owned: null })
    end()
    await hung
    expect(await look(two)).toEqual({ others: 0, owned: null })
    expect(clock.pending).toBe(0)
  })

  it('at a name without a listener is not a busy loop', async () => {
    const { machine, clock, process } = lab({ lockTimeout: 10_000 })
    const one = process()
    machine.locks.set(KEY, { process: 99, taking: -1 })
    const takes: number[] = []
    const { step } = machine
    machine.step = (process, what, run) => {
      if (what === 'take') takes.push(clock.now())
      // A connection is refused at once.
      setImmediate(() => {
        for (const waiter of [...machine.waiting]) waiter.resolve()
      })
      return step(process, what, run)
    }
    expect((await finished(clock, look(one))).others).toBe(1)
    expect(takes.length).toBeLessThan(200)
    takes.length = 0
    expect((await look(one)).others).toBe(1)
    expect(takes.length).toBe(1)
  })
})

describe('keys', () => {
  it('never run together, whatever is in a scope and in an id', async () => {
    const { machine, process } = lab()
    const one = process()
    const words = [
      'a',
      'a"',
      '","',
      'a","b',
      '\\',
      '["',
      'é',
      'e\u0301',
      '\ud800',
      '\udc00',
      '',
      ' ',
      '\0',
      'a\n',
    ]
    for (const scope of words)
      for (const id of words) await one.locked(scope, id, (held) => held.join(null), call)
    expect(new Set(machine.entries.map(({ key }) => key)).size).toBe(words.length ** 2)
    const digests = machine.entries.map(({ key }) => lockName(key))
    expect(new Set(digests).size).toBe(words.length ** 2)
  })
})

describe('lies', () => {
  it('a false member keeps the link up, and says nothing of whose it is', async () => {
    const { machine, process } = lab()
    const one = process()
    post(
      machine,
      formatRecord({ pid: 1, name: '', since: 1, version: 2 ** 50, owned: 'the system’s' }),
      false,
    )
    post(machine, 'no record', false, 'YYYYYYYYYYY')
    expect(await look(one)).toEqual({ others: 2, owned: null })
    await join(one, 'mine')
    expect(await look(one)).toEqual({ others: 2, owned: 'mine' })
  })

  it('what a trusted user says is believed', async () => {
    const { machine, process } = lab()
    post(machine, formatRecord({ pid: 1, name: '', since: 1, version: 3, owned: 'theirs' }), true)
    expect((await look(process())).owned).toBe('theirs')
  })

  it('another process under our own name hides no holder and changes nothing', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'mine')
    const own = machine.entries[0]?.entry.member ?? ''
    post(machine, formatRecord({ pid: 1, name: '', since: 1, version: 9, owned: 'other' }), true, own)
    expect(await look(one)).toEqual({ others: 0, owned: 'mine' })
    expect((await look(two)).others).toBe(1)
  })

  it('if the entries cannot be read, the link counts as held by others', async () => {
    const { machine, process } = lab()
    const rendezvous = Object.assign(scriptedRendezvous(machine, 1), { entries: () => null })
    const one = sharedHolders(rendezvous, { clock: new VirtualClock(), process: new LocalProcess() })
    await join(one, 'mine')
    expect(await look(one)).toEqual({ others: 1, owned: null })
    expect(one.list('here', 'b')).toEqual([])
    await leave(one)
    expect(machine.entries).toEqual([])
    void process
  })
})
