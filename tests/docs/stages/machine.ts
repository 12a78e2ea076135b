import { network } from './network.js'

/** For an example that opens `platform()` and closes it again: it leaves nothing behind. */
export async function finish(): Promise<void> {
  if (network.world.open !== 0) throw new Error('the example has not closed its manager')
}
