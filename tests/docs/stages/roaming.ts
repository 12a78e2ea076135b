import { NetworkConfigurationManager } from 'roamkit'
import { plugIn, unplug } from './cable.js'
import { network } from './network.js'

unplug()

/** For an example that has a manager, and opens a session on all uplinks. */
export const manager = await NetworkConfigurationManager.open(network)

export async function finish(): Promise<void> {
  await plugIn()
  await manager.close()
}
