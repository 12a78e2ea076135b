import type { ProbeReason } from './reasons.js'

/**
 * What a probe says of a link. `ok`: the target answered through this link. `failed`: it did not answer, or its answer will not do. `ambiguous`: it
 * answered, but perhaps through another link.
 */
export type ProbeVerdict = 'ok' | 'failed' | 'ambiguous'

/** What a probe found. Plain data. */
export interface ProbeResult {
  readonly verdict: ProbeVerdict
  /** Whether the verdict is `ok`. */
  readonly ok: boolean
  /** Milliseconds until that was known. */
  readonly ms: number
  /** `null`: it is ok. */
  readonly reason: ProbeReason | null
  /**
   * How the probe's socket was bound to the link. `device`: it used exactly this link. `address`: the system's routes decided which link it used.
   * `none`: the probe did not get that far.
   */
  readonly binding: 'device' | 'address' | 'none'
  /**
   * The local address of the probe's connection; if there was none, the link's address for this target. `null` if the probe did not get that far.
   */
  readonly address: string | null
  /** What HTTP answered; `null` without an answer. */
  readonly status: number | null
  /** The system's error message if it failed, or how far it got if it timed out; `null` otherwise. Untrusted text. */
  readonly native: string | null
  /** Bytes that the connections carried both ways. What the packets themselves add, and the TLS of an `https:` URL, is not in it. */
  readonly bytes: number
}

/** Options of {@link probe}. */
export interface ProbeOptions {
  /**
   * Ends it: it rejects with `signal.reason`.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
  /**
   * How long all of it may take, in milliseconds.
   *
   * @defaultValue 10000
   */
  readonly timeout?: number
  /**
   * Which HTTP status counts as success. A login page answers, too. To exclude it, expect 204, for example.
   *
   * @defaultValue any status below 500
   */
  readonly expect?: (status: number) => boolean
}
