import { BehaviorSubject, map, Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { configuration$, configurations$, online$, select$, state$, toStore, traffic$ } from '../src/index.js'
import { countListeners, type Lab, openLab, uncaught } from './lab.js'

describe('toStore', () => {
  it('has the current value with and without listeners, and notifies of each change', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const counter = countListeners(session)
    const { subscribe, getSnapshot } = toStore(state$(session))
    expect(getSnapshot()).toBe('connected')
    expect(counter.live).toBe(0)
    const emitted: string[] = []
    const undo = [subscribe(() => emitted.push(getSnapshot())), subscribe(() => emitted.push(getSnapshot()))]
    expect(emitted).toEqual([])
    expect(counter.live).toBe(1)
    world.down('a')
    await clock.flush()
    expect(emitted).toEqual(['disconnected', 'disconnected'])
    for (const each of undo) each()
    expect(counter.live).toBe(0)
    world.up('a')
    await clock.flush()
    expect(emitted).toHaveLength(2)
    expect(getSnapshot()).toBe('connected')
  })

  it('keeps an object while it is subscribed to', () => {
    const { subscribe, getSnapshot } = toStore(new BehaviorSubject(1).pipe(map((count) => ({ count }))))
    subscribe(() => {})
    expect(getSnapshot()).toBe(getSnapshot())
  })

  it.each([
    ['select$', (lab: Lab) => select$(lab.manager, ({ isOnline }) => ({ isOnline }))],
    ['configurations$ with a filter', (lab: Lab) => configurations$(lab.manager, 'active')],
    ['configuration$ of none', (lab: Lab) => configuration$(lab.manager, 'nowhere')],
    ['traffic$', (lab: Lab) => traffic$(lab.manager.createSession('a'), { every: 1000 })],
    [
      'a stream that makes an object each time',
      (lab: Lab) => online$(lab.manager).pipe(map((is) => ({ is }))),
    ],
  ])('%s returns the same object to code that only reads', async (_name, stream) => {
    const lab = await openLab()
    const { subscribe, getSnapshot } = toStore<unknown>(stream(lab))
    const before = getSnapshot()
    expect(getSnapshot()).toBe(before)
    lab.world.set('a', { signal: 50 })
    await lab.clock.flush()
    const emitted: unknown[] = []
    const undo = subscribe(() => emitted.push(getSnapshot()))
    if (_name.startsWith('configurations')) expect(getSnapshot()).not.toBe(before)
    else expect(getSnapshot()).toBe(before)
    expect(emitted).toEqual([])
    undo()
  })

  it('unsubscribing twice counts once', () => {
    const subject = new BehaviorSubject(1)
    const { subscribe } = toStore(subject)
    const [one, two] = [subscribe(() => {}), subscribe(() => {})]
    one()
    one()
    expect(subject.observed).toBe(true)
    two()
    expect(subject.observed).toBe(false)
  })

  it('a listener that throws affects no other, and its error becomes an uncaught exception (S16)', async () => {
    const surfaced = uncaught()
    const subject = new BehaviorSubject(1)
    const { subscribe, getSnapshot } = toStore(subject)
    const emitted: number[] = []
    subscribe(() => {
      throw new Error('listener')
    })
    subscribe(() => emitted.push(getSnapshot()))
    subject.next(2)
    subject.error(new Error('over'))
    expect(emitted).toEqual([2])
    expect(await surfaced()).toEqual(['listener', 'listener', 'over'])
  })

  it('a listener that another one removes is no longer called (S19)', () => {
    const subject = new BehaviorSubject(1)
    const { subscribe } = toStore(subject)
    const emitted: string[] = []
    subscribe(() => undo())
    const undo = subscribe(() => emitted.push('removed'))
    subscribe(() => emitted.push('stays'))
    subject.next(2)
    expect(emitted).toEqual(['stays'])
  })

  it('throws the error of the stream, and a TypeError if the stream does not emit at once', () => {
    const subject = new BehaviorSubject(1)
    const { subscribe, getSnapshot } = toStore(subject)
    let emitted = 0
    subscribe(() => {
      emitted += 1
    })
    subject.error(new Error('over'))
    expect(emitted).toBe(1)
    expect(getSnapshot).toThrow('over')
    expect(toStore(throwError(() => new Error('from the start'))).getSnapshot).toThrow('from the start')
    const events = new Subject<number>()
    const late = toStore(events)
    const undo = late.subscribe(() => {})
    expect(late.getSnapshot).toThrow(TypeError)
    events.next(1)
    expect(late.getSnapshot()).toBe(1)
    undo()
    expect(late.getSnapshot).toThrow(TypeError)
  })
})
