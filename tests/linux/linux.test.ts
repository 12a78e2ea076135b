import { linux } from '@roamkit/backend-linux'
import { type NetworkConfiguration, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { carrier, nm } from '@roamkit/lab-linux'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { calm, nmcli, PROFILE, until } from './host.js'

beforeEach(calm)
afterEach(async () => {
  await nm.start().catch(() => undefined)
  await calm()
})

/** A manager on whatever runs, that another backend takes over from after a second; and the names of those that did. */
async function openManager() {
  const manager = await NetworkConfigurationManager.open(linux({ departureTimeout: 1000 }))
  onTestFinished(() => manager.close())
  const backends = [manager.backend.name]
  manager.on('backendChanged', ({ name }) => backends.push(name))
  return { manager, backends }
}

/** What a session tells from now on. */
function listen(session: NetworkSession): string[] {
  const told: string[] = []
  session.on('stateChanged', (state) => told.push(state))
  session.on('closed', () => told.push('closed'))
  session.on('error', ({ reason }) => told.push(`error ${reason}`))
  return told
}

const onDevice = (manager: NetworkConfigurationManager, device: string): NetworkConfiguration | undefined =>
  manager.allConfigurations().find((one) => one.identifier === `kernel:${device}`)

it('a session outlives a NetworkManager that is stopped for good, and the one that is started then', async () => {
  const { manager, backends } = await openManager()
  const session = manager.createSession(PROFILE.a)
  await session.open()
  const told = listen(session)
  await nm.stop()
  await until(() => expect(backends).toEqual(['networkmanager', 'kernel']))
  expect(manager.backend.passedOver.map(({ name, error }) => `${name}: ${error.message}`)).toEqual([
    'networkmanager: NetworkManager is not running',
    'connman: ConnMan is not running',
    'networkd: systemd-networkd is not running',
  ])
  expect([session.state, session.interface?.name, told]).toEqual(['connected', 'eth-a', []])
  expect(manager.isOnline).toBe(true)
  await nm.start()
  await until(() => expect(backends).toEqual(['networkmanager', 'kernel', 'networkmanager']))
  expect([session.state, session.isOpen, told]).toEqual(['connected', true, []])
  await carrier('a', 'down')
  await until(() => expect(session.isOpen).toBe(false))
  expect(told).toContain('error lost')
})

it('a loss is seen under the kernel, too', async () => {
  const { manager, backends } = await openManager()
  const session = manager.createSession(PROFILE.a)
  await session.open()
  const told = listen(session)
  await nm.stop()
  await until(() => expect(backends).toEqual(['networkmanager', 'kernel']))
  await carrier('a', 'down')
  await until(() => expect(told).toContain('closed'))
  expect(told).toContain('error lost')
})

it('a machine that boots before its network has the kernel first, and then NetworkManager', async () => {
  await nm.stop()
  const { manager, backends } = await openManager()
  expect(backends).toEqual(['kernel'])
  const eth = onDevice(manager, 'eth-a')
  expect(eth?.state).toBe('active')
  const session = manager.createSession('kernel:eth-a')
  await session.open()
  const told = listen(session)
  // An application knows its profile beforehand.
  const known = manager.createSession(PROFILE.a)
  expect(known.state).toBe('invalid')
  await nm.start()
  await until(() => expect(backends).toEqual(['kernel', 'networkmanager']))
  await until(() => expect(known.state).toBe('connected'))
  await known.open()
  expect([session.state, told]).toEqual(['connected', []])
  expect(onDevice(manager, 'eth-a')?.state).toBe('active')
})

it('a NetworkManager that manages no device is passed over, until it manages one', async () => {
  for (const device of ['eth-a', 'eth-b', 'eth-c']) await nmcli('device', 'set', device, 'managed', 'no')
  const { manager, backends } = await openManager()
  expect(backends).toEqual(['kernel'])
  expect(manager.backend.passedOver.map(({ error }) => error.message)).toEqual([
    'NetworkManager manages no device',
    'ConnMan is not running',
    'systemd-networkd is not running',
  ])
  for (const device of ['eth-a', 'eth-b', 'eth-c']) await nmcli('device', 'set', device, 'managed', 'yes')
  await until(() => expect(backends).toEqual(['kernel', 'networkmanager']))
})

it('a NetworkManager whose networking is switched off, as in sleep, is not passed over, and sessions wait', async () => {
  const { manager, backends } = await openManager()
  const session = manager.createSession(PROFILE.a)
  await session.open()
  await nmcli('networking', 'off')
  await until(() => expect(session.state).not.toBe('connected'))
  await nmcli('networking', 'on')
  await until(() => expect(manager.configurationFromIdentifier(PROFILE.a).is('discovered')).toBe(true))
  expect(backends).toEqual(['networkmanager'])
})
