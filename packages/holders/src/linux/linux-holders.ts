import type { Holders } from '@roamkit/core/contract'
import { openSharedHolders } from '../shared-holders.js'
import type { SharedHoldersOptions } from '../shared-holders-options.js'
import { type LinuxRendezvousOptions, linuxRendezvous } from './linux-rendezvous.js'

/** Options of {@link linuxHolders}. */
export interface LinuxHoldersOptions
  extends LinuxRendezvousOptions,
    Omit<SharedHoldersOptions, 'clock' | 'log'> {
  /**
   * When `isCertain` can be asked. The sockets of this process are tried in the meantime.
   *
   * @defaultValue at once
   */
  readonly ready?: Promise<unknown>
}

/**
 * Counts holders among all processes and users of this network namespace (rules H2, H3). Resolves to `null` on other platforms. If this
 * process cannot count with the others (confined, a flooded table, no descriptors left), its `certainty` is `uncertain`: it behaves as
 * if others held every link, and tries again at each command. Rejects as `ready` does.
 */
export async function linuxHolders(options: LinuxHoldersOptions): Promise<Holders | null> {
  const { ready } = options
  if (process.platform === 'linux') return openSharedHolders(linuxRendezvous(options), options, ready)
  await ready
  return null
}
