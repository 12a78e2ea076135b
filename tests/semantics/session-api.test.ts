import { allUplinks, byOrder, type RoamingStart } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { openLab } from './lab.js'
import { surfacedDuring } from './surfaced.js'

describe('isConnected', () => {
  it('is true from opened to closed, except while the link is lost, and says the same in the snapshot (S12)', async () => {
    const { manager, world, clock } = await openLab([{ id: 'b' }])
    const session = manager.createSession('b')
    const seen: string[] = []
    const note = () => {
      const { isOpen, isConnected } = session
      expect(session.getSnapshot()).toMatchObject({ isOpen, isConnected })
      const word = `${isOpen ? 'open' : 'closed'} ${isConnected ? 'connected' : 'not'}`
      if (seen.at(-1) !== word) seen.push(word)
    }
    session.subscribe(note)
    note()
    void session.open()
    await clock.advance(100)
    world.carrier('b', false)
    await clock.advance(4000)
    world.carrier('b', true)
    await clock.advance(100)
    void session.close()
    await clock.advance(100)
    expect(seen).toEqual(['closed not', 'open connected', 'open not', 'open connected', 'closed not'])
  })

  it('is false for a session that was not opened, even if its link is up (S1)', async () => {
    const { manager } = await openLab([{ id: 'a', link: 'up' }])
    const session = manager.createSession('a')
    expect([session.state, session.isConnected]).toEqual(['connected', false])
  })

  it('is false once the manager is closed (M7)', async () => {
    const { manager, clock, close } = await openLab([{ id: 'a', link: 'up' }])
    const session = manager.createSession('a')
    void session.open()
    await clock.advance(100)
    expect(session.isConnected).toBe(true)
    await close()
    expect(session.isConnected).toBe(false)
  })
})

/** A session on a network that prefers `a` to `b`, and what it tells of roaming. */
async function openRoamer(ranking = [byOrder(['a', 'b'])]) {
  const lab = await openLab([
    { id: 'a', inRange: false, activate: 'no' },
    { id: 'b', link: 'up' },
  ])
  const network = lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'], ranking })
  const session = lab.manager.createSession(network)
  const starts: RoamingStart[] = []
  const told: string[] = []
  session.on('roamingStarted', (start) => {
    starts.push(start)
    told.push(`${start.from.identifier}>${start.to.identifier} ${start.because}`)
  })
  session.on('stateChanged', (state) => told.push(state))
  void session.open()
  await lab.clock.advance(100)
  told.length = 0
  const lose = () => lab.world.down('b')
  const better = () => lab.world.set('a', { inRange: true, activate: 'yes' })
  return { ...lab, session, starts, told, lose, better }
}

describe('roamingStarted', () => {
  it('says from where to where a session roams by itself, and which criterion decided (R4)', async () => {
    const { manager, starts, told, better, clock } = await openRoamer()
    better()
    await clock.advance(1000)
    expect(told.filter((word) => word.includes('>'))).toEqual(['b>a better'])
    const [start] = starts
    expect(start?.explanation).toEqual(manager.explain('net', 'a', 'b'))
    expect(start?.explanation?.because).toBe('order')
    expect(Object.isFrozen(start)).toBe(true)
  })

  it('comes before the offer that it explains, and does not make the session ask (R3, R21)', async () => {
    const { session, told, better, clock } = await openRoamer()
    const undo = session.on('preferredConfigurationChanged', ({ identifier }) =>
      told.push(`offer ${identifier}`),
    )
    better()
    await clock.advance(1000)
    expect(told).toEqual(['b>a better', 'offer a'])
    undo()
    await clock.advance(1000)
    expect(told.filter((word) => word === 'b>a better')).toHaveLength(2)
    expect(session.activeConfiguration).toBe('a')
  })

  it('says that a loss is the cause, after the change of state (R11)', async () => {
    const { told, lose, world, clock } = await openRoamer([byOrder(['b', 'a'])])
    world.set('a', { inRange: true, activate: 'yes' })
    await clock.advance(100)
    expect(told).toEqual([])
    lose()
    await clock.advance(100)
    expect(told.slice(0, 2)).toEqual(['roaming', 'b>a loss'])
  })

  it('has no explanation if the configuration in use was removed (R11)', async () => {
    const { starts, world, clock } = await openRoamer([byOrder(['b', 'a'])])
    world.set('a', { inRange: true, activate: 'yes' })
    await clock.advance(100)
    world.remove('b')
    await clock.advance(100)
    expect(starts).toMatchObject([
      { from: { identifier: 'b', isValid: false }, because: 'loss', explanation: null },
    ])
  })

  it('stops nothing if a criterion throws: that criterion says nothing (S16)', async () => {
    let isBroken = false
    const fails = {
      name: 'fails',
      rate: () => {
        if (isBroken) throw new Error('boom')
        return 0
      },
    }
    const { told, starts, better, clock } = await openRoamer([fails, byOrder(['a', 'b'])])
    const surfaced = await surfacedDuring(async () => {
      isBroken = true
      better()
      await clock.advance(1000)
      isBroken = false
    })
    expect(told).toContain('b>a better')
    expect(starts[0]?.explanation?.because).toBe('order')
    expect(surfaced.length).toBeGreaterThan(0)
  })
})

it('the snapshot of a session on all uplinks has isConnected too', async () => {
  const { manager, clock } = await openLab([{ id: 'a', link: 'up' }])
  const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
  expect(session.getSnapshot().isConnected).toBe(false)
  void session.open()
  await clock.advance(100)
  expect(session.getSnapshot().isConnected).toBe(true)
})
