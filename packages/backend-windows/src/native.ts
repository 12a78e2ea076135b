/** Everything that needs koffi. Loaded when a backend is opened, and never before. */
export { Libraries } from './ffi/libraries.js'
export { openWindows } from './windows-backend.js'
