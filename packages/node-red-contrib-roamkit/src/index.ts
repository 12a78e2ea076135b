/**
 * Roamkit's nodes for Node-RED, which loads them through the files in `nodes/`. It calls each function once, with its API.
 *
 * @packageDocumentation
 */
export { registerManager } from './manager-node.js'
export { registerSession } from './session-node.js'
export { registerStatus } from './status-node.js'
