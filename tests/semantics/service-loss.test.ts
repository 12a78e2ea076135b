import { byOrder, type NetworkSession } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

describe('S14 the service is lost', () => {
  it('a restart that keeps the link is invisible to sessions', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    const services: string[] = []
    manager.on('serviceChanged', (service) => services.push(service))
    world.loseService()
    await clock.advance(9999)
    expect(manager.isOnline).toBe(true)
    expect(manager.capabilities.canStartAndStopInterfaces).toBe(false)
    world.restoreService()
    await clock.advance(60_000)
    expect(told).toEqual([])
    expect(session.isOpen).toBe(true)
    expect(services).toEqual(['lost', 'ready'])
  })

  it('an open session whose link is gone when the service is back ends without further grace', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    world.loseService()
    world.down('a', 'carrierLost')
    await clock.advance(1000)
    expect(told).toEqual([])
    world.restoreService()
    await clock.flush()
    expect(told).toEqual(['disconnected', 'error:sessionAborted/goneMeanwhile', 'closed'])
  })

  it('an open session ends after serviceGrace, and its configuration says so', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    world.loseService()
    await clock.advance(10_000)
    expect(told).toEqual(['notAvailable', 'error:sessionAborted/serviceLost', 'closed'])
    expect(manager.configurationFromIdentifier('a').state).toBe('defined')
    expect(manager.isOnline).toBe(false)
    world.restoreService()
    await clock.flush()
    expect(told.at(-1)).toBe('connected')
    expect(session.isOpen).toBe(false)
  })

  it('absence meanwhile is not removal', async () => {
    const { manager, world, clock } = await openLab()
    const removed: string[] = []
    manager.on('configurationRemoved', ({ identifier }) => removed.push(identifier))
    world.loseService()
    world.remove('b')
    await clock.advance(20_000)
    expect(removed).toEqual([])
    world.restoreService()
    await clock.flush()
    expect(removed).toEqual(['b'])
  })

  it('an activation under way fails', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const opened = outcome(session.open())
    await clock.flush()
    world.loseService()
    await clock.flush()
    expect(opened.value).toBe('unknown/serviceLost')
  })

  it('open() waits for the service within connectTimeout', async () => {
    const { manager, world, clock } = await openLab()
    manager.setConnectTimeout('b', 1000)
    manager.setConnectTimeout('c', 1000)
    world.loseService()
    await clock.flush()
    const inTime = outcome(manager.createSession('b').open())
    await clock.advance(900)
    expect(inTime.value).toBe('pending')
    world.restoreService()
    await clock.advance(100)
    expect(inTime.value).toBe('resolved')
    world.loseService()
    await clock.flush()
    const late = outcome(manager.createSession('c').open())
    await clock.advance(1000)
    expect(late.value).toMatch(/timedOut/)
  })

  it('stop() is refused, and close() closes', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    world.loseService()
    await clock.flush()
    const told = listen(session)
    const stopped = outcome(session.stop())
    await clock.flush()
    expect(stopped.value).toBe('operationNotSupported/serviceLost')
    expect(session.isOpen).toBe(true)
    const closed = outcome(session.close())
    await clock.flush()
    expect(closed.value).toBe('resolved')
    expect(told).toEqual(['error:operationNotSupported/serviceLost', 'closed'])
  })
})

/** A session on `net`, of `new` and `old`, that is open on `old`; `new` is better, and not there yet. */
async function openNetwork(how: 'forced' | 'offered' | 'trial' = 'forced') {
  const lab = await openLab([
    { id: 'new', inRange: false, activate: 'no' },
    { id: 'old', link: 'up' },
  ])
  const order = ['new', 'old']
  lab.manager.defineServiceNetwork({ identifier: 'net', members: order, ranking: [byOrder(order)] })
  const session = lab.manager.createSession('net')
  if (how !== 'forced')
    session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => {
      if (how === 'trial') void offer.migrate()
    })
  await session.open()
  await lab.clock.flush()
  const { world, clock } = lab
  return {
    ...lab,
    session,
    told: listen(session),
    /** `new` comes into range. */
    comes: () => world.set('new', { inRange: true, activate: 'yes' }),
    /** `old` is lost for good. */
    goes: () => {
      world.down('old', 'carrierLost')
      world.set('old', { inRange: false, activate: 'no' })
    },
    away: async (ms: number) => {
      world.loseService()
      await clock.advance(ms)
    },
  }
}

const deadlines = (session: NetworkSession) => [
  session.offer?.deadline,
  session.getSnapshot().offer?.deadline,
]

describe('S14 times stand still while the service is away', () => {
  it('lossGrace: it goes on with the time that is left', async () => {
    for (const configuration of ['a', 'net']) {
      const { manager, world, clock } = await openLab()
      manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
      const session = manager.createSession(configuration)
      await session.open()
      world.down('a', 'carrierLost')
      await clock.advance(2000)
      world.loseService()
      await clock.advance(9000)
      expect(session.isOpen).toBe(true)
      world.restoreService()
      await clock.advance(2900)
      expect(session.isOpen).toBe(true)
      await clock.advance(200)
      expect([session.isOpen, session.error?.reason]).toEqual([false, 'lost'])
    }
  })

  it('an offer after a loss: it is withdrawn, and made again with the time that is left', async () => {
    const { session, told, clock, world, comes, goes, away } = await openNetwork('offered')
    comes()
    goes()
    await clock.advance(4000)
    expect([session.state, session.offer?.configuration.identifier]).toEqual(['roaming', 'new'])
    await away(9000)
    expect([session.isOpen, session.state, session.offer]).toEqual([true, 'roaming', null])
    world.restoreService()
    await clock.flush()
    expect([session.state, session.offer?.configuration.identifier]).toEqual(['roaming', 'new'])
    const deadline = clock.now() + 6000
    expect(deadlines(session)).toEqual([deadline, deadline])
    await clock.advance(5999)
    expect(session.offer).not.toBe(null)
    await clock.advance(1)
    expect([session.offer, session.state]).toEqual([null, 'disconnected'])
    expect(told).toEqual(['roaming', 'disconnected'])
  })

  it('a trial: its deadline moves, and an answer to it still counts', async () => {
    const { session, clock, world, comes, away } = await openNetwork('trial')
    comes()
    await clock.advance(4000)
    const trial = session.trial
    const deadline = trial?.deadline ?? 0
    await away(9000)
    expect([session.state, session.trial?.id, session.trial?.deadline]).toEqual(['roaming', trial?.id, null])
    world.restoreService()
    await clock.flush()
    expect([session.trial?.deadline, session.getSnapshot().trial?.deadline]).toEqual([
      deadline + 9000,
      deadline + 9000,
    ])
    await clock.advance(25_000)
    expect(session.trial).not.toBe(null)
    const accepted = trial?.accept()
    await clock.flush()
    expect([await accepted, session.state]).toEqual([true, 'connected'])
  })

  it('the carrierGrace of a radio: what becomes of it is seen when the service is back', async () => {
    const { manager, world, clock } = await openLab([{ id: 'w', bearer: 'wlan', link: 'up' }])
    const session = manager.createSession('w')
    await session.open()
    const told = listen(session)
    world.carrier('w', false)
    await clock.advance(1000)
    world.loseService()
    await clock.advance(9000)
    expect([told, session.isOpen]).toEqual([[], true])
    world.restoreService()
    await clock.flush()
    expect(told).toEqual(['notAvailable', 'error:sessionAborted/goneMeanwhile', 'closed'])
  })
})

describe('S14 the outcome', () => {
  it.each(['lossGrace', 'offer after a loss', 'trial', 'migrating'] as const)(
    'the service is not back in time: the session ends in every phase (%s)',
    async (phase) => {
      const lab = await openNetwork(phase === 'offer after a loss' ? 'offered' : 'trial')
      const { session, told, clock, world, comes, goes, away } = lab
      if (phase === 'migrating') world.stall('new')
      if (phase !== 'lossGrace') comes()
      await clock.advance(100)
      if (phase === 'lossGrace' || phase === 'offer after a loss') goes()
      await clock.advance(100)
      told.length = 0
      await away(9900)
      expect(session.isOpen).toBe(true)
      await clock.advance(100)
      expect(told.slice(-3)).toEqual(['error:sessionAborted/serviceLost', 'closed', 'notAvailable'])
      await clock.advance(3_600_000)
      expect([session.isOpen, session.trial, session.offer]).toEqual([false, null, null])
    },
  )

  it('an access point session in lossGrace ends with serviceGrace, too', async () => {
    const { manager, world, clock } = await openLab(undefined, { lossGrace: 60_000 })
    const session = manager.createSession('a')
    await session.open()
    world.down('a', 'carrierLost')
    await clock.flush()
    world.loseService()
    await clock.advance(9999)
    expect(session.isOpen).toBe(true)
    await clock.advance(1)
    expect([session.isOpen, session.error?.reason]).toEqual([false, 'serviceLost'])
  })

  it('a service network’s session whose link is gone then ends without further grace (S12)', async () => {
    const { session, told, clock, world, goes, away } = await openNetwork()
    await away(100)
    goes()
    world.restoreService()
    await clock.flush()
    expect(told.slice(-3)).toEqual(['error:sessionAborted/goneMeanwhile', 'closed', 'notAvailable'])
    expect(session.isOpen).toBe(false)
  })

  it('or roams to what is there (R11)', async () => {
    const { session, clock, world, comes, goes, away } = await openNetwork()
    await away(100)
    goes()
    comes()
    world.restoreService()
    await clock.advance(100)
    expect([session.isOpen, session.state, session.activeConfiguration]).toEqual([true, 'connected', 'new'])
  })

  it('in a trial whose both links are gone the session ends as well', async () => {
    const { session, clock, world, comes, goes, away } = await openNetwork('trial')
    comes()
    await clock.advance(100)
    await away(100)
    goes()
    world.down('new', 'carrierLost')
    world.set('new', { inRange: false, activate: 'no' })
    world.restoreService()
    await clock.flush()
    expect([session.isOpen, session.error?.reason]).toEqual([false, 'goneMeanwhile'])
  })
})

describe('S14 open() on a service network after serviceGrace', () => {
  it('waits for the service, and opens', async () => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['b', 'c'] })
    world.loseService()
    await clock.advance(20_000)
    const session = manager.createSession('net')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(29_000)
    expect([opened.value, told]).toEqual(['pending', ['connecting']])
    world.restoreService()
    await clock.advance(100)
    expect([opened.value, session.activeConfiguration]).toEqual(['resolved', 'b'])
    await clock.advance(60_000)
    expect(session.state).toBe('connected')
  })

  it('no longer than connectTimeout, of its own or of the slowest child (C6)', async () => {
    for (const id of ['net', 'b']) {
      const { manager, world, clock } = await openLab()
      manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
      manager.setConnectTimeout(id, 1000)
      world.loseService()
      await clock.advance(20_000)
      const opened = outcome(manager.createSession('net').open())
      await clock.advance(999)
      expect(opened.value).toBe('pending')
      await clock.advance(1)
      expect(opened.value).toMatch(/timedOut/)
    }
  })

  it('close() ends the wait (S7), and nothing is left', async () => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    world.loseService()
    await clock.advance(20_000)
    const session = manager.createSession('net')
    const opened = outcome(session.open())
    await clock.flush()
    await Promise.all([session.close(), clock.advance(10)])
    expect(opened.value).toBe('sessionAborted/cancelled')
    expect(clock.pending).toBe(0)
  })
})
