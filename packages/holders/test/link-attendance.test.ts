import { describe, expect, it } from 'vitest'
import type { Rendezvous } from '../src/index.js'
import { LinkAttendance } from '../src/link-attendance.js'
import { Subscription } from '../src/subscription.js'
import { ScriptedMachine, scriptedRendezvous } from './scripted-rendezvous.js'

const KEY = 'a link'

/** A member on a machine, and a stranger beside it. */
function lab() {
  const machine = new ScriptedMachine()
  const asked: string[] = []
  /** What the system refuses now. */
  const refused = new Set<string>()
  const error = new Error('EMFILE')
  machine.step = async (_, what, run) => {
    asked.push(what)
    if (refused.has(what)) throw error
    return run()
  }
  const logged: unknown[] = []
  const attendance = new LinkAttendance(scriptedRendezvous(machine, 1), KEY, (event, detail) =>
    logged.push([event, detail]),
  )
  const stranger = { process: 99, key: KEY }
  return { machine, asked, refused, error, logged, attendance, stranger }
}

describe('attendance', () => {
  it('is asked for once', async () => {
    const { machine, asked, attendance } = lab()
    expect(attendance.isThere).toBe(false)
    expect([await attendance.attend(), await attendance.attend()]).toEqual(['there', 'there'])
    expect([asked, machine.attendances.length, attendance.isThere]).toEqual([['attend'], 1, true])
  })

  it('is impossible while another member excludes all others, and where the system refuses it', async () => {
    const { machine, refused, error, logged, attendance, stranger } = lab()
    machine.exclusions.push(stranger)
    expect([await attendance.attend(), attendance.isThere, logged]).toEqual(['excluded', false, []])
    machine.exclusions.length = 0
    refused.add('attend')
    expect([await attendance.attend(), attendance.isThere]).toEqual(['refused', false])
    expect(logged).toEqual([['holders: cannot be counted by others', { key: KEY, error }]])
  })

  it('ends at once, also if it has only been asked for', async () => {
    const { machine, attendance } = lab()
    await attendance.attend()
    attendance.leave()
    expect([machine.attendances, attendance.isThere]).toEqual([[], false])
    const attending = attendance.attend()
    attendance.leave()
    await attending
    expect([machine.attendances, attendance.isThere]).toEqual([[], false])
  })

  it('takes the place of an exclusion of the same member', async () => {
    const { machine, attendance } = lab()
    expect(await attendance.exclude()).toBe(true)
    expect(await attendance.attend()).toBe('there')
    expect([machine.exclusions, attendance.isExcluding, attendance.isThere]).toEqual([[], false, true])
  })
})

describe('an exclusion (H3)', () => {
  it('takes the place of the attendance, is asked for once, and gives the attendance back', async () => {
    const { machine, asked, attendance } = lab()
    await attendance.attend()
    expect([await attendance.exclude(), await attendance.exclude()]).toEqual([true, true])
    expect([attendance.isExcluding, attendance.isThere]).toEqual([true, false])
    expect([machine.attendances.length, machine.exclusions.length]).toEqual([0, 1])
    await attendance.letIn()
    expect([attendance.isExcluding, attendance.isThere]).toEqual([false, true])
    expect([machine.attendances.length, machine.exclusions.length]).toEqual([1, 0])
    expect(asked).toEqual(['attend', 'exclude', 'attend'])
  })

  it('fails if another member attends, and the own attendance is back', async () => {
    const { machine, attendance, stranger, logged } = lab()
    machine.attendances.push(stranger)
    await attendance.attend()
    expect([await attendance.exclude(), attendance.isExcluding, attendance.isThere]).toEqual([
      false,
      false,
      true,
    ])
    expect([machine.attendances.length, logged]).toEqual([2, []])
  })

  it('fails if the system refuses it, which is logged', async () => {
    const { refused, error, logged, attendance } = lab()
    refused.add('exclude')
    await attendance.attend()
    expect([await attendance.exclude(), attendance.isThere]).toEqual([false, true])
    expect(logged).toEqual([['holders: cannot find out whether others hold the link', { key: KEY, error }]])
  })

  it('makes nobody attend that did not attend, or has left since', async () => {
    const { machine, asked, attendance, stranger } = lab()
    machine.attendances.push(stranger)
    expect(await attendance.exclude()).toBe(false)
    machine.attendances.length = 0
    expect(await attendance.exclude()).toBe(true)
    await attendance.letIn()
    await attendance.attend()
    await attendance.exclude()
    attendance.leave()
    await attendance.letIn()
    expect([machine.attendances, machine.exclusions]).toEqual([[], []])
    expect(asked).toEqual(['exclude', 'exclude', 'attend', 'exclude'])
  })

  it('that there is not lets nobody in', async () => {
    const { machine, asked, attendance, stranger } = lab()
    machine.exclusions.push(stranger)
    await attendance.attend()
    machine.exclusions.length = 0
    await attendance.letIn()
    expect([asked, attendance.isThere]).toEqual([['attend'], false])
  })

  it('ends at once with everything else', async () => {
    const { machine, attendance } = lab()
    await attendance.attend()
    await attendance.exclude()
    attendance.end()
    expect([machine.exclusions, attendance.isExcluding]).toEqual([[], false])
    await attendance.attend()
    attendance.end()
    expect([machine.attendances, attendance.isThere]).toEqual([[], false])
  })

  it('waits for the attendance that was asked for before it', async () => {
    const { asked, attendance } = lab()
    const outcomes = await Promise.all([attendance.attend(), attendance.exclude(), attendance.letIn()])
    expect([outcomes.slice(0, 2), asked]).toEqual([
      ['there', true],
      ['attend', 'exclude', 'attend'],
    ])
  })
})

describe('a subscription', () => {
  /** A system that answers when the test says so. */
  function subscribed() {
    const answers: { resolve(undo: () => void): void; reject(reason: unknown): void }[] = []
    const logged: unknown[] = []
    const subscribe: Rendezvous['subscribe'] = () =>
      new Promise((resolve, reject) => answers.push({ resolve, reject }))
    const rendezvous = { ...scriptedRendezvous(new ScriptedMachine(), 1), subscribe }
    const subscription = new Subscription(rendezvous, KEY, {
      member: 'AAAAAAAAAAA',
      notified: () => undefined,
      log: (event, detail) => void logged.push([event, detail]),
    })
    let undone = 0
    const undo = () => {
      undone += 1
    }
    return { subscription, answers, logged, undo, undone: () => undone }
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))

  it('is asked for once, and undone once', async () => {
    const { subscription, answers, undo, undone } = subscribed()
    subscription.subscribe()
    subscription.subscribe()
    answers[0]?.resolve(undo)
    await settle()
    subscription.subscribe()
    expect([answers.length, undone()]).toEqual([1, 0])
    subscription.unsubscribe()
    subscription.unsubscribe()
    expect(undone()).toBe(1)
    subscription.subscribe()
    expect(answers.length).toBe(2)
  })

  it('that is no longer wanted when the system answers is undone then', async () => {
    const { subscription, answers, undo, undone } = subscribed()
    subscription.subscribe()
    subscription.unsubscribe()
    subscription.subscribe()
    subscription.unsubscribe()
    expect([answers.length, undone()]).toEqual([1, 0])
    answers[0]?.resolve(undo)
    await settle()
    expect(undone()).toBe(1)
    subscription.unsubscribe()
    expect(undone()).toBe(1)
  })

  it('that the system refuses is logged, and asked for again when it is wanted again', async () => {
    const { subscription, answers, logged, undo, undone } = subscribed()
    const error = new Error('EMFILE')
    subscription.subscribe()
    answers[0]?.reject(error)
    await settle()
    expect(logged).toEqual([['holders: cannot be notified', { key: KEY, error }]])
    subscription.unsubscribe()
    subscription.subscribe()
    answers[1]?.resolve(undo)
    await settle()
    subscription.unsubscribe()
    expect([answers.length, undone()]).toEqual([2, 1])
  })
})
