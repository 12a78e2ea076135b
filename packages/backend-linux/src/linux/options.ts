import type { NetworkManagerOptions } from '../networkmanager/options.js'

/** Options of {@link linux}. A backend ignores those of other backends. */
export interface LinuxOptions
  extends Pick<NetworkManagerOptions, 'busAddress' | 'callTimeout' | 'trustedUsers' | 'visibleNetworks'> {
  /**
   * How long the daemon in use may be away before another backend takes over, in milliseconds. Keep it below `serviceGrace` of the manager,
   * after which sessions end.
   *
   * @defaultValue 8000
   */
  readonly departureTimeout?: number
}
