import { VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, test } from 'vitest'
import { generic, type Interfaces } from '../src/index.js'
import { address } from './interfaces.js'

const CABLE: Interfaces = { eth0: [address('192.0.2.2/24')] }

/** An open session on a cable, and the events that it emits. */
async function openSession() {
  const clock = new VirtualClock()
  const machine = { interfaces: CABLE }
  const driver = generic({ interval: 1000, read: () => machine.interfaces })
  const manager = await NetworkConfigurationManager.open(driver, { clock, lossGrace: 5000 })
  const session = manager.createSession('generic:eth0')
  await session.open()
  const events: string[] = []
  session.on('stateChanged', (state) => events.push(state))
  session.on('error', (error) => events.push(`error ${error.code}`))
  session.on('closed', () => events.push('closed'))
  return { clock, machine, manager, session, events }
}

test('a session whose interface loses its address for a moment stays open and connects again (S12)', async () => {
  const { clock, machine, manager, session, events } = await openSession()
  machine.interfaces = {}
  await clock.advance(2000)
  expect([session.state, session.isOpen]).toEqual(['disconnected', true])
  machine.interfaces = CABLE
  await clock.advance(2000)
  expect([session.state, session.isOpen]).toEqual(['connected', true])
  expect(events).toEqual(['disconnected', 'connected'])
  await manager.close()
})

test('a session ends when its interface has no address for longer than lossGrace, and can be opened again (S12)', async () => {
  const { clock, machine, manager, session, events } = await openSession()
  machine.interfaces = {}
  await clock.advance(8000)
  expect(events).toEqual(['disconnected', 'error sessionAborted', 'closed'])
  expect([session.state, session.isOpen]).toEqual(['disconnected', false])
  await manager.close()
})
