import { NetworkConfigurationManager } from 'roamkit'
import { network } from './network.js'
import { until } from './until.js'

/** For an example that listens to a session: its cable is out for a moment, and then for good. */
const manager = await NetworkConfigurationManager.open(network, { lossGrace: 50 })
export const session = manager.createSession('desk')

export async function finish(): Promise<void> {
  await session.open()
  network.world.carrier('desk', false)
  await until('the loss is told', () => session.state !== 'connected')
  network.world.carrier('desk', true)
  await until('the link is back', () => session.state === 'connected')
  network.world.carrier('desk', false)
  await until('the session ends', () => !session.isOpen)
  await manager.close()
}
