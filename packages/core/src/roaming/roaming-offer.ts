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

/** An offer as plain data, as it is in a snapshot. */
export interface OfferData {
  /** Different from the id of every other offer and trial of the manager; for `session.migrate(id)` and `session.ignore(id)`. */
  readonly id: number
  readonly configuration: NetworkConfiguration
  /** Whether the local addresses will stay (rule R15). */
  readonly isSeamless: boolean
  /** When the offer counts as ignored, in milliseconds of the manager's clock; `null`: never. */
  readonly deadline: number | null
  /** Milliseconds that are left to answer (in a snapshot: at the time of the offer); `null`: there is no deadline. */
  readonly remaining: number | null
}

/** A trial as plain data, as it is in a snapshot. */
export interface TrialData {
  /** Different from the id of every other offer and trial of the manager; for `session.accept(id)` and `session.reject(id)`. */
  readonly id: number
  /** The new access point. */
  readonly configuration: NetworkConfiguration
  /** The old access point, which the session holds until the decision. `invalid` if its configuration was removed. */
  readonly from: NetworkConfiguration
  /**
   * When the trial counts as accepted, or after `requireDecision()` as rejected, in milliseconds of the manager's clock (rules R13, L7). `null` while
   * the network service is not available, because the deadline pauses then (rule S14).
   */
  readonly deadline: number | null
  /** Milliseconds that are left to decide (in a snapshot: when the deadline was set or paused); `null`: there is no deadline. */
  readonly remaining: number | null
}

/** The question to the application whether to roam to a better access point, or after a loss to any other (rules R3, R11). */
export interface RoamingOffer extends OfferData {
  /** Roams there. Resolves to true when the new link is up, and to false if that fails or had no effect; never rejects (rules R5, R22). */
  migrate(): Promise<boolean>
  /** Declines: the session stays where it is. Resolves to whether the call took effect (rule R9). */
  ignore(): Promise<boolean>
}

/** A new access point that is up, for the application to try (rule R6). */
export interface RoamingTrial extends TrialData {
  /** Stays there and releases the old access point. Resolves to whether the call took effect (rule R7). */
  accept(): Promise<boolean>
  /**
   * Call this when a check or a policy decides about the trial: if there is no decision by the deadline, the session then rejects the trial
   * instead of accepting it (rule L7). Has no effect after the trial is over.
   */
  requireDecision(): void
  /** Returns to the old access point. Resolves to true when that is in use again, and to false if that is not possible (rule R8). */
  reject(): Promise<boolean>
}
