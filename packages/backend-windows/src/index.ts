/**
 * Windows for Roamkit, by FFI: adapters and addresses by IP Helper, Wi-Fi by its profiles, the network list manager, and VPN
 * entries. A backend for `@roamkit/core`; it knows nothing of sessions.
 *
 * @packageDocumentation
 */
export { type WindowsLibraries, type WindowsOptions, windows } from './windows.js'
