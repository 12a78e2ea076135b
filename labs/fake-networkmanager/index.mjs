// A FAKE NetworkManager, and the world around it.
export { answer, Refusal } from './calls.mjs'
export { RealClock, VirtualClock } from './clock.mjs'
export { labWorld, uuidOf } from './lab-world.mjs'
export { FakeNetworkManager } from './network-manager.mjs'
export { Objects } from './objects.mjs'
export { PrivateBus } from './private-bus.mjs'
export { FakeService } from './service.mjs'
export { World } from './world.mjs'

/** @typedef {import('./lab-world.mjs').ProfileName} ProfileName */
/** @typedef {import('./faults.mjs').Fault} Fault */
/** @typedef {import('./objects.mjs').Signal} Signal */
