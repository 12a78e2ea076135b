import { describe, expect, it } from 'vitest'
import { BusError } from '../../src/bus/bus-port.js'
import { connmanOver } from '../../src/connman/connman.js'
import { connmanError, translateErrors } from '../../src/connman/failure.js'
import { ManualClock, settle } from '../manual-clock.js'
import { FakeConnman } from './fake-connman.js'
import { FakeService } from './fake-service.js'
import { call, open } from './host.js'

const A = 'ethernet_020000000001_cable'
const B = 'ethernet_020000000101_cable'

it.each([
  ['net.connman.Error.PermissionDenied', 'ERR_DENIED'],
  ['org.freedesktop.DBus.Error.AccessDenied', 'ERR_DENIED'],
  ['net.connman.Error.NotSupported', 'ERR_NOT_SUPPORTED'],
  ['net.connman.Error.OperationTimeout', 'ERR_TIMED_OUT'],
  ['net.connman.Error.InvalidArguments', 'ERR_ACTIVATION_FAILED'],
  ['net.connman.Error.NoCarrier', 'ERR_ACTIVATION_FAILED'],
  ['org.freedesktop.DBus.Error.ServiceUnknown', 'ERR_SERVICE_LOST'],
])('the error %s has the code %s (E1)', async (answer, code) => {
  const error = new BusError('ERR_BUS_ANSWER', 'x', { answer })
  const { signal } = new AbortController()
  const command = translateErrors({ signal }, 'cannot activate "x"', 'ERR_ACTIVATION_FAILED', () =>
    Promise.reject(error),
  )
  await expect(command).rejects.toMatchObject({ code, cause: error })
})

it('an error of another service is none of ConnMan', () => {
  expect(connmanError(new BusError('ERR_BUS_ANSWER', 'x', { answer: 'org.example.Error.Failed' }))).toBeNull()
  expect(connmanError(new Error('net.connman.Error.Failed'))).toBeNull()
})

describe('a network that this program opened', () => {
  const setUp = async () => {
    const connman = FakeConnman.typical()
    const cafe = FakeService.network(connman, 'cafe')
    connman.list(cafe, { isAnnounced: false })
    const bench = await open(connman, { visibleNetworks: true })
    const removals = () => connman.calls.filter(({ member }) => member === 'Remove').length
    return { ...bench, connman, cafe, removals }
  }

  it('is not saved, and ConnMan forgets it when its link goes down (N2)', async () => {
    const { backend, activate, shown, cafe, removals } = await setUp()
    const activation = await activate(cafe.id)
    expect(shown(cafe.id)).toMatchObject({ link: 'up', saved: false, save: 'yes', forget: 'no' })
    await backend.deactivate(cafe.id, activation, call())
    await settle()
    expect([removals(), cafe.properties.Favorite]).toEqual([1, false])
    expect(shown(cafe.id)).toMatchObject({ link: 'down', saved: false, ended: { reason: 'requested' } })
  })

  it('stays with ConnMan once it is saved, and is forgotten on request (N6, N7)', async () => {
    const { backend, activate, shown, cafe, removals } = await setUp()
    const activation = await activate(cafe.id)
    await backend.save?.(cafe.id, call())
    expect(shown(cafe.id)).toMatchObject({ saved: true, forget: 'yes' })
    await backend.deactivate(cafe.id, activation, call())
    await settle()
    expect([removals(), shown(cafe.id).saved]).toEqual([0, true])
    await backend.forget?.(cafe.id, call())
    expect([removals(), shown(cafe.id).saved]).toEqual([1, false])
    await backend.forget?.(cafe.id, call())
    expect(removals()).toBe(1)
  })

  it('stays listed while it is out of sight, and one that was not opened does not (N1)', async () => {
    const { backend, connman, activate, shown, cafe } = await setUp()
    const other = FakeService.network(connman, 'bar')
    connman.list(other)
    await activate(cafe.id)
    connman.unlist(cafe)
    connman.unlist(other)
    expect(shown(cafe.id)).toMatchObject({ inRange: false, link: 'down' })
    expect(backend.snapshot().configurations.map(({ id }) => id)).not.toContain(other.id)
  })

  it('while another program connects to it stays with ConnMan, as that program wants', async () => {
    const { activate, shown, cafe, removals } = await setUp()
    cafe.next.push('hang')
    const connecting = cafe.connect().catch(() => undefined)
    const activation = await activate(cafe.id)
    expect(shown(cafe.id)).toMatchObject({ link: 'activating', activation })
    cafe.become('ready')
    expect(shown(cafe.id)).toMatchObject({ link: 'up', activation, saved: true })
    cafe.disconnect()
    await connecting
    await settle()
    expect([removals(), shown(cafe.id).ended?.activation]).toEqual([0, activation])
  })

  it('cannot be saved before it is connected, because ConnMan stores it only then', async () => {
    const { backend, cafe } = await setUp()
    await expect(backend.save?.(cafe.id, call())).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })
})

it('an enterprise network without settings cannot be opened, and the message says what is missing (N2)', async () => {
  const connman = FakeConnman.typical()
  const id = 'wifi_0200000000aa_6f6666696365_managed_ieee8021x'
  const properties = {
    Type: 'wifi',
    Name: 'office',
    Security: ['ieee8021x'],
    Ethernet: { Interface: 'wlan0' },
  }
  connman.list(new FakeService(connman, id, '10.0.0.1', properties), { isAnnounced: false })
  const { activate } = await open(connman, { visibleNetworks: true })
  await expect(activate(id)).rejects.toMatchObject({
    code: 'ERR_NOT_SUPPORTED',
    message: expect.stringContaining('user name'),
  })
  expect(connman.calls.map(({ member }) => member)).not.toContain('Connect')
})

it('a network whose device another one has to leave first is connected to as soon as it has', async () => {
  const connman = FakeConnman.typical()
  const [home, work] = [...connman.services.values()].filter(({ properties }) => properties.Type === 'wifi')
  if (!home || !work) throw new Error('no such networks')
  const { activate, shown } = await open(connman)
  await activate(home.id)
  // ConnMan begins to disconnect the one, and answers so for the other.
  work.refusals.set('Connect', 'OperationTimeout')
  const activating = activate(work.id)
  await settle()
  expect(shown(work.id).link).toBe('down')
  home.disconnect()
  await activating
  expect([shown(home.id).ended?.reason, shown(work.id).link]).toEqual(['deviceTaken', 'up'])
})

it('a service that went out of range in the meantime is refused in words', async () => {
  const connman = FakeConnman.typical()
  const { activate } = await open(connman)
  connman.unlist(connman.service(B))
  await expect(activate(B)).rejects.toMatchObject({
    code: 'ERR_ACTIVATION_FAILED',
    message: 'cannot activate "Wired (eth-b)": it is out of range',
  })
})

it('all backends of a driver share one connection, which the last one closes', async () => {
  const connman = FakeConnman.typical()
  const driver = connmanOver(connman.connect, { sys: '/nowhere' })
  const host = () => ({ clock: new ManualClock(), changed: () => undefined, log: () => undefined })
  const first = await driver.open(host(), call())
  const second = await driver.open(host(), call())
  expect([connman.open, first.snapshot() === second.snapshot()]).toEqual([1, true])
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  expect(connman.open).toBe(1)
  await second.activate(B, { ...call(), secret: null })
  await second[Symbol.asyncDispose]()
  expect(connman.open).toBe(0)
  expect(first.snapshot().configurations.find(({ id }) => id === A)?.link).toBe('up')
})

it('an activation that a disposed backend waits for goes on, and the wait ends (M7)', async () => {
  const connman = FakeConnman.typical()
  const driver = connmanOver(connman.connect, { sys: '/nowhere' })
  const host = () => ({ clock: new ManualClock(), changed: () => undefined, log: () => undefined })
  const [first, second] = [await driver.open(host(), call()), await driver.open(host(), call())]
  connman.pause()
  const waiting = expect(first.activate(B, { ...call(), secret: null })).rejects.toMatchObject({
    code: 'ERR_CLOSED',
  })
  await first[Symbol.asyncDispose]()
  await waiting
  connman.resume()
  await settle()
  expect(second.snapshot().configurations.find(({ id }) => id === B)?.link).toBe('up')
  await second[Symbol.asyncDispose]()
})
