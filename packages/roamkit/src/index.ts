/**
 * Network sessions for Node: `platform()` picks the backend for this machine, and everything that an application needs of
 * `@roamkit/core` is here too, so that one import is enough. The command line is `roamkit --help`.
 *
 * @packageDocumentation
 */
export * from '@roamkit/core'
export { type PlatformOptions, platform } from './platform/platform.js'
export {
  type ProbeOptions,
  type ProbeReason,
  type ProbeResult,
  type ProbeTarget,
  type ProbeVerdict,
  probe,
} from './probe/probe.js'
