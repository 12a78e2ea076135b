import { VirtualClock } from '@roamkit/backend-mock'
import helper from 'node-red-node-test-helper'
import { NetworkConfigurationManager } from 'roamkit'
import { describe, expect, it } from 'vitest'
import { scriptedMachine } from '../src/scripted-machine.js'
import { runFlow } from './lab.js'

const status = { type: 'roamkit-status', configuration: '' }

describe('the manager node', () => {
  it('reports why the network service cannot be used, and so do the nodes that need it', async () => {
    const open = () => Promise.reject(new Error('no bus at \u001b[2J'))
    const lab = await runFlow([status], { open })
    expect(lab.complaints()).toEqual(['no bus at \\u{1b}[2J'])
    expect(lab.badge()).toMatchObject({ fill: 'red', shape: 'ring', text: 'no bus at \\u{1b}[2J' })
  })

  it('stops opening when it is closed, without an error', async () => {
    const signals: AbortSignal[] = []
    const lab = await runFlow([status], {
      open: (_, signal) => {
        signals.push(signal)
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        )
      },
    })
    await lab.stop()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(lab.complaints()).toEqual([])
  })

  it('gives the editor the configurations, with names that are safe to show', async () => {
    await runFlow([status], {
      configurations: [
        { id: 'a', name: 'Café\u202e', link: 'up' },
        { id: 'b', name: '<b>', inRange: false },
      ],
    })
    const { status: code, body } = await helper.request().get('/roamkit/machine/configurations')
    expect(code).toBe(200)
    expect(body).toEqual([
      { value: 'a', text: 'Café\\u{202e} (active)' },
      { value: 'b', text: '<b> (defined)' },
    ])
  })

  it.each(['tested', 'none', '__proto__'])(
    'gives the editor nothing for %s, which is no manager',
    async (id) => {
      await runFlow([status])
      const { body } = await helper.request().get(`/roamkit/${id}/configurations`)
      expect(body).toEqual([])
    },
  )
})

describe('the scripted machine', () => {
  it('has a cable that is pulled for ten seconds of every minute, and leaves nothing behind', async () => {
    const clock = new VirtualClock()
    const manager = await NetworkConfigurationManager.open(scriptedMachine(), { clock })
    expect(manager.allConfigurations().map(({ name }) => name)).toEqual(['Café', 'Desk', 'Phone'])
    const changes: [number, boolean][] = []
    manager.on('onlineStateChanged', (isOnline) => changes.push([clock.now() / 1000, isOnline]))
    await clock.advance(120_000)
    expect(changes).toEqual([
      [50, false],
      [60, true],
      [110, false],
      [120, true],
    ])
    await manager.close()
    expect(clock.pending).toBe(0)
  })

  it('goes on when a session has left the cable', async () => {
    const clock = new VirtualClock()
    const manager = await NetworkConfigurationManager.open(scriptedMachine(), { clock })
    const session = manager.createSession('mock-desk')
    await session.open({ lastClose: 'down' })
    const closed = session.close()
    await clock.advance(200_000)
    await closed
    expect(session.state).toBe('disconnected')
    await manager.close()
  })
})
