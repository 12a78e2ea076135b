/**
 * A dispatcher for undici and for the built-in `fetch`, whose connections use the link of a session. Needs undici 7, an optional peer dependency.
 *
 * @packageDocumentation
 */
export { type DispatcherOptions, dispatcher } from './http/dispatcher.js'
