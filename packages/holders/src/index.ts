/**
 * Counts who holds a network link, across the processes and users of a machine: the `Holders` port of `@roamkit/core`, without a daemon
 * and without a file. {@link sharedHolders} has the rules, which are the same everywhere. A {@link Rendezvous} provides what the platform
 * has: a lock, entries and notifications that the system takes back when a process dies. {@link linuxRendezvous} is the one of Linux.
 *
 * @packageDocumentation
 */

export { type LinuxHoldersOptions, linuxHolders } from './linux/linux-holders.js'
export { type LinuxRendezvousOptions, linuxRendezvous } from './linux/linux-rendezvous.js'
export { LocalProcess } from './local-process.js'
export type { Entry, Rendezvous, RendezvousLock } from './rendezvous.js'
export { isRendezvousUsable } from './rendezvous-check.js'
export { sharedHolders } from './shared-holders.js'
export type { SharedHoldersOptions } from './shared-holders-options.js'
