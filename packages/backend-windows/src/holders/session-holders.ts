import { asyncDispose, type BackendHost, type Holders } from '@roamkit/core/contract'
import { isRendezvousUsable, sharedHolders } from '@roamkit/holders'
import type { Libraries } from '../ffi/libraries.js'
import { windowsRendezvous } from './windows-rendezvous.js'

/** Counts holders across all processes of this logon session (rule H2). Resolves to `null` if Windows refuses the shared memory. */
export async function sessionHolders(libraries: Libraries, host: BackendHost): Promise<Holders | null> {
  const rendezvous = await windowsRendezvous(libraries, host.clock, (error) =>
    host.log('windows: holders failed in a callback', { error }),
  )
  if (rendezvous === null) return null
  if (await isRendezvousUsable(rendezvous)) return sharedHolders(rendezvous, host)
  host.log('windows: holders are counted in this process alone')
  await rendezvous[asyncDispose]()
  return null
}
