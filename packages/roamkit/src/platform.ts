import { generic } from '@roamkit/backend-generic'
import { type NetworkManagerOptions, networkManager } from '@roamkit/backend-linux'
import type { Driver } from '@roamkit/core/contract'
import { firstOf } from './first-of.js'

/** Options of {@link platform}: those of the backends that it may pick. A backend takes what concerns it. */
export interface PlatformOptions extends NetworkManagerOptions {}

/**
 * The driver for this machine, picked when it is opened: NetworkManager on Linux, and where the bus or NetworkManager is
 * not there, or on any other system, what Node itself can see (`generic`: it observes, and cannot bring links up). Which
 * one it is, and why, is logged as `backend`, with `name` and `passedOver`. A NetworkManager that appears later is not
 * switched to. Rejects with the picked backend's error, or with `signal.reason`.
 */
export function platform(options: PlatformOptions = {}): Driver {
  return firstOf('platform', () => driversFor(process.platform, options))
}

/** The drivers that fit a system, by the name that Node has for it, the best first. */
export function driversFor(system: NodeJS.Platform, options: PlatformOptions): readonly Driver[] {
  return system === 'linux' ? [networkManager(options), generic()] : [generic()]
}
