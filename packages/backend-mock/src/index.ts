/**
 * A scripted network in virtual time: the reference backend. `mock()` is a driver like any other; its `world` plays the
 * machine, the daemon and the weather, faults included. Read it to learn how little a backend has to do; use it to test
 * what stands on Roamkit. Runs wherever JavaScript runs.
 *
 * @packageDocumentation
 */
export type { MockConfiguration } from './mock-configuration.js'
export { type MockDriver, type MockOptions, mock } from './mock-driver.js'
export type { MockCall } from './mock-service.js'
export { type MockFacts, MockWorld } from './mock-world.js'
export { VirtualClock } from './virtual-clock.js'
