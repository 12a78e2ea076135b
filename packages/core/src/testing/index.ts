/**
 * For tests of backends and of core: the counters that managers of one process share, and the diagnosis as functions of plain data.
 * Applications need none of it. It may change in any version.
 *
 * @packageDocumentation
 */
export { type DiagnosisFacts, diagnose, type LastFailure } from '../diagnosis/diagnosis.js'
export { diagnoseMachine } from '../diagnosis/machine-diagnosis.js'
export {
  type HolderEntry,
  type HolderRegistry,
  inProcessHolders,
} from '../engine/links/in-process-holders.js'
