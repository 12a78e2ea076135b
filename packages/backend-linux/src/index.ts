/**
 * The network links of a Linux machine, as NetworkManager knows and runs them: a driver for `@roamkit/core` that reports facts about
 * NetworkManager's connection profiles and carries out activations, over the system D-Bus.
 *
 * @packageDocumentation
 */
export { type KernelOptions, kernel } from './kernel/kernel.js'
export { type NetworkManagerOptions, networkManager } from './network-manager.js'
