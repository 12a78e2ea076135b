/**
 * A scripted network in virtual time, and the reference backend. `mock()` creates a driver like any other. Its `world` plays the machine and
 * its daemon, including their faults. Use it to test programs built on Roamkit, and read it to see how little a backend has to do. Runs
 * wherever JavaScript runs.
 *
 * @packageDocumentation
 */
export type { MockConfiguration } from './mock-configuration.js'
export { type MockDriver, type MockOptions, mock } from './mock-driver.js'
export type { MockCall } from './mock-service.js'
export { type MockFacts, MockWorld } from './mock-world.js'
export { VirtualClock } from './virtual-clock.js'
