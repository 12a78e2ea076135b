import type { NetworkConfiguration, NetworkConfigurationManager } from 'roamkit'
import { deployments } from './deployments.js'
import { findConfiguration } from './find-configuration.js'
import type { Badge, NodeRed, RedNode } from './node-red.js'
import { shortName } from './text.js'

interface StatusConfig {
  readonly manager: string
  /** Name or identifier of a configuration to watch; empty for none. */
  readonly configuration?: string
}

/** Registers the node that sends what the network is like: once when it is deployed, then on each change. */
export function registerStatus(RED: NodeRed): void {
  const whileDeployed = deployments(RED)
  RED.nodes.registerType<RedNode, StatusConfig>('roamkit-status', function (config) {
    RED.nodes.createNode(this, config)
    const { configuration: wanted = '' } = config
    whileDeployed(this, config.manager, (manager) => {
      let told = ''
      const look = () => {
        const status = statusOf(manager, wanted)
        const now = whatMatters(status)
        if (now === told) return
        told = now
        this.status(badgeOf(status, wanted))
        // A copy: configurations are frozen, and other nodes may write into a message.
        this.send([{ topic: 'status', payload: structuredClone(status) }])
      }
      const undo = manager.subscribe(look)
      look()
      return { end: undo }
    })
  })
}

/** The payload of a message. */
interface Status {
  readonly isOnline: boolean
  readonly reachability: string
  readonly isBehindCaptivePortal: boolean | null
  readonly isMetered: boolean | null
  readonly transportMedium: string
  readonly defaultConfiguration: NetworkConfiguration | null
  /** The chosen one; `null` if none is chosen or it does not exist. */
  readonly configuration: NetworkConfiguration | null
}

function statusOf(manager: NetworkConfigurationManager, wanted: string): Status {
  const { isOnline, reachability, isBehindCaptivePortal, isMetered, transportMedium, defaultConfiguration } =
    manager.getSnapshot()
  const configuration = wanted === '' ? null : findConfiguration(manager, wanted)
  return {
    ...{ isOnline, reachability, isBehindCaptivePortal, isMetered, transportMedium },
    ...{ defaultConfiguration, configuration },
  }
}

/** What a message is sent for; the strength of a signal, for example, is not in it. */
function whatMatters({ defaultConfiguration, configuration, ...overview }: Status): string {
  const facts = [defaultConfiguration, configuration].map(
    (one) => one && [one.identifier, one.name, one.state],
  )
  return JSON.stringify([overview, facts])
}

function badgeOf(status: Status, wanted: string): Badge {
  if (wanted !== '') {
    const { name = wanted, state = 'undefined' } = status.configuration ?? {}
    const isActive = state === 'active'
    return { ...(isActive ? UP : DOWN), text: `${shortName(name)}: ${state}` }
  }
  if (!status.isOnline) return { ...DOWN, text: 'offline' }
  const word = status.isBehindCaptivePortal ? 'login page' : 'online'
  const name = shortName(status.defaultConfiguration?.name ?? '')
  return { ...(status.isBehindCaptivePortal ? HALF : UP), text: name === '' ? word : `${word}: ${name}` }
}

const UP: Badge = { fill: 'green', shape: 'dot' }
const HALF: Badge = { fill: 'yellow', shape: 'dot' }
const DOWN: Badge = { fill: 'red', shape: 'ring' }
