/**
 * Counts who holds a network link, across the processes and users of a machine: the `Holders` port of `@roamkit/core`, without a daemon
 * and without a file. {@link sharedHolders} has the rules, which are the same everywhere. A {@link Ground} provides what the platform
 * has: a lock, entries and notifications that the system takes back when a process dies. {@link linuxGround} is the one of Linux.
 *
 * @packageDocumentation
 */
export type { Ground, GroundLock, Posting } from './ground.js'
export { standsOn } from './ground-check.js'
export { type LinuxGroundOptions, linuxGround } from './linux/linux-ground.js'
export { type LinuxHoldersOptions, linuxHolders } from './linux/linux-holders.js'
export { LocalProcess } from './local-process.js'
export { type SharedHoldersOptions, sharedHolders } from './shared-holders.js'
