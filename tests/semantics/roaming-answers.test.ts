import { byOrder } from '@roamkit/core'
import { inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it } from 'vitest'
import { openLab } from './lab.js'
import { surfacedDuring } from './surfaced.js'

/** A consulted session on `b`, to which `a` is offered. */
async function offered() {
  const lab = await openLab([
    { id: 'a', bearer: 'ethernet', inRange: false, activate: 'no' },
    { id: 'b', bearer: 'wlan', link: 'up' },
  ])
  lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
  const session = lab.manager.createSession('net')
  session.on('preferredConfigurationChanged', () => {})
  await Promise.all([session.open(), lab.clock.advance(100)])
  lab.world.set('a', { inRange: true, activate: 'yes' })
  await lab.clock.advance(100)
  return { ...lab, session }
}

describe('R14 an answer to another offer or trial', () => {
  it('has no effect on the offer that stands, and resolves to false (R22)', async () => {
    const { session, clock } = await offered()
    const { offer } = session
    const other = (offer?.id ?? 0) + 1
    const answers = [session.migrate(other), session.ignore(other)]
    await clock.advance(100)
    expect(await Promise.all(answers)).toEqual([false, false])
    expect([session.state, session.offer]).toEqual(['connected', offer])
  })

  it('has no effect on the trial that stands, and resolves to false (R22)', async () => {
    const { session, clock } = await offered()
    const { offer } = session
    void session.migrate(offer?.id)
    await clock.advance(100)
    const { trial } = session
    const answers = [session.accept(offer?.id), session.reject(offer?.id)]
    await clock.advance(100)
    expect(await Promise.all(answers)).toEqual([false, false])
    expect([session.state, session.trial, session.activeConfiguration]).toEqual(['roaming', trial, 'a'])
  })
})

describe('R6 a trial', () => {
  it('is one object for as long as its deadline is the same', async () => {
    const { session, world, clock } = await offered()
    void session.migrate()
    await clock.advance(100)
    const { trial } = session
    world.set('b', { signal: 40 })
    await clock.advance(100)
    expect(trial?.configuration.identifier).toBe('a')
    expect(session.trial).toBe(trial)
  })
})

describe('L3 a child that is lost while a session with a check of its own uses it', () => {
  it('has to recover for every session: that it was lost is no evidence of one', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'a', bearer: 'ethernet', link: 'up' },
      { id: 'b', bearer: 'wlan', link: 'up' },
    ])
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net', { health: { check: async () => true } })
    await Promise.all([session.open(), clock.advance(100)])
    world.carrier('a', false)
    await clock.advance(100)
    expect(session.activeConfiguration).toBe('b')
    world.carrier('a', true)
    await clock.advance(100)
    expect(manager.explain('net', 'a', 'b')).toMatchObject({ because: 'recovery' })
  })
})

describe('L3 a child that the check of its network has found bad', () => {
  it('has to recover for every session', async () => {
    const { manager, clock } = await openLab([
      { id: 'a', bearer: 'ethernet', link: 'up' },
      { id: 'b', bearer: 'wlan', link: 'up' },
    ])
    let isAlive = false
    manager.defineServiceNetwork({
      identifier: 'net',
      members: ['a', 'b'],
      health: { check: async ({ configuration }) => configuration.identifier !== 'a' || isAlive },
    })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(10_000)])
    expect(session.activeConfiguration).toBe('b')
    isAlive = true
    const reasons: (string | null)[] = []
    for (let seconds = 0; seconds < 30; seconds += 1) {
      await clock.advance(1000)
      reasons.push(manager.explain('net', 'a', 'b').because)
    }
    expect([...new Set(reasons)]).toEqual(['health', 'recovery', 'bearer'])
  })
})

describe('H5 a child whose device carries another link', () => {
  const ON_ONE_DEVICE = [
    { id: 'a', bearer: 'ethernet', device: 'dev', inRange: false, activate: 'no' },
    { id: 'b', bearer: 'wlan', device: 'dev' },
    { id: 'c', bearer: 'lte', link: 'up' },
  ] as const

  it('is not offered while another session holds that link', async () => {
    const { manager, world, clock } = await openLab(ON_ONE_DEVICE)
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'c'] })
    const [session, other] = [manager.createSession('net'), manager.createSession('b')]
    const offers: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }) => offers.push(identifier))
    await Promise.all([session.open(), other.open(), clock.advance(100)])
    world.set('a', { inRange: true, activate: 'yes' })
    await clock.advance(5000)
    expect(offers).toEqual([])
    await Promise.all([other.close(), clock.advance(5000)])
    expect(offers).toEqual(['a'])
  })

  it('is roamed to from that link even if holders cannot be listed, which surfaces (S16)', async () => {
    let isBroken = false
    const holders = () => {
      const list = () => {
        if (isBroken) throw new Error('no list')
        return []
      }
      return Object.assign(inProcessHolders(new Map()), { list })
    }
    const { manager, world, clock } = await openLab(ON_ONE_DEVICE, { mock: { holders } })
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    expect(session.activeConfiguration).toBe('b')
    const surfaced = await surfacedDuring(async () => {
      isBroken = true
      world.set('a', { inRange: true, activate: 'yes' })
      await clock.advance(5000)
      isBroken = false
    })
    expect(session.activeConfiguration).toBe('a')
    expect(surfaced).toContainEqual(new Error('no list'))
  })
})

describe('R19 retryAfter', () => {
  it('of 0 has a child that failed be a candidate again at once', async () => {
    const { manager, world, clock } = await openLab(
      [
        { id: 'a', bearer: 'ethernet', inRange: false, activate: 'no' },
        { id: 'b', bearer: 'wlan', link: 'up' },
      ],
      { retryAfter: 0 },
    )
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    world.failNext('a', 'other')
    world.set('a', { inRange: true, activate: 'yes' })
    await clock.advance(100)
    expect(session.activeConfiguration).toBe('a')
  })
})

describe('R11 a child that is removed after it was lost', () => {
  it('makes the session end when lossGrace is over, as lost', async () => {
    const { manager, world, clock } = await openLab([{ id: 'a', link: 'up' }], { lossGrace: 5000 })
    manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    world.down('a', 'radioOff')
    await clock.advance(100)
    world.remove('a')
    await clock.advance(4000)
    expect(session.isOpen).toBe(true)
    await clock.advance(1000)
    expect([session.isOpen, session.error?.reason]).toEqual([false, 'lost'])
  })
})

describe('R11 an offer that does not outlast its cause', () => {
  it('is not heard of if neither it nor lossGrace has any time', async () => {
    const lab = await openLab([{ id: 'a', link: 'up' }, { id: 'b' }], { offerTimeout: 0, lossGrace: 0 })
    lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = lab.manager.createSession('net')
    await Promise.all([session.open(), lab.clock.advance(100)])
    const told: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }) => told.push(`offer ${identifier}`))
    session.on('offerWithdrawn', ({ identifier }) => told.push(`withdrawn ${identifier}`))
    session.on('error', ({ code }) => told.push(code))
    session.on('closed', () => told.push('closed'))
    lab.world.down('a', 'carrierLost')
    await lab.clock.advance(100)
    expect(told).toEqual(['roaming', 'closed'])
  })

  it('is not heard of if a better child that had failed is seen up by the same cause (R19)', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'a', link: 'up' },
      { id: 'b' },
      { id: 'x' },
      { id: 'y', inRange: false, activate: 'no' },
    ])
    const members = ['y', 'a', 'x', 'b']
    manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    const told: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }, _isSeamless, offer) => {
      told.push(`offer ${identifier}`)
      if (told.length < 3) void offer.migrate()
    })
    session.on('offerWithdrawn', ({ identifier }) => told.push(`withdrawn ${identifier}`))
    world.failNext('y', 'other')
    world.set('y', { inRange: true, activate: 'yes' })
    await clock.advance(1000)
    world.stall('x')
    world.down('a', 'carrierLost')
    await clock.advance(100)
    expect(told).toEqual(['offer y', 'offer x'])
    world.up('y')
    world.fail('x', 'other')
    await clock.flush()
    expect(told.slice(2)).toEqual(['offer y'])
  })
})

describe('R11 children that are lost in one moment', () => {
  /** A consulted session on `a`, and what it says of offers. */
  async function consulted(...members: readonly string[]) {
    const lab = await openLab(
      members.map((id) => ({ id, link: id === 'a' ? 'up' : 'down' })),
      { lossGrace: 5000 },
    )
    lab.manager.defineServiceNetwork({ identifier: 'net', members })
    const session = lab.manager.createSession('net')
    await Promise.all([session.open(), lab.clock.advance(100)])
    const told: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }) => told.push(`offer ${identifier}`))
    session.on('offerWithdrawn', ({ identifier }) => told.push(`withdrawn ${identifier}`))
    session.on('stateChanged', (state) => told.push(state))
    session.on('closed', () => told.push('closed'))
    lab.world.down('a', 'carrierLost')
    lab.world.setInRange('b', false)
    await lab.clock.flush()
    return { ...lab, session, told }
  }

  it('are never offered: the first that is left is', async () => {
    const { session, told } = await consulted('a', 'b', 'c')
    expect(told).toEqual(['roaming', 'offer c'])
    expect(session.offer?.configuration.identifier).toBe('c')
  })

  it('leave nothing to offer if they were all', async () => {
    const { told, clock } = await consulted('a', 'b')
    expect(told).toEqual(['disconnected'])
    await clock.advance(5000)
    expect(told.slice(1)).toEqual(['closed'])
  })
})
