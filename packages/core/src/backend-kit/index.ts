/**
 * Small parts that every backend needs: abortable waits, queues and pauses on the host's clock. Also what a source of events and snapshots
 * consists of, for packages that have such sources themselves. They import nothing of Node. Only
 * {@link inProcessHolders} has state that is shared between backends.
 *
 * @packageDocumentation
 */
export { filteredList } from '../configurations/filtered-list.js'
export { checkResult } from '../configurations/health-options.js'
export { lazyDriver } from '../contract/lazy-driver.js'
export {
  type HolderEntry,
  type HolderRegistry,
  inProcessHolders,
} from '../engine/links/in-process-holders.js'
export { onAbort } from '../primitives/abort-listeners.js'
export {
  checkArgument,
  checkName,
  checkOptions,
  type Expected,
  type ExpectedKinds,
  expected,
} from '../primitives/arguments.js'
export { canBindToDevice } from '../primitives/bind-to-device.js'
export { KeyedQueue } from '../primitives/collections/keyed-queue.js'
export { type Deferred, deferred } from '../primitives/deferred.js'
export { type EitherSignal, eitherSignal } from '../primitives/either-signal.js'
export { checkListening, Emitter, type EventMap } from '../primitives/emitter.js'
export { isIpv6LinkLocal, isLinkLocal } from '../primitives/link-local.js'
export { isLoopback } from '../primitives/loopback.js'
export { nearest } from '../primitives/nearest.js'
export { protect, reportUncaught } from '../primitives/report-error.js'
export { type SnapshotSource, snapshots } from '../primitives/snapshots/iterator.js'
export { snapshotObservable } from '../primitives/snapshots/observable.js'
export { SnapshotSubscribers } from '../primitives/snapshots/subscribers.js'
export { Backoff, type BackoffLimits } from '../primitives/time/backoff.js'
export { systemClock } from '../primitives/time/system-clock.js'
export { orAborted, pause, waitAtMost } from '../primitives/time/waits.js'
export { lostAddresses } from '../world/interface-change.js'
