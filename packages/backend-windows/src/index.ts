/**
 * The Windows backend for `@roamkit/core`. It reads adapters, Wi-Fi profiles, networks and VPN entries by FFI, and knows nothing of
 * sessions.
 *
 * @packageDocumentation
 */
export { type WindowsLibraries, type WindowsOptions, windows } from './windows.js'
