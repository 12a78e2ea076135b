import { escapeText, NetworkConfigurationManager, platform } from 'roamkit'
import type { Handler, NodeRed, RedNode } from './node-red.js'
import { scriptedMachine } from './scripted-machine.js'
import { errorText } from './text.js'

interface ManagerConfig {
  readonly backend: 'machine' | 'mock'
}

/** The configuration node that others refer to: one manager, from when it is deployed until it is closed. */
export interface ManagerNode extends RedNode {
  /** Rejects if the manager cannot be opened, or if the node is closed before. */
  opened: Promise<NetworkConfigurationManager>
}

/** Opens the manager of a node. `signal` aborts when the node is closed. */
export type OpenManager = (
  backend: ManagerConfig['backend'],
  signal: AbortSignal,
) => Promise<NetworkConfigurationManager>

const openManager: OpenManager = (backend, signal) =>
  NetworkConfigurationManager.open(backend === 'mock' ? scriptedMachine() : platform(), { signal })

/** Registers the configuration node, and the list of configurations that the editor suggests. */
export function registerManager(RED: NodeRed, open: OpenManager = openManager): void {
  RED.nodes.registerType<ManagerNode, ManagerConfig>('roamkit-manager', function (config) {
    RED.nodes.createNode(this, config)
    const closing = new AbortController()
    this.opened = open(config.backend, closing.signal)
    this.opened.catch((error) => {
      if (!closing.signal.aborted) this.error(errorText(error))
    })
    this.on('close', (done) => {
      closing.abort()
      const closed = this.opened.then((manager) => manager.close())
      closed.catch(() => {}).then(() => done())
    })
  })

  const list: Handler = ({ params: { id = '' } }, response) => {
    const opened = managerNode(RED, id)?.opened ?? Promise.reject(new Error('not deployed'))
    opened.then(suggestions, () => []).then((all) => response.json(all))
  }
  RED.httpAdmin.get('/roamkit/:id/configurations', RED.auth.needsPermission('roamkit.read'), list)
}

/** The deployed configuration node with that id; `null` if there is none. */
export function managerNode(RED: NodeRed, id: string): ManagerNode | null {
  const node = RED.nodes.getNode(id)
  return node !== null && node !== undefined && 'opened' in node ? (node as ManagerNode) : null
}

/** The configurations as the editor shows them: a value, and a text that is safe to show. */
function suggestions(manager: NetworkConfigurationManager) {
  return manager.allConfigurations().map(({ identifier, name, state }) => ({
    value: identifier,
    text: `${escapeText(name)} (${state})`,
  }))
}
