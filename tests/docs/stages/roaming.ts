import { NetworkConfigurationManager } from 'roamkit'
import { plugIn, unplug } from './cable.js'
import { network } from './network.js'

unplug()

/** For an example that has a manager, and opens a session on all uplinks: one, which leaves the metered telephone alone. */
export const manager = await NetworkConfigurationManager.open(network)

let sessions = 0
const create = manager.createSession.bind(manager)
manager.createSession = (configuration) => {
  sessions += 1
  return create(configuration)
}

export async function finish(): Promise<void> {
  await plugIn()
  await manager.close()
  if (sessions > 1) throw new Error(`the example opens ${sessions} sessions`)
  const { calls } = network.world
  if (JSON.stringify(calls).includes('phone')) throw new Error('the example uses the metered telephone')
}
