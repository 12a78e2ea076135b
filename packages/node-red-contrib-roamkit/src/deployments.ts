import type { NetworkConfigurationManager } from 'roamkit'
import { managerNode } from './manager-node.js'
import type { NodeRed, RedNode } from './node-red.js'
import { errorText, shorten } from './text.js'

/** What a node does while it is deployed. */
export interface Work {
  /** Ends it, and leaves nothing behind. */
  end(): void | Promise<void>
}

/**
 * Starts a node's work as soon as its manager is open and the nodes that it sends to are there, and ends it when the node is closed. Rejects if
 * there is no manager, which the node's badge says, too, or if the node is closed before its work has started.
 */
export type WhileDeployed = <Kind extends Work>(
  node: RedNode,
  managerId: string,
  start: (manager: NetworkConfigurationManager) => Kind,
) => Promise<Kind>

/** The work of all nodes of one type. */
export function deployments(RED: NodeRed): WhileDeployed {
  const waiting: (() => void)[] = []
  // One listener for all nodes: Node warns of more than ten.
  RED.events.on('flows:started', () => {
    for (const proceed of waiting.splice(0)) proceed()
  })
  return (node, managerId, start) => {
    const opened = managerNode(RED, managerId)?.opened ?? Promise.reject(new Error('no manager'))
    const started = new Promise<void>((resolve) => waiting.push(resolve))
    const closing = new AbortController()
    // A close does not wait for a manager that opens slowly, or for a flow that never starts.
    const closed = new Promise<never>((_, reject) => {
      closing.signal.addEventListener('abort', () => reject(new Error('the node is closed')))
    })
    const work = Promise.race([closed, Promise.all([opened, started])]).then(([manager]) => start(manager))
    work.catch((error) => {
      if (!closing.signal.aborted)
        node.status({ fill: 'red', shape: 'ring', text: shorten(errorText(error)) })
    })
    node.on('close', (done) => {
      closing.abort()
      work
        .catch(() => null)
        .then((begun) => begun?.end())
        .then(
          () => done(),
          (error) => done(errorText(error)),
        )
    })
    return work
  }
}
