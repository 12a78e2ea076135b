import { EventEmitter } from 'node:events'
import { mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from 'roamkit'
import { expect, it, vi } from 'vitest'
import { deployments } from '../src/deployments.js'
import type { NodeRed, RedNode } from '../src/node-red.js'

/** A stand-in for Node-RED at the moments that a real one passes too quickly: a flow that has not started. */
function starting(opened: Promise<NetworkConfigurationManager>) {
  const events = new EventEmitter()
  const node = Object.assign(new EventEmitter(), { status: vi.fn() })
  const RED = { events, nodes: { getNode: () => ({ opened }) } } as unknown as NodeRed
  const start = vi.fn(() => ({ end: () => {} }))
  const work = deployments(RED)(node as unknown as RedNode, 'manager', start)
  const close = () => new Promise((resolve) => node.emit('close', resolve))
  return { events, node, start, work, close }
}

it.each(['its flow has not started', 'its manager is still opening'])(
  'a node that is closed while %s closes at once, and never begins',
  async (when) => {
    const isFlow = when === 'its flow has not started'
    const manager = await NetworkConfigurationManager.open(mock())
    const { promise, resolve } = deferred<NetworkConfigurationManager>()
    const { events, node, start, work, close } = starting(isFlow ? Promise.resolve(manager) : promise)
    if (!isFlow) events.emit('flows:started')
    const begun = expect(work).rejects.toThrow('the node is closed')
    expect(await close()).toBeUndefined()
    events.emit('flows:started')
    resolve(manager)
    await begun
    expect(start).not.toHaveBeenCalled()
    expect(node.status).not.toHaveBeenCalled()
    await manager.close()
  },
)

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
