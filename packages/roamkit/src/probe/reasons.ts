/** Why a probe is not `ok`. */
export type ProbeReason =
  /** The link has no address of the family that the target has, or has it no longer. */
  | 'noAddress'
  /** The target's name does not resolve. */
  | 'nameUnknown'
  | 'refused'
  | 'unreachable'
  | 'timedOut'
  /** There was an answer, and `expect` does not take it. */
  | 'unexpectedStatus'
  /** There was an answer, but perhaps through another link: the verdict is `ambiguous`. */
  | 'otherRoute'
  /** Anything else, a certificate for instance: `native` says what. */
  | 'failed'

const REASONS: Readonly<Record<string, ProbeReason>> = {
  EADDRNOTAVAIL: 'noAddress',
  EAI_AGAIN: 'nameUnknown',
  EAI_NODATA: 'nameUnknown',
  ENOTFOUND: 'nameUnknown',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timedOut',
}

/** The reason behind an error of the system. */
export function reasonOf({ code }: { readonly code: string }): ProbeReason {
  return REASONS[code] ?? 'failed'
}

/** Node's own errors have a code; what an `expect` throws is the caller's. */
export function isOfTheSystem(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string'
}
