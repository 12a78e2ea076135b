import { byOrder, type NetworkSession, type RoamingTrial, sessionOfTrial, sessionOn } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.js'

/** A session on `a` that may roam to the better `b` when that is in range, up to the trial. */
async function openTrial(): Promise<
  Lab & { readonly session: NetworkSession; readonly trial: RoamingTrial }
> {
  const lab = await openLab([
    { id: 'a', link: 'up' },
    { id: 'b', inRange: false },
  ])
  const { manager, world, clock } = lab
  manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'], ranking: [byOrder(['b', 'a'])] })
  const session = manager.createSession('net')
  session.on('preferredConfigurationChanged', (_to, _isSeamless, offer) => void offer.migrate())
  await session.open()
  world.setInRange('b', true)
  await clock.advance(100)
  const { trial } = session
  if (trial === null) throw new Error('no trial')
  return { ...lab, session, trial }
}

describe('sessionOn()', () => {
  it('makes a session of the same manager that watches another link (S1)', async () => {
    const { manager, world, clock } = await openLab([{ id: 'a', link: 'up' }, { id: 'b' }])
    const watch = sessionOn(manager.createSession('a'), 'b')
    const states: string[] = []
    watch.subscribe(() => states.push(`${watch.state} ${watch.interface?.name ?? 'none'}`))
    expect([watch.state, watch.isOpen, watch.configuration.identifier]).toEqual(['disconnected', false, 'b'])
    world.up('b')
    await clock.advance(100)
    expect(states.at(-1)).toBe(`connected ${watch.interface?.name}`)
    expect(watch.interface).not.toBeNull()
    expect(watch.clock).toBe(manager.clock)
  })

  it('takes a configuration, and its session can be opened', async () => {
    const { manager, clock } = await openLab()
    const other = sessionOn(manager.createSession('a'), manager.configurationFromIdentifier('b'))
    const opened = other.open()
    await clock.advance(100)
    await opened
    expect(other.isConnected).toBe(true)
  })

  it('makes an invalid session of an unknown identifier, and of a closed manager (S1, M7)', async () => {
    const { manager, close } = await openLab()
    const session = manager.createSession('a')
    expect(sessionOn(session, 'nowhere').state).toBe('invalid')
    await close()
    expect(sessionOn(session, 'b').state).toBe('invalid')
  })

  it.each([
    [undefined, 'a', 'the session of sessionOn() must be a NetworkSession, not undefined'],
    [{}, 'a', 'the session of sessionOn() must be a NetworkSession, not an object'],
  ])('refuses %j as a session (E2)', async (session, identifier, message) => {
    expect(() => sessionOn(session as never, identifier)).toThrow(new TypeError(message))
  })

  it('refuses anything but a configuration or an identifier (E2)', async () => {
    const { manager } = await openLab()
    expect(() => sessionOn(manager.createSession('a'), 7 as never)).toThrow(/sessionOn\(\).* not 7/)
  })
})

describe('a trial', () => {
  it('knows the old access point, which the session still holds (R6)', async () => {
    const { session, trial } = await openTrial()
    expect([trial.from.identifier, trial.configuration.identifier]).toEqual(['a', 'b'])
    expect(session.getSnapshot().trial?.from).toBe(trial.from)
    expect(sessionOn(session, trial.from).state).toBe('connected')
  })

  it('has an invalid old access point if the configuration of that was removed (R20)', async () => {
    const { world, clock, session, trial } = await openTrial()
    world.remove('a')
    await clock.advance(0)
    expect(session.trial?.id).toBe(trial.id)
    expect(sessionOn(session, trial.from.identifier).state).toBe('invalid')
  })

  it('leads to its session, also when it is over', async () => {
    const { clock, session, trial } = await openTrial()
    expect(sessionOfTrial(trial)).toBe(session)
    const accepted = trial.accept()
    await clock.advance(100)
    await accepted
    expect(sessionOfTrial(trial)).toBe(session)
  })

  it('is none if it did not come from a session', async () => {
    const { trial } = await openTrial()
    expect(sessionOfTrial({ ...trial })).toBeNull()
  })
})

it('sessions are told how long the machine slept, opened or not (L4)', async () => {
  const { manager, world, clock } = await openLab([{ id: 'a', link: 'up' }])
  const [open, watching] = [manager.createSession('a'), manager.createSession('a')]
  await open.open()
  const told: unknown[] = []
  open.on('resumed', (ms) => told.push(['open', ms]))
  watching.on('resumed', (ms) => told.push(['watching', ms]))
  world.setPower('asleep')
  await clock.advance(50)
  clock.sleep(3_600_000)
  world.setPower('awake')
  await clock.advance(100_000)
  expect(told.toSorted()).toEqual([
    ['open', 3_600_050],
    ['watching', 3_600_050],
  ])
})
