import { network } from './network.js'
import { until } from './until.js'

const link = (id: string) => network.world.snapshot().configurations.find((one) => one.id === id)?.link

/** The cable is out: what an example opens is the Wi-Fi. */
export function unplug(): void {
  network.world.setInRange('desk', false)
  network.world.set('desk', { activate: 'no' })
}

/** The cable comes into range, and the example moves from the Wi-Fi to it. */
export async function plugIn(): Promise<void> {
  await until('the example opens the Wi-Fi', () => link('cafe') === 'up')
  network.world.set('desk', { activate: 'yes' })
  network.world.setInRange('desk', true)
  await until('the example moves to the cable', () => link('desk') === 'up' && link('cafe') === 'down')
}
