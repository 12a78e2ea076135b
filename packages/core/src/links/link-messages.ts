import type { LinkConfiguration } from '../contract/index.js'
import type { Failure } from './failure.js'
import type { LastClose } from './last-close.js'
import type { LinkTimer } from './link-state.js'
import type { SessionId } from './session-id.js'

/** What happens to a link: facts from the world, calls of its sessions, and results of commands. */
export type LinkInput =
  | {
      readonly type: 'facts'
      readonly facts: LinkConfiguration | null
      readonly ready: boolean
      /** The service has been unavailable for longer than its grace (rule S14). */
      readonly lapsed?: boolean
    }
  /** `mayDisplace` false: not if its device carries a link that only the system holds (rule H5). */
  | { readonly type: 'hold'; readonly by: SessionId; readonly mayDisplace?: boolean }
  | { readonly type: 'retry'; readonly by: SessionId; readonly asSystem: boolean }
  /** The activation that was to be tried is no longer wanted (rule S6). */
  | { readonly type: 'retryNot'; readonly by: SessionId }
  | { readonly type: 'drop'; readonly by: SessionId; readonly lastClose: LastClose }
  | { readonly type: 'stop'; readonly by: SessionId }
  | { readonly type: 'stoppingElsewhere'; readonly activation: string }
  /** The command to bring the link up has its locks. */
  | { readonly type: 'lockTaken' }
  | {
      readonly type: 'activated'
      readonly activation: string
      readonly own: boolean
      readonly owned: string | null
    }
  /** The command that makes this manager a holder has ended. */
  | { readonly type: 'joined' }
  | { readonly type: 'notYet' }
  | { readonly type: 'activationFailed'; readonly failure: Failure; readonly joined: boolean }
  | { readonly type: 'activatedLate' }
  | { readonly type: 'deactivating'; readonly activation: string }
  | {
      readonly type: 'deactivated'
      readonly failure: Failure | null
      readonly joined: boolean
      readonly target: string | null
    }
  /** A session is asked for a secret, has answered, or could not be asked (rule N4). */
  | { readonly type: 'secret'; readonly question: 'asked' | 'answered' | Failure }
  | { readonly type: 'timer'; readonly timer: LinkTimer }

/** Those of one type. */
export type InputOf<Type extends LinkInput['type']> = Extract<LinkInput, { readonly type: Type }>

/** What a link reports to one of its sessions. */
export type LinkNotice =
  | { readonly type: 'granted' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** The link was stopped on purpose, by this session or another one. `wasLost`: it no longer carried traffic (rule S9a). */
  | { readonly type: 'stopped'; readonly caller: boolean; readonly wasLost: boolean }
  /** A `stop()` ended an opening. */
  | { readonly type: 'cancelled' }
  /** A session called `stop()`: an opening that waits for the end of an earlier `stop()` is cancelled (rule S9a). */
  | { readonly type: 'stopAsked' }
  | { readonly type: 'stopRefused'; readonly failure: Failure }
  /** The system refused to take the link down for a session that left: the link is the system's now (rule S8). */
  | { readonly type: 'leftUp'; readonly failure: Failure }
  /** The link that was taken down for that session is down. */
  | { readonly type: 'settled' }

/** When something happens to a link, and the timeouts of the link. */
export interface LinkClock {
  readonly now: number
  readonly durations: Readonly<Record<LinkTimer, number>>
}

/** An effect that a link asks for. */
export type LinkEffect =
  /** Join the link, and bring it up if it is not up. */
  | {
      readonly type: 'activate'
      readonly asking: readonly SessionId[]
      readonly asSystem: boolean
      readonly mayDisplace: boolean
    }
  /** Join the link, which cannot be brought up while the service is unavailable (rule H6). */
  | { readonly type: 'join' }
  /** Stop waiting for the answer to `activate`. A late answer is undone. */
  | { readonly type: 'abandonActivation' }
  /** Leave the link, and take it down if this manager was its last holder and it is to go down (rule H1). */
  | { readonly type: 'deactivate'; readonly lastClose: LastClose; readonly owned: string | null }
  /** Take the link down, no matter who holds it. */
  | { readonly type: 'stop' }
  /** Notify the other holders of a link that is already down that they need not wait for it. */
  | { readonly type: 'notifyHoldersStopped'; readonly activation: string }
  /** Store that the activation has another name since a restart of the service, and still belongs to the holders (rule H1). */
  | { readonly type: 'carryOver'; readonly from: string; readonly to: string }
  | { readonly type: 'notice'; readonly to: SessionId; readonly notice: LinkNotice }
