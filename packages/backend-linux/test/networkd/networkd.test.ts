import { type Backend, type BackendHost, worldFaults } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { BusError, PROPERTIES } from '../../src/bus/bus-port.js'
import { LINK, linkIndex, linkPath, MANAGER, MANAGER_PATH } from '../../src/networkd/names.js'
import { networkdOver } from '../../src/networkd/networkd.js'
import { FakeBus, fail } from '../fake-bus.js'
import { ManualClock, settle } from '../manual-clock.js'
import { captured } from './links.js'

const A = 'networkd:eth-a'
const B = 'networkd:eth-b'
const SWITCHED_OFF = { CarrierState: 'off', Addresses: [], Routes: [] }
const noAnswer = () => {
  throw new BusError('ERR_BUS_TIMED_OUT', 'no answer')
}
const call = () => ({ signal: new AbortController().signal, secret: null })

/** A FAKE bus with a FAKE networkd: eth-a is up, and eth-b is switched off. */
class FakeNetworkd extends FakeBus {
  readonly links = new Map<number, unknown>([
    [2, captured()],
    [3, captured({ Index: 3, Name: 'eth-b', ...SWITCHED_OFF })],
  ])

  constructor() {
    super()
    this.answers.ListLinks = () => [[...this.links.keys()].map((index) => [index, 'any', linkPath(index)])]
    this.answers.Get = () => fail('org.freedesktop.DBus.Error.UnknownProperty')
    this.answers.ReconfigureLink = () => []
    this.answers.Describe = ({ path }) => {
      const link = this.links.get(linkIndex(path) ?? 0)
      return [link === undefined ? fail('org.freedesktop.DBus.Error.UnknownObject') : JSON.stringify(link)]
    }
  }

  /** A link has changed, and networkd says so. */
  say(index: number, link: unknown, properties: Record<string, unknown> = { OperationalState: 'any' }): void {
    if (link === null) this.links.delete(index)
    else this.links.set(index, link)
    this.signal(linkPath(index), PROPERTIES, 'PropertiesChanged', LINK, properties, [])
  }

  asked(member: string): number {
    return this.calls.filter((one) => one.member === member).length
  }
}

async function openOn(bus: FakeNetworkd, clock = new ManualClock()) {
  const host = {
    pokes: 0,
    changed() {
      host.pokes += 1
    },
    log: () => undefined,
    clock,
  }
  const options = { sys: '/nowhere', stateFolder: '/nowhere', callTimeout: 100 }
  const backend = await networkdOver(bus.connect, options).open(host satisfies BackendHost, call())
  return { backend, host, clock }
}

function shown(backend: Backend, id: string) {
  return backend.snapshot().configurations.find((known) => known.id === id)
}

describe('networkd on a bus', () => {
  it('reads again the link that has changed, and no other', async () => {
    const bus = new FakeNetworkd()
    const { backend, host } = await openOn(bus)
    const { pokes } = host
    bus.calls.length = 0
    bus.say(2, captured({ CarrierState: 'no-carrier' }))
    await settle()
    expect(bus.calls.map(({ member, path }) => [member, path])).toEqual([['Describe', linkPath(2)]])
    expect(shown(backend, A)).toMatchObject({ link: 'down', ended: { reason: 'carrierLost' } })
    expect(host.pokes).toBeGreaterThan(pokes)
  })

  it('changes nothing if a link is as it was', async () => {
    const bus = new FakeNetworkd()
    const { backend, host } = await openOn(bus)
    const [before, { pokes }] = [backend.snapshot(), host]
    bus.say(2, captured())
    await settle()
    expect(host.pokes).toBe(pokes)
    expect(backend.snapshot()).toBe(before)
  })

  it('shows a loss that a signal tells of, although the link is back before it is read (H1)', async () => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    const before = shown(backend, A)?.activation
    bus.say(2, captured(), { CarrierState: 'no-carrier', OperationalState: 'no-carrier' })
    expect(shown(backend, A)).toMatchObject({ link: 'down', ended: { activation: before } })
    await settle()
    expect(shown(backend, A)?.link).toBe('up')
    expect(shown(backend, A)?.activation).not.toBe(before)
  })

  it('reads a link once more if it has changed while it was read', async () => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    bus.calls.length = 0
    for (let signal = 0; signal < 50; signal += 1) bus.say(2, captured({ MTU: 1000 + signal }))
    await settle()
    expect(bus.asked('Describe')).toBe(2)
    expect(shown(backend, A)?.interface?.mtu).toBe(1049)
  })

  it('has links that come, and has not those that go (S13)', async () => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    bus.say(7, captured({ Index: 7, Name: 'new' }))
    bus.say(2, null, { AdministrativeState: 'linger' })
    await settle()
    expect(backend.snapshot().configurations.map(({ id }) => id)).toEqual([B, 'networkd:new'])
  })

  it('has one link of a name: that which was read last', async () => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    bus.say(9, captured({ Index: 9 }))
    await settle()
    expect(shown(backend, A)?.interface?.index).toBe(9)
    expect(backend.snapshot().configurations).toHaveLength(2)
  })

  it('follows the port of a bridge when the bridge turns out to be one (T3)', async () => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    bus.say(2, captured({ MasterInterfaceIndex: 8, CarrierState: 'enslaved' }))
    await settle()
    expect(shown(backend, A)).toBeUndefined()
    bus.say(8, captured({ Index: 8, Name: 'vrf0', Kind: 'vrf' }))
    await settle()
    expect(shown(backend, A)?.link).toBe('up')
  })

  it('believes nothing of another kind, path or shape', async () => {
    const bus = new FakeNetworkd()
    const { backend, host } = await openOn(bus)
    const [before, { pokes }] = [backend.snapshot(), host]
    bus.calls.length = 0
    bus.signal(MANAGER_PATH, PROPERTIES, 'PropertiesChanged', MANAGER, { CarrierState: 'off' }, [])
    bus.signal(linkPath(2), PROPERTIES, 'PropertiesChanged', MANAGER, { CarrierState: 'off' }, [])
    bus.signal(linkPath(2), LINK, 'PropertiesChanged', LINK, { CarrierState: 'off' }, [])
    for (const path of [
      '/',
      `${MANAGER_PATH}/link/_3`,
      `${MANAGER_PATH}/link/2`,
      `${linkPath(2)}/x`,
      linkPath(2 ** 31),
    ])
      bus.signal(path, PROPERTIES, 'PropertiesChanged', LINK, { CarrierState: 'off' }, [])
    await settle()
    expect(bus.calls).toEqual([])
    expect(host.pokes).toBe(pokes)
    expect(backend.snapshot()).toBe(before)
  })

  it('keeps what it knows of a link whose description cannot be read', async () => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    for (const answer of ['{', 7, JSON.stringify(captured({ Index: 3 })), '[]'] as const) {
      bus.answers.Describe = () => [answer]
      bus.say(2, captured())
      await settle()
      expect(shown(backend, A)?.link).toBe('up')
    }
    bus.answers.Describe = () => fail('org.freedesktop.DBus.Error.NoMemory')
    bus.say(2, captured())
    await settle()
    expect(shown(backend, A)?.link).toBe('up')
  })

  it('shows no counters and binds no sockets in another network namespace', async () => {
    const bus = new FakeNetworkd()
    bus.answers.Get = () => [1]
    const { backend } = await openOn(bus)
    expect(backend.snapshot()).toMatchObject({ statistics: false, directRouting: false })
    expect(backend.traffic(A)).toBeNull()
  })
})

describe('opening networkd', () => {
  it.each([
    ['is not running', (bus: FakeNetworkd) => Object.assign(bus, { owner: null })],
    ['cannot be reached', (bus: FakeNetworkd) => Object.assign(bus, { isReachable: false })],
    ['is too old to describe its links', (bus: FakeNetworkd) => delete bus.answers.Describe],
    ['does not answer in time', (bus: FakeNetworkd) => Object.assign(bus.answers, { Describe: noAnswer })],
  ])('rejects with ERR_SERVICE_LOST if it %s, and leaves nothing open', async (_what, prepare) => {
    const bus = new FakeNetworkd()
    prepare(bus)
    await expect(openOn(bus)).rejects.toMatchObject({ name: 'BackendError', code: 'ERR_SERVICE_LOST' })
    expect(bus.open).toBe(0)
  })
})

describe('bringing a link of networkd up', () => {
  it('asks once, and shows the activation until the link is up', async () => {
    const bus = new FakeNetworkd()
    const { backend, clock } = await openOn(bus)
    const [first, second] = await Promise.all([backend.activate(B, call()), backend.activate(B, call())])
    expect(second).toBe(first)
    expect(bus.asked('ReconfigureLink')).toBe(1)
    expect(shown(backend, B)).toMatchObject({ link: 'activating', activation: first, inRange: null })
    bus.say(3, captured({ Index: 3, Name: 'eth-b' }))
    await clock.advance(10_000)
    expect(shown(backend, B)).toMatchObject({ link: 'up', activation: first, ended: null })
    expect(clock.pending).toBe(0)
  })

  it('gives a link without a cable six seconds', async () => {
    const bus = new FakeNetworkd()
    const { backend, clock } = await openOn(bus)
    const activation = await backend.activate(B, call())
    bus.say(3, captured({ Index: 3, Name: 'eth-b', ...SWITCHED_OFF, CarrierState: 'no-carrier' }), {
      CarrierState: 'no-carrier',
    })
    await clock.advance(5999)
    expect(shown(backend, B)?.link).toBe('activating')
    await clock.advance(1)
    expect(shown(backend, B)).toMatchObject({
      link: 'down',
      inRange: false,
      ended: { activation, reason: 'carrierLost' },
    })
    await expect(backend.activate(B, call())).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })

  it.each([
    ['org.freedesktop.DBus.Error.AccessDenied', 'ERR_DENIED'],
    ['org.freedesktop.DBus.Error.InteractiveAuthorizationRequired', 'ERR_DENIED'],
    ['org.freedesktop.network1.NoSuchLink', 'ERR_UNKNOWN_CONFIGURATION'],
    ['org.freedesktop.network1.UnmanagedInterface', 'ERR_NOT_SUPPORTED'],
    ['org.freedesktop.DBus.Error.NoReply', 'ERR_SERVICE_LOST'],
    ['org.freedesktop.DBus.Error.Failed', 'ERR_ACTIVATION_FAILED'],
  ])('rejects what networkd answers with %s', async (answer, code) => {
    const bus = new FakeNetworkd()
    const { backend } = await openOn(bus)
    bus.answers.ReconfigureLink = () => fail(answer)
    await expect(backend.activate(B, call())).rejects.toMatchObject({ code })
    expect(shown(backend, B)).toMatchObject({ link: 'down', activation: null, ended: null })
  })

  it('ends with networkd, and is not forgotten (S14)', async () => {
    const bus = new FakeNetworkd()
    const { backend, clock } = await openOn(bus)
    const up = shown(backend, A)?.activation
    const activation = await backend.activate(B, call())
    bus.changeOwner(null)
    expect(backend.snapshot()).toMatchObject({ service: 'lost' })
    await expect(backend.activate(B, call())).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
    bus.changeOwner(':1.9')
    await settle()
    expect(backend.snapshot().service).toBe('ready')
    expect(shown(backend, A)?.activation).toBe(up)
    expect(shown(backend, B)).toMatchObject({ link: 'down', ended: { activation, reason: 'serviceLost' } })
    expect(clock.pending).toBe(0)
  })

  it('is never taken down, and a deactivation of what is over has no effect', async () => {
    const { backend } = await openOn(new FakeNetworkd())
    const { activation } = shown(backend, A) ?? {}
    await expect(backend.deactivate(A, activation ?? '', call())).rejects.toMatchObject({
      code: 'ERR_NOT_SUPPORTED',
    })
    await backend.deactivate(A, 'another', call())
    await expect(backend.deactivate('none', 'any', call())).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_CONFIGURATION',
    })
  })
})

describe('what is untrusted', () => {
  it('makes no invalid world, whatever networkd says of its links', async () => {
    const values = [
      null,
      -1,
      0,
      1.5,
      2 ** 40,
      '',
      '../..',
      '\0',
      '__proto__',
      'x'.repeat(5000),
      true,
      [],
      {},
      [[]],
      [{ Address: [1, 2, 3, 4] }],
    ]
    for (const member of Object.keys(captured()))
      for (const value of values) {
        const bus = new FakeNetworkd()
        const { backend } = await openOn(bus)
        bus.say(2, captured({ [member]: value }), { [member]: value, CarrierState: value })
        bus.say(3, value)
        await settle()
        expect(worldFaults(backend.snapshot())).toEqual([])
        await backend[Symbol.asyncDispose]()
      }
  })

  it('takes time in proportion to the links', async () => {
    const bus = new FakeNetworkd()
    for (let index = 10; index < 3010; index += 1)
      bus.links.set(index, captured({ Index: index, Name: `l${index}` }))
    const { backend } = await openOn(bus)
    expect(backend.snapshot().configurations).toHaveLength(3002)
    for (let index = 10; index < 3010; index += 1)
      bus.say(index, captured({ Index: index, Name: `l${index}`, MTU: 9000 }))
    await settle()
    expect(
      backend.snapshot().configurations.filter(({ interface: facts }) => facts?.mtu === 9000),
    ).toHaveLength(3000)
  })
})
