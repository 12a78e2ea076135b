/**
 * One manager, mirrored into other processes, workers and windows. {@link hostManager} shows a manager at one end of a port, and
 * {@link connectToHost} gives a live mirror of it at the other end. Imports nothing of Node, so both ends also run in a browser.
 *
 * @packageDocumentation
 */

export { connectToHost, type GuestOptions } from './guest/connect-to-host.js'
export type { ManagerMirror, SessionMirror } from './guest/mirrors.js'
export type { Guest } from './host/guest.js'
export { type HostOptions, hostManager } from './host/host-manager.js'
export type { Allow, GuestAction, GuestRequest } from './host/permissions.js'
export type { BridgePort, EmitterPort, WebPort } from './port.js'
