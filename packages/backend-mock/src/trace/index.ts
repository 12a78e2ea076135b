/**
 * Traces: what a backend reported and what it was asked, as lines of JSON. `recorded()` writes one while a program runs, `parseTrace()`
 * checks it, and `replay()` plays it, usually in virtual time. A bug report is one file. Runs wherever JavaScript runs.
 *
 * @packageDocumentation
 */
export { noteSessionEvents, type SessionToNote } from './note-session-events.js'
export {
  type Asked,
  type Outcome,
  parseTrace,
  type Trace,
  TraceError,
  type TraceStep,
} from './parse-trace.js'
export { type RecordingDriver, type RecordingOptions, recorded } from './recorder.js'
export { type ReplayOptions, replay } from './replay.js'
export {
  type Command,
  type OfSession,
  type SessionCall,
  type SessionCallLine,
  type SessionEvent,
  type SessionEventLine,
  TRACE_VERSION,
} from './trace-lines.js'
