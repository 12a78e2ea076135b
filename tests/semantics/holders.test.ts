import type { MockOptions } from '@roamkit/backend-mock'
import type { Held, Holders } from '@roamkit/core/contract'
import { type HolderRegistry, inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it } from 'vitest'
import { type Lab, listen, openLab, outcome } from './lab.js'

function link({ world }: Lab, id: string) {
  return world.snapshot().configurations.find((one) => one.id === id)?.link
}

describe('H1 the last holder takes the link down', () => {
  it('where our sessions brought it up, whichever of them goes last', async () => {
    const lab = await openLab()
    const { manager, clock } = lab
    const [one, two] = [manager.createSession('b'), manager.createSession('b')]
    void one.open()
    await clock.advance(100)
    void two.open()
    await clock.advance(100)
    void one.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('up')
    void two.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('down')
  })

  it('but leaves a link that was up before us to the system', async () => {
    const lab = await openLab()
    const { manager, clock } = lab
    const session = manager.createSession('a')
    const told = listen(session)
    await session.open()
    const closed = outcome(session.close())
    await clock.advance(100)
    expect(closed.value).toBe('resolved')
    expect(told).toEqual(['opened', 'closed'])
    expect(link(lab, 'a')).toBe('up')
  })

  it('leaves a link that is back under an activation not ours to the system', async () => {
    const lab = await openLab()
    const { manager, clock, world } = lab
    const session = manager.createSession('b')
    void session.open()
    await clock.advance(100)
    world.flap('b')
    await clock.flush()
    expect(session.isOpen).toBe(true)
    void session.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('up')
  })
})

describe('H2 holders are counted across the managers of the process', () => {
  it('so that only the last of all takes the link down, no matter who brought it up', async () => {
    const lab = await openLab()
    const { clock } = lab
    const one = lab.manager.createSession('b')
    const two = (await lab.another()).createSession('b')
    void one.open()
    await clock.advance(100)
    void two.open()
    await clock.advance(100)
    void one.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('up')
    void two.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('down')
  })

  it('and two that open at the same time share one activation', async () => {
    const lab = await openLab()
    const { clock } = lab
    const one = lab.manager.createSession('b')
    const two = (await lab.another()).createSession('b')
    const opened = [outcome(one.open()), outcome(two.open())]
    await clock.advance(100)
    expect(opened.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect(lab.world.calls.map(({ command }) => command)).toEqual(['activate'])
    void one.close()
    void two.close()
    await clock.advance(100)
    expect(link(lab, 'b')).toBe('down')
  })
})

describe('H5 a device carries one link', () => {
  const ONE_DEVICE = [
    { id: 'x', device: 'wlan0', link: 'up' },
    { id: 'y', device: 'wlan0' },
    { id: 'z', device: 'wlan0' },
  ] as const

  it('open() may displace a link that only the system holds', async () => {
    const lab = await openLab(ONE_DEVICE)
    const session = lab.manager.createSession('y')
    const opened = outcome(session.open())
    await lab.clock.advance(100)
    expect(opened.value).toBe('resolved')
    expect(link(lab, 'x')).toBe('down')
  })

  it('is refused where a session of this manager holds the other one', async () => {
    const lab = await openLab(ONE_DEVICE)
    const holder = lab.manager.createSession('x')
    await holder.open()
    const opened = outcome(lab.manager.createSession('y').open())
    await lab.clock.advance(100)
    expect(opened.value).toBe('operationNotSupported/deviceBusy')
    expect(holder.state).toBe('connected')
    expect(lab.world.calls).toEqual([])
  })

  it('is refused where another manager holds the other one', async () => {
    const lab = await openLab(ONE_DEVICE)
    const holder = (await lab.another()).createSession('x')
    await holder.open()
    const opened = outcome(lab.manager.createSession('y').open())
    await lab.clock.advance(100)
    expect(opened.value).toBe('operationNotSupported/deviceBusy')
    expect(holder.state).toBe('connected')
  })

  it('two that race for a free device: one gets it, the other is refused', async () => {
    const lab = await openLab([
      { id: 'y', device: 'wlan0' },
      { id: 'z', device: 'wlan0' },
    ])
    const opened = [
      outcome(lab.manager.createSession('y').open()),
      outcome((await lab.another()).createSession('z').open()),
    ]
    await lab.clock.advance(100)
    expect(opened.map(({ value }) => value).sort()).toEqual(['operationNotSupported/deviceBusy', 'resolved'])
  })

  it('one that has been asked for and not yet accepted has the device already', async () => {
    const lab = await openLab([
      { id: 'y', device: 'wlan0' },
      { id: 'z', device: 'wlan0' },
    ])
    lab.world.stallAccept('y')
    const first = outcome(lab.manager.createSession('y').open())
    await lab.clock.flush()
    const second = outcome((await lab.another()).createSession('z').open())
    await lab.clock.flush()
    lab.world.release('y')
    await lab.clock.advance(100)
    expect([first.value, second.value]).toEqual(['resolved', 'operationNotSupported/deviceBusy'])
    expect(lab.world.calls.map(({ command, id }) => `${command} ${id}`)).toEqual(['activate y'])
  })
})

describe('H6 however a session ends, it leaves as a holder', () => {
  it('after lossGrace: a link of ours that is up without carrier is taken down', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    void session.open()
    await lab.clock.advance(100)
    lab.world.carrier('b', false)
    await lab.clock.advance(6000)
    expect(session.isOpen).toBe(false)
    expect(link(lab, 'b')).toBe('down')
  })

  it('close() while opening ends at once where another manager has joined the activation, which goes on', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    const told = listen(session)
    void session.open()
    await lab.clock.advance(5)
    const other = (await lab.another()).createSession('b')
    void other.open()
    await lab.clock.flush()
    const closed = outcome(session.close())
    await lab.clock.advance(100)
    expect(closed.value).toBe('resolved')
    expect(told).toEqual(['connecting', 'closing', 'connecting', 'connected'])
    expect([link(lab, 'b'), other.isOpen]).toEqual(['up', true])
    await lab.clock.advance(60_000)
    expect(told).toHaveLength(4)
  })

  it('open() counts from the call: a close() of another in the same moment does not take the link down', async () => {
    const lab = await openLab()
    const [one, two] = [lab.manager.createSession('b'), lab.manager.createSession('b')]
    void one.open()
    await lab.clock.advance(100)
    void two.open()
    void one.close()
    await lab.clock.advance(100)
    expect(link(lab, 'b')).toBe('up')
    expect(two.isOpen).toBe(true)
    expect(lab.world.calls.map(({ command }) => command)).toEqual(['activate'])
  })

  it('what cannot be done while the service is lost is done when it is back, if still unheld', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    void session.open()
    await lab.clock.advance(100)
    lab.world.loseService()
    await lab.clock.flush()
    const closed = outcome(session.close())
    await lab.clock.flush()
    expect(closed.value).toBe('resolved')
    expect(session.isOpen).toBe(false)
    lab.world.restoreService()
    await lab.clock.advance(100)
    expect(link(lab, 'b')).toBe('down')
  })
})

describe('H7 commands run one at a time for each link', () => {
  it('open() during a wind-down waits for its end, then brings the link up again', async () => {
    const lab = await openLab()
    const session = lab.manager.createSession('b')
    void session.open()
    await lab.clock.advance(100)
    const told = listen(session)
    const closed = outcome(session.close())
    await lab.clock.flush()
    const opened = outcome(session.open())
    await lab.clock.advance(200)
    expect([closed.value, opened.value]).toEqual(['resolved', 'resolved'])
    expect(told).toEqual(['closed', 'closing', 'connecting', 'connected', 'opened'])
    expect(lab.world.calls.map(({ command }) => command)).toEqual(['activate', 'deactivate', 'activate'])
  })
})

describe('holders across processes', () => {
  /** Counts for the machine, as far as the manager can tell. */
  const machine = () => {
    const registry: HolderRegistry = new Map()
    return () => Object.assign(inProcessHolders(registry), { span: 'machine' as const })
  }

  it('are what systemSessionSupport reports, if the backend has a scope (M4)', async () => {
    const told = async (mock: MockOptions) => {
      const { manager } = await openLab(undefined, { mock })
      const { holders, capabilities } = manager.diagnoseMachine()
      const support = capabilities.find(({ capability }) => capability === 'systemSessionSupport')
      return [manager.capabilities.systemSessionSupport, holders, support?.says]
    }
    expect(await told({ holders: machine() })).toEqual([
      true,
      'machine',
      'Holders of a link are counted across all processes of this machine.',
    ])
    expect(await told({ holders: machine(), scope: null })).toEqual([
      false,
      'manager',
      'Links are not shared: each manager counts only its own sessions.',
    ])
    expect(await told({})).toEqual([
      false,
      'process',
      'Holders of a link are counted in this process only: other processes may take it down.',
    ])
  })

  it('a link that no other process holds is requested before it counts as up, and stays the system’s (H1)', async () => {
    const lab = await openLab(undefined, { mock: { holders: machine() } })
    const one = lab.manager.createSession('a')
    await one.open()
    expect(lab.world.calls.map(({ command }) => command)).toEqual(['activate'])
    const two = (await lab.another()).createSession('a')
    await two.open()
    expect(lab.world.calls).toHaveLength(1)
    await one.close()
    await two.close()
    await lab.clock.advance(100)
    expect(link(lab, 'a')).toBe('up')
  })

  it('while it is not certain who counts along, systemSessionSupport is false and doctor says why (M4, H3)', async () => {
    let certainty: Holders['certainty'] = 'certain'
    const registry: HolderRegistry = new Map()
    const holders = () =>
      Object.defineProperties(inProcessHolders(registry), {
        span: { value: 'machine' },
        certainty: { get: () => certainty },
      })
    const lab = await openLab(undefined, { mock: { holders } })
    const { manager } = lab
    const told: boolean[] = []
    manager.on('capabilitiesChanged', ({ systemSessionSupport }) => told.push(systemSessionSupport))
    expect(manager.capabilities.systemSessionSupport).toBe(true)
    certainty = 'uncertain'
    const session = manager.createSession('b')
    void session.open()
    await lab.clock.advance(100)
    expect([told, manager.capabilities.systemSessionSupport]).toEqual([[false], false])
    const { holders: counted, capabilities, findings } = manager.diagnoseMachine()
    expect(counted).toBe('uncertain')
    expect(capabilities.find(({ capability }) => capability === 'systemSessionSupport')?.says).toBe(
      'Roamkit cannot determine whether other programs use a link, so links stay up.',
    )
    expect(findings.map(({ code }) => code)).toContain('holdersUnknown')
    certainty = 'certain'
    void session.close()
    await lab.clock.advance(100)
    expect(told).toEqual([false, true])
  })

  /** Holders that answer as bent. */
  const bent = (bend: (held: Held) => Partial<Held>) => () => {
    const real = inProcessHolders(new Map())
    return Object.assign(real, {
      span: 'machine' as const,
      locked: (
        (locked) => (scope, id, run, call) =>
          locked.call(real, scope, id, (held) => run({ ...held, ...bend(held) }), call)
      )(real.locked) as Holders['locked'],
    })
  }

  it('no visible holder does not mean none: the last one to close excludes all others, or leaves the link up (H3)', async () => {
    let isWon = false
    const asked: boolean[] = []
    const exclude = async () => {
      asked.push(isWon)
      return isWon
    }
    const lab = await openLab(undefined, { mock: { holders: bent(() => ({ exclude })) } })
    const session = lab.manager.createSession('b')
    for (const [won, state] of [
      [false, 'up'],
      [true, 'down'],
    ] as const) {
      isWon = won
      void session.open()
      await lab.clock.advance(100)
      // What is up already is the system's: the mock's owner is forgotten with its last holder.
      void session.close()
      await lab.clock.advance(100)
      expect(link(lab, 'b')).toBe(state)
      if (state === 'up') {
        void session.stop()
        await lab.clock.advance(100)
      }
    }
    expect(asked).toEqual([false, true])
  })

  it('a link is not displaced if its holders cannot be excluded (H5, H3)', async () => {
    const configurations = [
      { id: 'a', name: 'a', device: 'eth0', link: 'up' },
      { id: 'b', name: 'b', device: 'eth0' },
    ] as const
    for (const isWon of [false, true]) {
      const holders = bent(() => ({ exclude: async () => isWon }))
      const lab = await openLab(configurations, { mock: { holders } })
      const opened = outcome(lab.manager.createSession('b').open())
      await lab.clock.advance(200)
      expect([link(lab, 'a'), link(lab, 'b')]).toEqual(isWon ? ['down', 'up'] : ['up', 'down'])
      if (!isWon) expect(opened.value).toContain('deviceBusy')
    }
  })

  it('close() if it is unknown who else holds the link: closed all the same, with the reason (S8, H3)', async () => {
    let isCertain = true
    const holders = bent(({ others, owned }) =>
      isCertain
        ? { others, owned }
        : { certainty: 'uncertain', others: 1, owned: null, exclude: async () => false },
    )
    const lab = await openLab(undefined, { mock: { holders } })
    const session = lab.manager.createSession('b')
    const told = listen(session)
    void session.open()
    await lab.clock.advance(100)
    told.length = 0
    isCertain = false
    const closed = outcome(session.close())
    await lab.clock.advance(100)
    expect(told).toEqual(['closed', 'error:operationNotSupported/holdersUnknown'])
    expect([closed.value, session.state, link(lab, 'b')]).toEqual(['resolved', 'connected', 'up'])
    // The system's from then on; and what was the system's before is left up without a word.
    told.length = 0
    for (const id of ['a', 'b']) {
      const other = lab.manager.createSession(id)
      const words = listen(other)
      void other.open()
      await lab.clock.advance(100)
      void other.close()
      await lab.clock.advance(100)
      expect(words).toEqual(['opened', 'closed'])
    }
  })

  it('connectTimeout begins when the lock is had: who waits for it is not timed out by that (C6)', async () => {
    let letIn = () => {}
    const real = inProcessHolders(new Map())
    const locked = real.locked.bind(real)
    const holders = () =>
      Object.assign(real, {
        locked: (async (scope, id, run, call) => {
          await new Promise<void>((resolve) => {
            letIn = resolve
          })
          return locked(scope, id, run, call)
        }) as Holders['locked'],
      })
    const lab = await openLab([{ id: 'b', name: 'b', device: null }], { mock: { holders } })
    lab.manager.setConnectTimeout?.('b', 1000)
    const opened = outcome(lab.manager.createSession('b').open())
    await lab.clock.advance(40_000)
    expect(opened.value).toBe('pending')
    letIn()
    await lab.clock.advance(100)
    expect(opened.value).toBe('resolved')
  })

  it('one that has just been taken down is brought up again (H3)', async () => {
    const lab = await openLab(undefined, { mock: { holders: machine() } })
    const [one, two] = [lab.manager.createSession('b'), (await lab.another()).createSession('b')]
    void one.open()
    await lab.clock.advance(100)
    void one.close()
    const opened = outcome(two.open())
    await lab.clock.advance(200)
    expect([opened.value, link(lab, 'b')]).toEqual(['resolved', 'up'])
  })

  it('are listed by the manager, itself among them', async () => {
    const { manager, another, clock } = await openLab(undefined, { mock: { holders: machine() } })
    const other = await another()
    await other.createSession('a').open()
    expect(manager.holders('a')).toEqual([{ pid: null, name: null, since: null, isSelf: false }])
    expect(other.holders(other.configurationFromIdentifier('a'))).toMatchObject([{ isSelf: true }])
    expect(manager.holders('b')).toEqual([])
    const closing = manager.close()
    await clock.advance(100)
    await closing
    expect(manager.holders('a')).toEqual([])
  })
})
