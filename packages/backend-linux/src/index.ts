/**
 * The network links of a Linux machine. `networkManager()` is a driver for `@roamkit/core` that reports facts about NetworkManager's connection
 * profiles and carries out activations, over the system D-Bus. `kernel()` observes the interfaces of machines without a network daemon.
 *
 * @packageDocumentation
 */
export { type KernelOptions, kernel } from './kernel/kernel.js'
export { type NetworkManagerOptions, networkManager } from './network-manager.js'
