/**
 * The network links of a Linux machine, as the daemon that runs them knows them, or the kernel: drivers for `@roamkit/core` that report facts
 * about links and carry out activations. {@link linux} picks the right one and follows when that changes.
 *
 * @packageDocumentation
 */
export { type ConnmanOptions, connman } from './connman/connman.js'
export { type KernelOptions, kernel } from './kernel/kernel.js'
export { type LinuxOptions, linux } from './linux/linux.js'
export { type NetworkdOptions, networkd } from './networkd/networkd.js'
export { type NetworkManagerOptions, networkManager } from './networkmanager/network-manager.js'
