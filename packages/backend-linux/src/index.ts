/**
 * The network links of a Linux machine, as NetworkManager or systemd-networkd knows and runs them: drivers for `@roamkit/core` that report facts about
 * links and bring them up, over the system D-Bus.
 *
 * @packageDocumentation
 */
export { type NetworkManagerOptions, networkManager } from './network-manager.js'
export { type NetworkdOptions, networkd } from './networkd/networkd.js'
