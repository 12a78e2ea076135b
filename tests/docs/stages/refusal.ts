import { NetworkConfigurationManager } from 'roamkit'
import { network } from './network.js'

network.world.add({ id: 'far', name: 'Far away', bearer: 'wlan', inRange: false, activate: 'no' })

/** For an example that asks why something cannot be opened. */
export const manager = await NetworkConfigurationManager.open(network)

export function finish(): Promise<void> {
  return manager.close()
}
