/**
 * Who holds a network link, counted across the processes and users of a machine: the `Holders` port of `@roamkit/core`, without
 * a daemon and without a file. {@link sharedHolders} has the rules, the same everywhere; a {@link Ground} lends them what the
 * platform has: a lock, postings and bells that the system takes back from the dead. {@link linuxGround} is Linux's.
 *
 * @packageDocumentation
 */
export type { Ground, GroundLock, Posting } from './ground.js'
export { standsOn } from './ground-check.js'
export { type LinuxGroundOptions, linuxGround } from './linux/linux-ground.js'
export { type LinuxHoldersOptions, linuxHolders } from './linux/linux-holders.js'
export { LocalProcess } from './local-process.js'
export { type SharedHoldersOptions, sharedHolders } from './shared-holders.js'
