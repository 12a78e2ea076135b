import { hostManager } from '@roamkit/bridge'
import { allUplinks, NetworkConfigurationManager } from 'roamkit'
import { plugIn, unplug } from './cable.js'
import { network } from './network.js'

unplug()

/** For an example in a window: at the other end of its port is the process that has the manager. */
const manager = await NetworkConfigurationManager.open(network)
const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
const { port1, port2 } = new MessageChannel()
hostManager(manager, port1, {
  sessions: { uplink: session },
  allow: ['open', 'consult', 'migrate', 'ignore', 'accept', 'reject'],
})
export const port = port2

export async function finish(): Promise<void> {
  await session.open()
  await plugIn()
  await manager.close()
}
