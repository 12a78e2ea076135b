import type { NetworkConfiguration } from '../configurations/network-configuration.js'
import type { Explanation } from '../configurations/ranking.js'

/** Why a session on a service network roams, or offers to. */
export interface RoamingStart {
  /** The access point in use, or that was in use if it is lost. `invalid` if its configuration was removed. */
  readonly from: NetworkConfiguration
  /** The access point that the session offers or roams to. */
  readonly to: NetworkConfiguration
  /** `better`: the ranking prefers `to`. `loss`: `from` is lost. */
  readonly because: 'better' | 'loss'
  /**
   * What the network's ranking says of `to` compared with `from`; for `better`, `explanation.because` is the criterion that decided.
   * `null` if one of them is no longer in the network.
   */
  readonly explanation: Explanation | null
}

/** What is known of an offer: plain data, as a snapshot has it. */
export interface OfferData {
  /** Of its own among the offers and trials of its manager; for `session.migrate(id)` and `session.ignore(id)`. */
  readonly id: number
  readonly configuration: NetworkConfiguration
  /** Whether the local addresses will stay (rule R15). */
  readonly isSeamless: boolean
  /** The clock's time at which it counts as ignored, in milliseconds; `null`: never. */
  readonly deadline: number | null
  /** Milliseconds that are left to answer, in a snapshot as of when it was offered; `null`: there is no deadline. */
  readonly remaining: number | null
}

/** What is known of a trial: plain data, as a snapshot has it. */
export interface TrialData {
  /** Of its own among the offers and trials of its manager; for `session.accept(id)` and `session.reject(id)`. */
  readonly id: number
  readonly configuration: NetworkConfiguration
  /** The clock's time at which it counts as accepted, or as rejected after `requireDecision()`, in milliseconds (rules R13, L7); `null` while the service is away, which pauses it (rule S14). */
  readonly deadline: number | null
  /** Milliseconds that are left to decide, in a snapshot as of when the deadline was set or paused; `null`: there is no deadline. */
  readonly remaining: number | null
}

/** A better access point that the application is asked about, or after a loss any other (rules R3, R11). */
export interface RoamingOffer extends OfferData {
  /** Roams there. Resolves to true when it is up, false where that came to nothing; never rejects (rules R5, R22). */
  migrate(): Promise<boolean>
  /** Stays. Resolves to whether that took effect (rule R9). */
  ignore(): Promise<boolean>
}

/** A new access point that is up, for the application to try (rule R6). */
export interface RoamingTrial extends TrialData {
  /** Stays there and releases the old one. Resolves to whether that took effect (rule R7). */
  accept(): Promise<boolean>
  /**
   * Says that a check or a policy was asked about this trial: if it has not been decided by the deadline, it is rejected then instead of
   * accepted (rule L7). No effect once the trial is over.
   */
  requireDecision(): void
  /** Goes back. Resolves to true when the old one is current again, false where it could not be had (rule R8). */
  reject(): Promise<boolean>
}
