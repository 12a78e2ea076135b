import type { EventEmitter } from 'node:events'
import { type MockConfiguration, type MockDriver, mock, VirtualClock } from '@roamkit/backend-mock'
import helper from 'node-red-node-test-helper'
import { NetworkConfigurationManager } from 'roamkit'
import { expect, onTestFinished } from 'vitest'
import { registerManager, registerSession, registerStatus } from '../src/index.js'
import type { OpenManager } from '../src/manager-node.js'
import type { Badge, Message, NodeRed, RedNode } from '../src/node-red.js'

/** A node of a flow; its manager is `machine`. */
export type Tested = { readonly type: string } & Readonly<Record<string, unknown>>

/** A message as it arrives at the end of a flow. */
export interface Arrived {
  readonly topic: string
  // biome-ignore lint/suspicious/noExplicitAny: each test expects what is in it
  readonly payload: any
}

/** A flow that runs in a real Node-RED, on a scripted machine in virtual time. */
export interface Lab {
  readonly clock: VirtualClock
  readonly world: MockDriver['world']
  /** What arrived from an output of the node `tested`, since the last look. */
  take(output?: 0 | 1): Arrived[]
  /** The badge that a node shows. */
  badge(id?: string): Badge | undefined
  /** What nodes have logged as warnings and errors, since the last look. */
  complaints(): string[]
  /** Hands the node `tested` a message. */
  send(message: object): Promise<void>
  /** Lets virtual time pass. */
  advance(ms: number): Promise<void>
  /** Deploys the flow with other nodes in the place of the tested ones. What has not changed goes on. */
  deploy(...tested: readonly Tested[]): Promise<void>
  /** Stops Node-RED, and expects that nothing is left behind. The end of the test does so, too. */
  stop(): Promise<void>
}

/** `desk` is up and has the default route, the others are down. */
const THREE: readonly MockConfiguration[] = [
  { id: 'desk', name: 'Desk', link: 'up', metered: { value: false, sure: true } },
  { id: 'cafe', name: 'Café', bearer: 'wlan', signal: 70 },
  { id: 'phone', name: 'Phone', bearer: 'lte', metered: { value: true, sure: true } },
]

/** Node-RED's levels of what it logs. */
const WARNING = 30

let machines = 0

interface FlowOptions {
  readonly configurations?: readonly MockConfiguration[]
  /** Opens the manager, instead of the scripted machine. */
  readonly open?: OpenManager
  /** Modules of other types of nodes in the flow. */
  readonly types?: readonly unknown[]
}

/** Runs a flow. The first node has the id `tested`, the next `tested2`. */
export async function runFlow(
  nodes: readonly Tested[],
  { configurations = THREE, open, types: others = [] }: FlowOptions = {},
): Promise<Lab> {
  const clock = new VirtualClock()
  machines += 1
  const driver = mock({ scope: `node-red-${machines}`, configurations })
  const openMock: OpenManager = (_backend, signal) =>
    NetworkConfigurationManager.open(driver, { clock, signal, reopenJitter: 0 })
  const badges = new Map<string, Badge>()
  const arrived: readonly [Arrived[], Arrived[]] = [[], []]
  const types = [
    (RED: NodeRed) => registerManager(RED, open ?? openMock),
    registerStatus,
    registerSession,
    ...others,
    (RED: NodeRed & { events: EventEmitter }) => {
      RED.events.setMaxListeners(0) // each test registers all types
      registerCollector(RED, (output, message) => arrived[output].push(message as Arrived))
      RED.events.on('node-status', ({ id, status = {} }: { id: string; status?: Badge }) =>
        badges.set(id, status),
      )
    },
  ]

  const advance = async (ms: number) => {
    await settle()
    await clock.advance(ms)
    await settle()
  }
  /** Lets time pass until a promise has settled. */
  const finish = async (promise: Promise<unknown>) => {
    let isSettled = false
    const settled = () => {
      isSettled = true
    }
    promise.then(settled, settled)
    for (let round = 0; round < 100 && !isSettled; round += 1) await advance(20)
    await promise
  }
  let isStopped = false
  let logged = 0
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await finish(helper.unload())
    expect(driver.world.open).toBe(0)
    expect(clock.pending).toBe(0)
  }
  onTestFinished(stop)
  await helper.load(types, flowOf(nodes))
  await settle()
  return {
    clock,
    world: driver.world,
    take: (output = 0) => arrived[output].splice(0),
    badge: (id = 'tested') => badges.get(id),
    complaints() {
      const all = helper.log().args.slice(logged)
      logged += all.length
      return all
        .filter(([{ level, id }]) => id !== undefined && level <= WARNING)
        .map(([{ msg }]) => String(msg))
    },
    async send(message) {
      helper.getNode('tested').receive(message)
      await settle()
    },
    advance,
    deploy: (...tested) => finish(helper.setFlows(flowOf(tested), 'nodes')),
    stop,
  }
}

/** Node-RED hands messages on in turns of their own. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A node without a place is a configuration node. */
const PLACE = { z: 'tab', x: 0, y: 0 }

function flowOf(nodes: readonly Tested[]): object[] {
  const tested = nodes.map((node, index) => ({
    id: index === 0 ? 'tested' : `tested${index + 1}`,
    manager: 'machine',
    wires: [['first'], ['second']],
    ...PLACE,
    ...node,
  }))
  return [
    { id: 'tab', type: 'tab' },
    { id: 'machine', type: 'roamkit-manager', backend: 'mock' },
    { id: 'first', type: 'collector', output: 0, wires: [], ...PLACE },
    { id: 'second', type: 'collector', output: 1, wires: [], ...PLACE },
    ...tested,
  ]
}

/** A type of node that hands on what arrives there. */
function registerCollector(RED: NodeRed, collect: (output: 0 | 1, message: Message) => void): void {
  RED.nodes.registerType<RedNode, { output: 0 | 1 }>('collector', function (config) {
    RED.nodes.createNode(this, config)
    this.on('input', (message, _send, done) => {
      collect(config.output, message)
      done()
    })
  })
}
