import type { LinkNotice } from '../links/link-messages.js'
import type { Times } from '../primitives/time/times.js'
import type { CallId, LifecycleClock, LifecycleEffect, LifecycleInput } from '../sessions/lifecycle.js'
import type { RoamingTimer } from './roaming-state.js'

/** When something happens to a session on a service network, and how long its times are. */
export interface RoamingClock extends LifecycleClock {
  readonly times: Times
}

/** An application's answer to an offer or a trial (rules R5 to R9). */
export interface RoamingAnswer {
  readonly type: 'migrate' | 'accept' | 'reject' | 'ignore'
  readonly call: CallId
}

/** What happens to a session on a service network. Each comes with what it sees of the world. */
export type RoamingInput =
  | LifecycleInput
  | RoamingAnswer
  | { readonly type: 'notice'; readonly child: string; readonly notice: LinkNotice }
  | { readonly type: 'look' }
  /** The end was emitted (rule R2). */
  | { readonly type: 'ended' }
  | { readonly type: 'timer'; readonly timer: RoamingTimer }
  /** No roam of its own accord for so many milliseconds, but after a loss; 0: any more (rule L5). */
  | { readonly type: 'holdOff'; readonly ms: number }
  /** A check or a policy was asked about the trial (rule L7). */
  | { readonly type: 'requireDecision' }
  /** A child has been no candidate for `retryAfter` (rule R19). */
  | { readonly type: 'served'; readonly child: string }

/** What the runner has to do. */
export type RoamingEffect =
  /** `holdFree`: hold it only if that takes the device from no link of the system's (rule H5). */
  | {
      readonly type: 'link'
      readonly child: string
      readonly does: 'hold' | 'holdFree' | 'retryNot' | 'drop' | 'stop'
    }
  /** Bring up a child that the session holds; `asSystem`: it was the system's before, and stays so (rule R12). */
  | { readonly type: 'link'; readonly child: string; readonly does: 'retry'; readonly asSystem: boolean }
  | {
      readonly type: 'offered'
      readonly candidate: string
      readonly isSeamless: boolean
      readonly loss: boolean
    }
  | { readonly type: 'offerWithdrawn'; readonly candidate: string }
  | { readonly type: 'trialBegun'; readonly candidate: string }
  /** Asks the system to check how far that child's network reaches (rule L2). */
  | { readonly type: 'recheck'; readonly child: string }
  /** A child was lost while in use, or left because it was bad (rule L3). */
  | { readonly type: 'relapsed'; readonly child: string; readonly because: 'lost' | 'bad' }
  /** A roam begins, or is offered. */
  | {
      readonly type: 'roamingStarted'
      readonly from: string
      readonly to: string
      readonly because: 'better' | 'loss'
    }
  | LifecycleEffect
  /** A promise of `migrate()`, `accept()`, `reject()` or `ignore()` (rule R22). */
  | { readonly type: 'answer'; readonly call: CallId; readonly tookEffect: boolean }
  /** Asks for `ended` in a step of its own. */
  | { readonly type: 'emitEnd' }
