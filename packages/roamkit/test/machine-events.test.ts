import { type MockConfiguration, mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import type { BackendHost, Call, Driver } from '@roamkit/core/contract'
import { expect, onTestFinished, test } from 'vitest'
import { eventLine } from '../src/cli/reports/event-line.js'
import { type MachineEvent, watchMachine } from '../src/cli/reports/machine-events.js'
import { PLAIN } from '../src/cli/terminal/paint.js'

async function watched(...configurations: readonly MockConfiguration[]) {
  const clock = new VirtualClock()
  const driver = mock({ configurations })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  onTestFinished(() => manager.close())
  const events: MachineEvent[] = []
  const watch = watchMachine(manager, (event) => events.push(event))
  /** What was told since the last time, in short; core reads the world once the script is through. */
  const told = async () => {
    await clock.flush()
    return events.splice(0).map(({ event, identifier, state }) => `${event} ${identifier} ${state}`)
  }
  return { world: driver.world, clock, events, told, watch }
}

test('what there is comes first, in full', async () => {
  const { events } = await watched({ id: 'a', link: 'up' }, { id: 'b', bearer: 'wlan', signal: 40 })
  expect(events).toMatchObject([
    { event: 'configuration', identifier: 'a', name: 'a', state: 'active', bearerType: 'ethernet' },
    { event: 'configuration', identifier: 'b', state: 'discovered', signal: 40, children: [] },
  ])
  expect(new Date(events[0]?.time ?? '').toISOString()).toBe(events[0]?.time)
})

test('a lost carrier is reported immediately', async () => {
  const { world, told } = await watched({ id: 'a', link: 'up', connectivity: 'full' })
  await told()
  world.carrier('a', false)
  expect(await told()).toEqual([
    'configurationChanged a defined',
    'defaultConfigurationChanged null null',
    'onlineStateChanged null offline',
    'reachabilityChanged null disconnected',
    'captivePortalChanged null unknown',
    'transportMediumChanged null unknown',
    'stateChanged a notAvailable',
  ])
})

test('a change names the facts that are not what they were', async () => {
  const { world, clock, events, told } = await watched({ id: 'a', link: 'up' })
  await told()
  world.set('a', { connectivity: 'portal', metered: { value: true, sure: false } })
  await clock.flush()
  expect(events[0]).toMatchObject({ event: 'configurationChanged', changed: ['metered', 'connectivity'] })
})

test('a configuration that comes, goes and comes again is watched each time', async () => {
  const { world, clock, told } = await watched()
  for (const time of ['first', 'second']) {
    world.add({ id: 'a', uplink: false })
    await clock.flush()
    world.up('a')
    await clock.flush()
    world.remove('a')
    const lines = (await told()).filter((line) => / a /.test(line) && !line.startsWith('default'))
    expect(lines, time).toEqual([
      'configurationAdded a discovered',
      'configurationChanged a active',
      'stateChanged a connected',
      'configurationRemoved a undefined',
      'stateChanged a invalid',
    ])
  }
})

test('a service that goes away and comes back is reported', async () => {
  const { world, clock, told } = await watched({ id: 'a' })
  await told()
  world.loseService()
  await clock.flush()
  world.restoreService()
  expect(await told()).toEqual([
    'capabilitiesChanged null dataStatistics',
    'serviceChanged null lost',
    'capabilitiesChanged null canStartAndStopInterfaces applicationLevelRoaming forcedRoaming dataStatistics',
    'serviceChanged null ready',
  ])
})

test('a backend that takes over is reported', async () => {
  const clock = new VirtualClock()
  const driver = mock({ configurations: [{ id: 'a' }] })
  const hosts: BackendHost[] = []
  const follower: Driver = {
    contract: 1,
    name: 'follower',
    open: (given: BackendHost, call: Call) => {
      hosts.push(given)
      return driver.open(given, call)
    },
  }
  const manager = await NetworkConfigurationManager.open(follower, { clock })
  onTestFinished(() => manager.close())
  const events: MachineEvent[] = []
  const watch = watchMachine(manager, (event) => events.push(event))
  onTestFinished(() => watch[Symbol.dispose]())
  events.length = 0
  hosts[0]?.picked?.({ name: 'kernel', passedOver: [] })
  await clock.flush()
  expect(events).toMatchObject([{ event: 'backendChanged', identifier: null, state: 'kernel' }])
})

test('nothing is reported after its disposal', async () => {
  const { world, clock, events, watch } = await watched({ id: 'a' })
  const before = events.length
  watch[Symbol.dispose]()
  world.up('a')
  world.add({ id: 'b' })
  await clock.flush()
  expect(events).toHaveLength(before)
})

test('a line for people is escaped', () => {
  const event: MachineEvent = {
    time: '2026-01-01T00:00:00.000Z',
    event: 'stateChanged',
    identifier: 'x',
    name: 'a\u001b[2J\n',
    state: 'connected',
  }
  expect(eventLine(event, PLAIN)).toMatch(
    /^\d\d:\d\d:00\.000 {2}stateChanged {17}a\\u\{1b\}\[2J\\u\{a\} {2}connected$/,
  )
})

test('it knows the state of each session, also before it changes', async () => {
  const { world, clock, watch } = await watched({ id: 'a', link: 'up' }, { id: 'b', bearer: 'wlan' })
  expect(['a', 'b', 'c'].map((id) => watch.stateOf(id))).toEqual(['connected', 'disconnected', null])
  world.remove('b')
  await clock.flush()
  expect(watch.stateOf('b')).toBeNull()
})
