import { NetworkConfigurationManager } from 'roamkit'
import { network } from './network.js'

/** For an example that opens and closes. */
export const manager = await NetworkConfigurationManager.open(network)
export const session = manager.createSession('desk')

export async function finish(): Promise<void> {
  await manager.close()
}
