/**
 * The network links of a Linux machine, as NetworkManager or ConnMan knows and runs them: drivers for `@roamkit/core` that report facts about
 * NetworkManager's connection profiles or ConnMan's services and carry out activations, over the system D-Bus.
 *
 * @packageDocumentation
 */
export { type ConnmanOptions, connman } from './connman/connman.js'
export { type NetworkManagerOptions, networkManager } from './network-manager.js'
