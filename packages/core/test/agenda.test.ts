import { describe, expect, it } from 'vitest'
import { Agenda } from '../src/engine/agenda.js'

/** An agenda on a clock that a test sets, which notes what is asked of it. */
class Bed {
  now = 0
  /** How often `due` was called. */
  woken = 0
  /** The timers that are pending: for how long each was asked. */
  readonly pending: { readonly ms: number; readonly run: () => void }[] = []
  /** How many timers were ever asked for. */
  asked = 0
  readonly agenda: Agenda<string>

  constructor() {
    const after = (ms: number, run: () => void) => {
      const timer = { ms, run }
      this.asked += 1
      this.pending.push(timer)
      return () => {
        const index = this.pending.indexOf(timer)
        if (index >= 0) this.pending.splice(index, 1)
      }
    }
    this.agenda = new Agenda<string>({ now: () => this.now, after }, () => {
      this.woken += 1
    })
  }

  /** For how long the timers that are pending were asked. */
  get waits(): readonly number[] {
    return this.pending.map(({ ms }) => ms)
  }

  /** The clock runs its timer, whatever time it shows. */
  fire(): void {
    this.pending.shift()?.run()
  }

  /** All that is due, in order. */
  takeAll(): string[] {
    const taken: string[] = []
    for (let owner = this.agenda.take(); owner !== null; owner = this.agenda.take()) taken.push(owner)
    return taken
  }
}

/** Numbers that look random, always the same ones. */
function* numbers(below: number): Generator<number, never> {
  for (let seed = 1; ; seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648)
    yield Math.floor(seed / 65_536) % below
}

describe('an agenda', () => {
  it('hands out each owner whose time is over once, by time, and in the order of asking at one time', () => {
    const bed = new Bed()
    for (const [owner, at] of [
      ['late', 20],
      ['one', 10],
      ['early', 5],
      ['other', 10],
      ['never', 21],
    ] as const)
      bed.agenda.set(owner, at)
    bed.now = 4
    expect(bed.takeAll()).toEqual([])
    bed.now = 20
    expect(bed.takeAll()).toEqual(['early', 'one', 'other', 'late'])
    expect(bed.takeAll()).toEqual([])
    bed.now = 21
    expect(bed.takeAll()).toEqual(['never'])
  })

  it('knows only the last time of an owner; the same time again keeps its place', () => {
    const bed = new Bed()
    for (const [owner, at] of [
      ['moved', 10],
      ['kept', 10],
      ['gone', 10],
      ['endless', 10],
      ['moved', 12],
      ['moved', 10],
      ['kept', 10],
      ['gone', null],
      ['gone', null],
      ['endless', Number.POSITIVE_INFINITY],
    ] as const)
      bed.agenda.set(owner, at)
    bed.now = 100
    expect(bed.takeAll()).toEqual(['kept', 'moved'])
  })

  it('keeps the order of many that come, change and go', () => {
    const bed = new Bed()
    const random = numbers(500)
    const expected = new Map<string, { at: number; order: number }>()
    for (let order = 0; order < 3000; order += 1) {
      const owner = `o${random.next().value}`
      const at = random.next().value
      if (at % 7 === 0) {
        bed.agenda.set(owner, null)
        expected.delete(owner)
        continue
      }
      if (expected.get(owner)?.at !== at) expected.set(owner, { at, order })
      bed.agenda.set(owner, at)
    }
    const inOrder = [...expected].sort(([, one], [, other]) => one.at - other.at || one.order - other.order)
    const taken: string[] = []
    for (bed.now = 0; bed.now < 500; bed.now += 50) taken.push(...bed.takeAll())
    bed.now = 500
    taken.push(...bed.takeAll())
    expect(taken).toEqual(inOrder.map(([owner]) => owner))
    expect(bed.waits).toEqual([])
  })

  it('has one timer, for the first of all times, and asks for another only if that is another', () => {
    const bed = new Bed()
    bed.agenda.set('one', 100)
    expect(bed.waits).toEqual([100])
    bed.agenda.set('other', 200)
    bed.agenda.set('one', 100)
    expect([bed.waits, bed.asked]).toEqual([[100], 1])
    bed.now = 20
    bed.agenda.set('first', 50)
    expect(bed.waits).toEqual([30])
    bed.agenda.set('first', null)
    expect(bed.waits).toEqual([80])
    bed.agenda.set('one', null)
    bed.agenda.set('other', null)
    expect(bed.waits).toEqual([])
  })

  it('has no timer before there is a time, nor after the last one', () => {
    const bed = new Bed()
    bed.agenda.set('one', null)
    bed.agenda.set('other', Number.POSITIVE_INFINITY)
    expect([bed.agenda.take(), bed.asked]).toEqual([null, 0])
    bed.agenda.set('one', 10)
    bed.now = 10
    bed.fire()
    expect(bed.woken).toBe(1)
    expect(bed.takeAll()).toEqual(['one'])
    expect([bed.waits, bed.asked]).toEqual([[], 1])
  })

  it('asks for the next time when one is taken', () => {
    const bed = new Bed()
    bed.agenda.set('one', 10)
    bed.agenda.set('other', 30)
    bed.now = 10
    bed.fire()
    expect([bed.agenda.take(), bed.waits]).toEqual(['one', [20]])
  })

  it('asks for a time that is over already at once, and not for less than that', () => {
    const bed = new Bed()
    bed.now = 50
    bed.agenda.set('one', 10)
    expect(bed.waits).toEqual([0])
  })

  it('asks again if it was woken, and what it was woken for has gone meanwhile', () => {
    const bed = new Bed()
    bed.agenda.set('one', 10)
    bed.agenda.set('other', 30)
    bed.now = 10
    bed.fire()
    bed.agenda.set('one', null)
    expect([bed.agenda.take(), bed.waits]).toEqual([null, [20]])
  })

  it('is at the time for which it was woken, even if its clock wakes it early, and never goes back', () => {
    const bed = new Bed()
    bed.agenda.set('one', 100)
    bed.now = 60
    expect(bed.agenda.now()).toBe(60)
    bed.fire()
    expect(bed.agenda.now()).toBe(100)
    expect(bed.takeAll()).toEqual(['one'])
    bed.agenda.set('past', 80)
    bed.fire()
    expect([bed.takeAll(), bed.agenda.now()]).toEqual([['past'], 100])
    bed.now = 130
    expect(bed.agenda.now()).toBe(130)
  })

  it('has nothing to do when it is disposed', () => {
    const bed = new Bed()
    bed.agenda.set('one', 10)
    bed.agenda.set('other', 20)
    bed.agenda.dispose()
    bed.now = 100
    expect([bed.takeAll(), bed.waits]).toEqual([[], []])
    bed.agenda.set('one', 150)
    expect(bed.waits).toEqual([50])
  })
})
