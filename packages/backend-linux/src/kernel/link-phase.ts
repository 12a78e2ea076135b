import type { Ended, LinkPhase, Reason } from '@roamkit/core/contract'
import type { Activation } from './activation-ledger.js'

/** What a link is doing. */
export interface LinkState {
  readonly link: Exclude<LinkPhase, 'deactivating'>
  /** `null` while down. */
  readonly carrier: boolean | null
  /** `null` while down. */
  readonly activation: Activation | null
  readonly ended: Ended | null
  /** How often the link had lost its carrier when it was last seen without one. */
  readonly carrierLosses: number
}

/** What decides about it. */
export interface PhaseFacts {
  readonly isUp: boolean
  readonly isRunning: boolean
  readonly hasAddress: boolean
  readonly carrierLosses: number
  /** Whether a moment without carrier is no end, because a Wi-Fi link changes its access point that way (rule S12). */
  readonly isWlan: boolean
  /** Whether this program has switched the interface on, and waits for its carrier. */
  readonly isAwaited: boolean
}

/** Names what begins, and is told what ends. */
export interface Naming {
  begin(): Activation
  end(activation: Activation, ended: Ended): void
}

/** The state of a link that is down. */
export function downState(ended: Ended | null): LinkState {
  return { link: 'down', carrier: null, activation: null, ended, carrierLosses: 0 }
}

/** The state after the facts have changed. */
export function followLink(before: LinkState, facts: PhaseFacts, naming: Naming): LinkState {
  const reason = reasonOfEnd(before, facts)
  const state = reason === null ? before : endLink(before, reason, naming)
  const link = phaseOf(state, facts)
  if (link === 'down') return downState(state.ended)
  const keepsCount = state.carrier === true && !facts.isWlan
  return {
    link,
    carrier: facts.isRunning,
    activation: state.activation ?? naming.begin(),
    ended: state.ended,
    carrierLosses: keepsCount ? state.carrierLosses : facts.carrierLosses,
  }
}

function phaseOf(state: LinkState, facts: PhaseFacts): LinkState['link'] {
  if (!facts.isUp) return 'down'
  if (facts.isRunning) return facts.hasAddress ? 'up' : 'activating'
  if (facts.isAwaited) return 'activating'
  return facts.isWlan && facts.hasAddress && state.link === 'up' ? 'up' : 'down'
}

/** Why the current activation is over; `null` if it goes on, or if there is none. */
function reasonOfEnd(state: LinkState, facts: PhaseFacts): Reason | null {
  if (state.activation === null) return null
  if (!facts.isUp) return 'requested'
  if (phaseOf(state, facts) === 'down') return 'carrierLost'
  if (!facts.isRunning) return null
  // The kernel may report a carrier that was lost and came back in one message.
  const wasLost = state.carrier === true && facts.carrierLosses !== state.carrierLosses && !facts.isWlan
  if (wasLost) return 'carrierLost'
  return state.link === 'up' && !facts.hasAddress ? 'addressFailed' : null
}

/** The state of a link whose activation, if there is one, is over. */
export function endLink(state: LinkState, reason: Reason, naming: Pick<Naming, 'end'>): LinkState {
  if (state.activation === null) return state
  const ended = Object.freeze({ activation: state.activation.name, reason, native: null })
  naming.end(state.activation, ended)
  return downState(ended)
}
