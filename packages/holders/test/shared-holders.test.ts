import { VirtualClock } from '@roamkit/backend-mock'
import type { Held, Holders } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { type SharedHoldersOptions, sharedHolders, Turns } from '../src/index.js'
import { written } from '../src/record.js'
import { ScriptedMachine, scriptedGround } from './scripted-ground.js'

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
    const all = { clock, log, name: `process ${processes}`, turns: new Turns(), ...options, ...more }
    return sharedHolders(scriptedGround(machine, processes), all)
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
function post(machine: ScriptedMachine, text: string | null, isVouched: boolean, member = 'XXXXXXXXXXX') {
  machine.postings.push({ process: 99, key: KEY, posting: { member, text }, isVouched })
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
    const turns = new Turns()
    const [one, two] = [process({ turns }), process({ turns })]
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

  it('leaves everything when it is disposed, and lets nobody in any more', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'activation')
    one.watch('here', 'b', () => undefined)
    await one[Symbol.asyncDispose]()
    await one[Symbol.asyncDispose]()
    expect(await look(two)).toEqual({ others: 0, owned: null })
    expect(machine.bells).toEqual([])
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

  it('is handed over by one that leaves before the others have heard', async () => {
    const { machine, clock, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, null)
    await join(two, null)
    const { step } = machine
    const delayed: (() => void)[] = []
    machine.step = (process, what, run) =>
      what === 'ring'
        ? new Promise((resolve) => delayed.push(() => resolve(run())))
        : step(process, what, run)
    await join(two, 'activation')
    const leaving = leave(two)
    await clock.advance(5)
    for (const ring of delayed.splice(0)) ring()
    await clock.advance(50)
    await leaving
    expect(await look(one)).toEqual({ others: 0, owned: 'activation' })
  })

  it('waits for others to remember for a moment only', async () => {
    const { machine, clock, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, null)
    await join(two, null)
    machine.bells.length = 0
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
  it('is told to all others who watch, and to nobody else', async () => {
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

  it('a bell that a stranger rings with anything is no more than a word', async () => {
    const { machine, process } = lab()
    const one = process()
    const told: string[] = []
    one.watch('here', 'b', (activation) => told.push(activation))
    for (const text of ['', 'stopping', 'stopping ', 'remember', '\u0000', 'x'.repeat(1000)])
      machine.bells[0]?.rung(text)
    expect(told).toEqual([''])
  })
})

describe('the lock', () => {
  it('lets one in at a time, in the order of asking', async () => {
    const { clock, process } = lab()
    const turns = new Turns()
    const [one, two, other] = [process({ turns }), process({ turns }), process()]
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

  it('gives nobody in before its time where one gives up waiting', async () => {
    const { clock, process } = lab()
    const turns = new Turns()
    const [one, two] = [process({ turns }), process()]
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

  it('that a stranger keeps holds nobody up for longer than the lock timeout, and nothing is taken down', async () => {
    const { machine, clock, logged, process } = lab({ lockTimeout: 1000 })
    const one = process()
    machine.locks.set(KEY, { process: 99, taking: -1 })
    const first = look(one)
    await clock.advance(999)
    await expect(Promise.race([first, Promise.resolve('waits')])).resolves.toBe('waits')
    await clock.advance(1)
    expect(await first).toEqual({ others: 1, owned: null })
    expect(logged).toEqual(['holders: somebody does not give the lock back'])
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

  it('that nobody can have is as one that somebody keeps', async () => {
    const { machine, logged, process } = lab()
    const one = process()
    machine.step = (_, what, run) =>
      what === 'take' ? Promise.reject(new Error('EMFILE')) : Promise.resolve(run())
    expect(await look(one)).toEqual({ others: 1, owned: null })
    expect(logged).toEqual(['holders: no lock to be had'])
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

describe('lies', () => {
  it('a false member keeps the link up, and says nothing of whose it is', async () => {
    const { machine, process } = lab()
    const one = process()
    post(machine, written({ pid: 1, name: '', since: 1, version: 2 ** 50, owned: 'the system’s' }), false)
    post(machine, 'no record', false, 'YYYYYYYYYYY')
    expect(await look(one)).toEqual({ others: 2, owned: null })
    await join(one, 'mine')
    expect(await look(one)).toEqual({ others: 2, owned: 'mine' })
  })

  it('what a trusted user says is believed', async () => {
    const { machine, process } = lab()
    post(machine, written({ pid: 1, name: '', since: 1, version: 3, owned: 'theirs' }), true)
    expect((await look(process())).owned).toBe('theirs')
  })

  it('somebody under our own name hides nobody and changes nothing', async () => {
    const { machine, process } = lab()
    const [one, two] = [process(), process()]
    await join(one, 'mine')
    const own = machine.postings[0]?.posting.member ?? ''
    post(machine, written({ pid: 1, name: '', since: 1, version: 9, owned: 'other' }), true, own)
    expect(await look(one)).toEqual({ others: 0, owned: 'mine' })
    expect((await look(two)).others).toBe(1)
  })

  it('where the postings cannot be read, somebody else holds the link', async () => {
    const { machine, process } = lab()
    const ground = Object.assign(scriptedGround(machine, 1), { posted: () => null })
    const one = sharedHolders(ground, { clock: new VirtualClock(), turns: new Turns() })
    await join(one, 'mine')
    expect(await look(one)).toEqual({ others: 1, owned: null })
    expect(one.list('here', 'b')).toEqual([])
    await leave(one)
    expect(machine.postings).toEqual([])
    void process
  })
})
