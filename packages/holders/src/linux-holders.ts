import type { Holders } from '@roamkit/core/contract'
import { type LinuxGroundOptions, linuxGround, standsOn } from './linux-ground.js'
import { type SharedHoldersOptions, sharedHolders } from './shared-holders.js'

/** Options of {@link linuxHolders}. */
export interface LinuxHoldersOptions
  extends LinuxGroundOptions,
    Omit<SharedHoldersOptions, 'clock' | 'log'> {}

/**
 * Counts holders among all processes and users of this network namespace (rules H2, H3). Resolves to `null` where that cannot
 * be done: not on Linux, or confined so that abstract unix sockets are not to be had.
 */
export async function linuxHolders(options: LinuxHoldersOptions): Promise<Holders | null> {
  if (process.platform !== 'linux') return null
  const ground = linuxGround(options)
  if (await standsOn(ground)) return sharedHolders(ground, options)
  options.log?.('holders: abstract unix sockets are not to be had here')
  await ground[Symbol.asyncDispose]()
  return null
}
