import { NetworkConfigurationManager } from 'roamkit'
import { network } from './network.js'
import { until } from './until.js'

/** For an example that keeps a session open: its cable is out for longer than the session waits, and comes back. */
const manager = await NetworkConfigurationManager.open(network, { lossGrace: 20, reopenJitter: 0 })
export const session = manager.createSession('desk')

export async function finish(): Promise<void> {
  network.world.carrier('desk', false)
  await until('the session ends', () => !session.isOpen)
  network.world.set('desk', { carrier: true })
  await until('the session is open again', () => session.isOpen)
  await manager.close()
}
