import { allUplinks, NetworkConfigurationManager } from 'roamkit'
import { plugIn, unplug } from './cable.js'
import { network } from './network.js'

unplug()

/** For an example that is given a session on all uplinks, and listens to it. */
export const manager = await NetworkConfigurationManager.open(network)
export const session = manager.createSession(manager.defineServiceNetwork(allUplinks))

export async function finish(): Promise<void> {
  await session.open()
  await plugIn()
  await manager.close()
}
