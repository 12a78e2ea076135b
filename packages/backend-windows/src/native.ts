/** What needs koffi, for whoever loads it when it is wanted. */
export { Libraries } from './ffi/libraries.js'
export { openWindows } from './windows-backend.js'
