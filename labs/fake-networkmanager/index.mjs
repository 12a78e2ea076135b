// A FAKE NetworkManager, and the world around it.
export { answer, Refusal } from './calls.mjs'
export { RealClock, VirtualClock } from './clock.mjs'
export { labWorld, uuidOf } from './lab-world.mjs'
export { FakeNetworkManager, TIMES } from './network-manager.mjs'
export { Objects } from './objects.mjs'
export { World } from './world.mjs'
