import { asyncDispose, type Holders, type Host } from '@roamkit/core/contract'
import { isRendezvousUsable, sharedHolders } from '@roamkit/holders'
import type { Libraries } from './libraries.js'
import { windowsGround } from './windows-ground.js'

/** Counts holders among all processes of this logon session (rule H2); `null` where their memory is not to be had. */
export async function sessionHolders(libraries: Libraries, host: Host): Promise<Holders | null> {
  const ground = await windowsGround(libraries, (error) =>
    host.log('windows: holders failed in a callback', { error }),
  )
  if (ground === null) return null
  if (await isRendezvousUsable(ground)) return sharedHolders(ground, host)
  host.log('windows: holders are counted in this process alone')
  await ground[asyncDispose]()
  return null
}
