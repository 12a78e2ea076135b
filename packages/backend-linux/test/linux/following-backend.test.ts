import { allUplinks, type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { deferred } from '@roamkit/core/backend-kit'
import { type Backend, BackendError, type Driver, type PickedBackend } from '@roamkit/core/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Candidate } from '../../src/linux/candidate.js'
import { FollowingBackend } from '../../src/linux/following-backend.js'
import { ManualClock } from '../manual-clock.js'
import { down, FakeDriver, up } from './fake-driver.js'

const call = { signal: new AbortController().signal }

let clock: ManualClock
let best: FakeDriver
let spare: FakeDriver
let drivers: readonly FakeDriver[]
/** A daemon may have come, the bus says. */
let appeared: (() => void) | null
let manager: NetworkConfigurationManager | null
let backend: Backend | null
let managed: Set<string>

beforeEach(() => {
  clock = new ManualClock()
  best = new FakeDriver('best', up('uuid-a', 'eth0', { deactivate: 'yes' }), down('uuid-b', 'eth1'))
  spare = new FakeDriver('spare', up('spare:eth0', 'eth0'), down('spare:eth1', 'eth1'))
  drivers = [best, spare]
  appeared = null
  manager = null
  backend = null
  managed = new Set(['best', 'spare'])
})

afterEach(async () => {
  await manager?.close()
  await backend?.[Symbol.asyncDispose]()
  expect(drivers.filter(({ isOpen }) => isOpen)).toEqual([])
  expect(appeared).toBeNull()
  expect(clock.pending).toBe(0)
})

function driver(): Driver {
  const candidates: Candidate[] = drivers.map((one) => ({
    driver: one,
    title: one.name,
    service: one.name,
    manages: () => managed.has(one.name),
  }))
  const watchServices = (changed: () => void) => {
    appeared = changed
    return () => {
      appeared = null
    }
  }
  return {
    contract: 1,
    name: 'all',
    open: (host, request) =>
      FollowingBackend.open(
        { name: 'all', candidates, host, departureTimeout: 8000, watchServices },
        request,
      ),
  }
}

async function openManager(options: ManagerOptions = {}): Promise<NetworkConfigurationManager> {
  manager = await NetworkConfigurationManager.open(driver(), { clock, ...options })
  return manager
}

async function openBackend() {
  const picked: PickedBackend[] = []
  backend = await driver().open({ changed() {}, log() {}, clock, picked: (one) => picked.push(one) }, call)
  return { backend, picked }
}

const says = ({ name, passedOver }: PickedBackend) => [
  name,
  ...passedOver.map((one) => `${one.name}: ${one.error.message}`),
]
const ids = () => manager?.allConfigurations().map(({ identifier, state }) => `${identifier} ${state}`)

/** The daemon is stopped, and stays away until the other one takes over. */
async function leave(one: FakeDriver): Promise<void> {
  one.isRunning = false
  one.show({ service: 'lost' })
  await clock.advance(8000)
}

describe('which one is picked', () => {
  it('the best that runs, and no other is opened', async () => {
    expect(says((await openManager()).backend)).toEqual(['best'])
    expect(spare.isOpen).toBe(false)
  })

  it('the next if it does not run', async () => {
    best.isRunning = false
    expect(says((await openManager()).backend)).toEqual(['spare', 'best: best is not running'])
  })

  it('the next if it manages nothing', async () => {
    managed.delete('best')
    expect(says((await openManager()).backend)).toEqual(['spare', 'best: best manages no device'])
  })

  it('none: opening rejects with all reasons', async () => {
    best.isRunning = false
    managed.delete('spare')
    await expect(driver().open({ changed() {}, log() {}, clock }, call)).rejects.toMatchObject({
      code: 'ERR_SERVICE_LOST',
      message: 'all: no backend can be used (best: best is not running; spare: spare manages no device)',
    })
  })

  it('an error that is not its absence is the answer', async () => {
    best.open = () => Promise.reject(new TypeError('broken'))
    await expect(driver().open({ changed() {}, log() {}, clock }, call)).rejects.toThrow('broken')
  })

  it('an abort ends it with the reason', async () => {
    const signal = AbortSignal.abort(new Error('no longer'))
    await expect(driver().open({ changed() {}, log() {}, clock }, { signal })).rejects.toThrow('no longer')
  })
})

describe('when the one in use is away', () => {
  it('nothing changes before the time is over, and nothing if it returns', async () => {
    const { backend: name } = await openManager()
    best.show({ service: 'lost' })
    await clock.advance(7999)
    best.show({ service: 'ready' })
    await clock.advance(60_000)
    expect(manager?.backend).toBe(name)
    expect(spare.isOpen).toBe(false)
  })

  it('the next takes over, and a session on a link that goes on stays connected on the same link', async () => {
    const { backend: first } = await openManager()
    const told: unknown[] = []
    manager?.on('backendChanged', (now, before) => told.push([says(now), before]))
    const session = (manager as NetworkConfigurationManager).createSession('uuid-a')
    await session.open()
    session.on('stateChanged', (state) => told.push(state))
    session.on('closed', () => told.push('closed'))
    await leave(best)
    expect(told).toEqual([[['spare', 'best: best is not running'], first]])
    expect([session.state, session.isOpen]).toEqual(['connected', true])
    expect(ids()).toEqual(['spare:eth0 active', 'spare:eth1 discovered', 'uuid-a active'])
    expect(manager?.isOnline).toBe(true)
    spare.show({
      configurations: [down('spare:eth0', 'eth0', { inRange: false }), down('spare:eth1', 'eth1')],
    })
    await clock.advance(60_000)
    expect(session.isOpen).toBe(false)
  })

  it('a session whose link does not go on has no configuration any more (S13)', async () => {
    await openManager()
    const session = (manager as NetworkConfigurationManager).createSession('uuid-a')
    await session.open()
    spare.show({ configurations: [down('spare:eth0', 'eth0')] })
    await leave(best)
    expect(session.isOpen).toBe(false)
    expect(session.state).toBe('invalid')
  })

  it('a session on all uplinks stays connected', async () => {
    await openManager()
    const network = manager?.defineServiceNetwork(allUplinks)
    if (network === undefined) throw new Error('no network')
    const session = (manager as NetworkConfigurationManager).createSession(network)
    await session.open()
    const told: string[] = []
    session.on('stateChanged', (state) => told.push(state))
    session.on('closed', () => told.push('closed'))
    await leave(best)
    await clock.advance(60_000)
    expect([session.activeConfiguration, session.state, told]).toEqual(['uuid-a', 'connected', []])
  })

  it('the best is used again when it returns, and the other is closed', async () => {
    await openManager()
    const session = (manager as NetworkConfigurationManager).createSession('uuid-a')
    await session.open()
    await leave(best)
    best.isRunning = true
    best.show({ service: 'ready' })
    await clock.advance(0)
    expect(manager?.backend.name).toBe('best')
    expect(spare.isOpen).toBe(false)
    expect(session.state).toBe('connected')
    expect(ids()).toEqual(['spare:eth0 active', 'uuid-a active', 'uuid-b discovered'])
  })
})

describe('when a better one comes', () => {
  beforeEach(() => {
    best.isRunning = false
  })

  it('it takes over, and what was held goes on under both names', async () => {
    await openManager()
    const session = (manager as NetworkConfigurationManager).createSession('spare:eth0')
    await session.open()
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    expect(says((manager as NetworkConfigurationManager).backend)).toEqual(['best'])
    expect(session.state).toBe('connected')
    expect(ids()).toEqual(['spare:eth0 active', 'uuid-a active', 'uuid-b discovered'])
  })

  it('not while it manages nothing, but as soon as it does', async () => {
    managed.delete('best')
    await openManager()
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    expect(says((manager as NetworkConfigurationManager).backend)).toEqual([
      'spare',
      'best: best is not running',
    ])
    managed.add('best')
    best.show({})
    await clock.advance(0)
    expect(manager?.backend.name).toBe('best')
  })

  it('one that cannot be opened is logged, and tried again when it comes again', async () => {
    const log: string[] = []
    await openManager({ log: (event) => log.push(event) })
    const { open } = best
    best.open = () => Promise.reject(new TypeError('broken'))
    await clock.advance(1000)
    appeared?.()
    await clock.advance(0)
    expect(log).toContain('a backend cannot be opened')
    expect(manager?.backend.name).toBe('spare')
    best.open = open
    best.isRunning = true
    appeared?.()
    await clock.advance(1000)
    expect(manager?.backend.name).toBe('best')
  })

  it('one that cannot be opened is tried again after pauses', async () => {
    await openManager()
    const { open } = best
    let attempts = 0
    best.open = () => {
      attempts += 1
      return Promise.reject(new TypeError('broken'))
    }
    appeared?.()
    await clock.advance(10_000)
    // At 0, 1, 3 and 7 s.
    expect(attempts).toBe(4)
    best.open = open
    best.isRunning = true
    await clock.advance(5000)
    expect(manager?.backend.name).toBe('best')
    await clock.advance(3_600_000)
    expect(attempts).toBe(4)
  })

  it('a name that flaps on the bus is looked at once a second', async () => {
    await openManager()
    let attempts = 0
    best.open = () => {
      attempts += 1
      return Promise.reject(new BackendError('ERR_SERVICE_LOST', 'gone again'))
    }
    for (let count = 0; count < 1000; count += 1) {
      appeared?.()
      await clock.advance(10)
    }
    expect(attempts).toBe(11)
    await clock.advance(60_000)
    expect(attempts).toBe(11)
  })
})

describe('while others are opened', () => {
  let middle: FakeDriver

  beforeEach(() => {
    middle = new FakeDriver('middle')
    drivers = [best, middle, spare]
    managed.add('middle')
  })

  /** A daemon that is on the bus and does not answer. */
  function hangs(one: FakeDriver): void {
    one.open = (_host, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }

  it('one that does not answer does not keep the next from taking over before the sessions end', async () => {
    hangs(middle)
    await openManager()
    const session = (manager as NetworkConfigurationManager).createSession('uuid-a')
    await session.open()
    await leave(best)
    await clock.advance(1000)
    expect(says((manager as NetworkConfigurationManager).backend)).toEqual([
      'spare',
      'best: best is not running',
      'middle: middle does not answer',
    ])
    await clock.advance(60_000)
    expect(session.state).toBe('connected')
  })

  it('nor one that was being opened already', async () => {
    best.isRunning = false
    middle.isRunning = false
    await openManager()
    middle.isRunning = true
    hangs(best)
    appeared?.()
    await clock.advance(5000)
    expect(manager?.backend.name).toBe('middle')
    // Tried again now.
    await clock.advance(1000)
    await leave(middle)
    await clock.advance(1000)
    expect(manager?.backend.name).toBe('spare')
  })

  it('the one in use that returns stays in use, and what was opened is closed', async () => {
    const { backend: name } = await openManager()
    const names: string[] = []
    manager?.on('backendChanged', (now) => names.push(now.name))
    const { open } = middle
    middle.open = async (host, request) => {
      best.show({ service: 'ready' })
      return open.call(middle, host, request)
    }
    best.show({ service: 'lost' })
    await clock.advance(60_000)
    expect([manager?.backend, names]).toEqual([name, []])
    expect([middle.isOpen, spare.isOpen]).toEqual([false, false])
  })

  it('a better one that begins to manage something is picked, and opened once', async () => {
    managed.delete('best')
    let openings = 0
    const { open } = best
    best.open = (host, request) => {
      openings += 1
      return open.call(best, host, request)
    }
    middle.open = async () => {
      managed.add('best')
      best.show({})
      await clock.advance(0)
      throw new BackendError('ERR_SERVICE_LOST', 'not here')
    }
    expect(says((await openManager()).backend)).toEqual(['best'])
    expect([openings, spare.isOpen]).toEqual([1, false])
  })
})

it('one that manages nothing any more makes way', async () => {
  await openManager()
  managed.delete('best')
  best.show({})
  await clock.advance(0)
  expect(says((manager as NetworkConfigurationManager).backend)).toEqual([
    'spare',
    'best: best manages no device',
  ])
})

describe('commands under an earlier name', () => {
  beforeEach(async () => {
    best.isRunning = false
    await openBackend()
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    best.asked.length = 0
  })

  it('reach the link, and the activation has the name that it had', async () => {
    const all = backend as Backend
    const shown = all.snapshot().configurations.find(({ id }) => id === 'spare:eth0')
    expect(shown).toMatchObject({ activation: 'spare:eth0#1', uplink: true, device: null })
    expect(await all.activate('spare:eth0', { ...call, secret: null })).toBe('spare:eth0#1')
    await all.deactivate('spare:eth0', 'spare:eth0#1', call)
    await all.deactivate('spare:eth0', 'another', call)
    await all.recheck('spare:eth0', call)
    await all.save?.('spare:eth0', call)
    await all.forget?.('spare:eth0', call)
    expect(all.traffic('spare:eth0')).toEqual({ received: 'uuid-a'.length, written: 0 })
    expect(best.asked).toEqual([
      'activate uuid-a',
      'deactivate uuid-a uuid-a#1',
      'deactivate uuid-a another',
      'recheck uuid-a',
      'save uuid-a',
      'forget uuid-a',
    ])
  })

  it('the next activation has its own name, and the end that of the one that ended', async () => {
    best.show({
      configurations: [
        down('uuid-a', 'eth0', { ended: { activation: 'uuid-a#1', reason: 'carrierLost', native: null } }),
      ],
    })
    const shown = () => (backend as Backend).snapshot().configurations.find(({ id }) => id === 'spare:eth0')
    expect(shown()).toMatchObject({
      link: 'down',
      ended: { activation: 'spare:eth0#1', reason: 'carrierLost' },
    })
    best.show({ configurations: [up('uuid-a', 'eth0', { activation: 'uuid-a#2' })] })
    expect(shown()).toMatchObject({ link: 'up', activation: 'uuid-a#2' })
  })

  it('what did not change is the same object', () => {
    const all = backend as Backend
    const before = all.snapshot()
    expect(all.snapshot()).toBe(before)
    best.show({ defaultId: 'uuid-a' })
    const after = all.snapshot()
    expect(after).not.toBe(before)
    expect(after.configurations.map((one, index) => one === before.configurations[index])).toEqual([
      true,
      true,
      true,
    ])
    expect(after.scope).toBe('spare here')
  })

  it('a question for a secret has the name that was asked for', async () => {
    const questions: string[] = []
    best.show({ configurations: [...best.world.configurations, down('secret', 'wlan0')] })
    await (backend as Backend).activate('secret', {
      ...call,
      secret: async ({ id }) => {
        questions.push(id)
        return null
      },
    })
    expect(questions).toEqual(['secret'])
  })
})

it('a command that the change interrupts rejects with serviceLost, and names both', async () => {
  best.isRunning = false
  const { backend: all } = await openBackend()
  const activated = all.activate('never', { ...call, secret: null })
  best.isRunning = true
  appeared?.()
  await expect(activated).rejects.toMatchObject({
    code: 'ERR_SERVICE_LOST',
    message: 'best has taken over from spare',
  })
})

it('saving with a backend that cannot is not supported', async () => {
  best.isRunning = false
  const { backend: all } = await openBackend()
  await expect(all.save?.('spare:eth0', call)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  await expect(all.forget?.('spare:eth0', call)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
})

describe('holders', () => {
  const lock = { signal: call.signal }
  const SCOPE = 'spare here'

  async function holding() {
    best.isRunning = false
    const { backend: all } = await openBackend()
    await all.holders?.locked(SCOPE, 'spare:eth0', (held) => held.join(null), lock)
    expect(spare.held.get('spare here/spare:eth0')).toEqual(new Set(['here']))
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    const { holders } = all
    if (holders === null) throw new Error('no holders')
    return holders
  }

  it('are counted under the new backend, too', async () => {
    const holders = await holding()
    expect(best.held.get('best here/uuid-a')).toEqual(new Set(['here']))
    expect(holders.list(SCOPE, 'spare:eth0')).toMatchObject([{ isSelf: true }])
    expect([holders.span, holders.certainty]).toEqual(['machine', 'certain'])
    await holders.locked(SCOPE, 'spare:eth0', (held) => held.leave(), lock)
    expect(best.held.get('best here/uuid-a')).toEqual(new Set())
  })

  it('two names of one link: the one is not taken down while the other is held', async () => {
    const holders = await holding()
    await holders.locked(SCOPE, 'uuid-a', (held) => held.join('uuid-a#1'), lock)
    const state = await holders.locked(
      SCOPE,
      'uuid-a',
      async (held) => [held.others, held.owned, await held.exclude()],
      lock,
    )
    expect(state).toEqual([1, 'uuid-a#1', false])
    await holders.locked(SCOPE, 'uuid-a', (held) => held.leave(), lock)
    expect(best.held.get('best here/uuid-a')).toEqual(new Set(['here']))
    const last = await holders.locked(
      SCOPE,
      'spare:eth0',
      async (held) => [held.others, held.owned, await held.exclude()],
      lock,
    )
    expect(last).toEqual([0, 'spare:eth0#1', true])
  })

  it('the lock of a device is that of the new backend', async () => {
    const holders = await holding()
    best.asked.length = 0
    await holders.locked(`device ${SCOPE}`, 'eth0', async () => undefined, lock)
    expect(best.asked).toEqual(['lock device best here/eth0'])
  })

  it('hear of a stop elsewhere, and tell of one, by the name that they know', async () => {
    best.isRunning = false
    const { backend: all } = await openBackend()
    const heard: string[] = []
    const undo = all.holders?.watch(SCOPE, 'spare:eth0', (activation) => heard.push(activation))
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    best.stopElsewhere('uuid-a', 'uuid-a#1')
    expect(heard).toEqual(['spare:eth0#1'])
    best.asked.length = 0
    await all.holders?.locked(SCOPE, 'spare:eth0', async (held) => held.stopping('spare:eth0#1'), lock)
    expect(best.asked).toEqual(['lock best here/uuid-a', 'stopping uuid-a uuid-a#1'])
    undo?.()
    best.stopElsewhere('uuid-a', 'uuid-a#1')
    expect(heard).toHaveLength(1)
  })

  it('one that is away counts what was held until it is left', async () => {
    const { backend: all } = await openBackend()
    await all.holders?.locked('best here', 'uuid-a', (held) => held.join('uuid-a#1'), lock)
    await leave(best)
    expect(spare.held.get('spare here/spare:eth0')).toEqual(new Set(['here']))
    expect(best.held.get('best here/uuid-a')).toEqual(new Set(['here']))
    await all.holders?.locked('best here', 'uuid-a', (held) => held.leave(), lock)
    expect(spare.held.get('spare here/spare:eth0')).toEqual(new Set())
    expect(best.held.get('best here/uuid-a')).toEqual(new Set())
  })

  it('a command that the change interrupts is counted under the new backend, too', async () => {
    best.isRunning = false
    const { backend: all } = await openBackend()
    const { promise: until, resolve: goOn } = deferred()
    const joined = all.holders?.locked(
      SCOPE,
      'spare:eth0',
      async (held) => {
        await until
        await held.join(null)
      },
      lock,
    )
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    goOn()
    await joined
    expect(best.held.get('best here/uuid-a')).toEqual(new Set(['here']))
  })

  it('what is left while another backend takes over is not counted there', async () => {
    const { backend: all } = await openBackend()
    await all.holders?.locked('best here', 'uuid-a', (held) => held.join('uuid-a#1'), lock)
    const { promise: until, resolve: goOn } = deferred()
    const { promise: isAway, resolve: goAway } = deferred()
    spare.beforeLock = () => {
      goAway()
      return until
    }
    const left = all.holders?.locked(
      'best here',
      'uuid-a',
      async (held) => {
        await isAway
        await held.leave()
        goOn()
      },
      lock,
    )
    await leave(best)
    await left
    await clock.advance(0)
    expect(spare.held.get('spare here/spare:eth0') ?? new Set()).toEqual(new Set())
  })

  it('are counted under one that counts them, although the first one did not', async () => {
    best.isRunning = false
    spare.counts = false
    spare.show({ scope: null })
    await openManager()
    const session = (manager as NetworkConfigurationManager).createSession('spare:eth0')
    await session.open()
    expect(manager?.capabilities.systemSessionSupport).toBe(false)
    best.isRunning = true
    appeared?.()
    await clock.advance(0)
    expect(best.held.get('best here/uuid-a')).toEqual(new Set(['here']))
    expect(manager?.capabilities.systemSessionSupport).toBe(true)
    await session.close()
    expect(best.held.get('best here/uuid-a')).toEqual(new Set())
  })

  it('are counted in this process where the backend in use does not count them', async () => {
    spare.counts = false
    await openManager()
    const session = (manager as NetworkConfigurationManager).createSession('uuid-a')
    await session.open()
    await leave(best)
    expect(manager?.capabilities.systemSessionSupport).toBe(false)
    const other = await NetworkConfigurationManager.open(driver(), { clock })
    const [mine] = other.holders('spare:eth0')
    expect(mine).toMatchObject({ isSelf: false })
    await other.close()
  })
})
