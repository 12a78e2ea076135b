import { systemHostsFile } from './hosts-file.js'

/** Where names are looked up, and for how long. */
export interface NameSources {
  readonly hostsFile: string
  /** The Varlink socket of systemd-resolved; `null` on systems that have none. */
  readonly resolved: string | null
  /** The longest wait for systemd-resolved, in milliseconds. It would go on asking a silent server for much longer than that. */
  readonly resolvedTimeout: number
  /** The port of name servers. */
  readonly port: number
  /** How long each server has to answer before the next is asked, in milliseconds, in each round. Several servers share a round. */
  readonly rounds: readonly number[]
  /** The shortest share of a round, in milliseconds. */
  readonly shortestWait: number
  /** The longest exchange over TCP, in milliseconds. */
  readonly streamTimeout: number
}

/** Those of the system. */
export function systemSources(): NameSources {
  return {
    hostsFile: systemHostsFile(),
    resolved: process.platform === 'linux' ? '/run/systemd/resolve/io.systemd.Resolve' : null,
    resolvedTimeout: 10_000,
    port: 53,
    rounds: [1000, 2000, 4000],
    shortestWait: 1000,
    streamTimeout: 5000,
  }
}
