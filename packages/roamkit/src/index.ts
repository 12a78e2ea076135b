/**
 * Network sessions for Node: `platform()` picks the backend for this machine, and everything that an application needs of
 * `@roamkit/core` is here too, so that one import is enough. The command line is `roamkit --help`.
 *
 * @packageDocumentation
 */
export * from '@roamkit/core'
export { atLeast } from './checks/at-least.js'
export { checkDns, type DnsQuestion } from './checks/check-dns.js'
export { checkHttp, type ExpectedStatus, type HttpCheckOptions } from './checks/check-http.js'
export { checkTcp, type TcpTarget } from './checks/check-tcp.js'
export { escapeText } from './escape.js'
export { type PlatformOptions, platform } from './platform/platform.js'
export { probe } from './probe/probe.js'
export type { ProbeOptions, ProbeResult, ProbeVerdict } from './probe/probe-result.js'
export type { ProbeTarget } from './probe/probe-target.js'
export type { ProbeReason } from './probe/reasons.js'
