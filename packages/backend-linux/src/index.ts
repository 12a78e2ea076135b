/**
 * The network links of a Linux machine, as the daemon that runs them knows them, or the kernel: drivers for `@roamkit/core` that report facts
 * about links and carry out activations. {@link linux} picks the right one and follows when that changes.
 *
 * @packageDocumentation
 */
export { connman } from './connman/driver.js'
export type { ConnmanOptions } from './connman/options.js'
export { kernel } from './kernel/driver.js'
export type { KernelOptions } from './kernel/options.js'
export { linux } from './linux/driver.js'
export type { LinuxOptions } from './linux/options.js'
export { networkd } from './networkd/driver.js'
export type { NetworkdOptions } from './networkd/options.js'
export { networkManager } from './networkmanager/driver.js'
export type { NetworkManagerOptions } from './networkmanager/options.js'
