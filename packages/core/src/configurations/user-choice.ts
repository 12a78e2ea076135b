import type { Deferred } from '../primitives/deferred.js'
import { NetworkConfiguration } from './network-configuration.js'

/** The identifier of the configuration whose sessions ask the user (rule M6). */
export const USER_CHOICE = 'userChoice'

/** Its name. */
export const USER_CHOICE_NAME = 'UserChoice'

/**
 * Asks the user which network to use (rule M6).
 * @returns the identifier of one of the candidates; `null` if the user chooses none
 */
export type Chooser = (
  candidates: readonly NetworkConfiguration[],
  call: { readonly signal: AbortSignal },
) => Promise<string | null>

/** The configuration that stands for the user's choice: never listed, always discovered. */
export const userChoiceConfiguration: NetworkConfiguration = /* @__PURE__ */ NetworkConfiguration.from({
  identifier: USER_CHOICE,
  name: USER_CHOICE_NAME,
  type: 'userChoice',
  state: 'discovered',
  isValid: true,
})

/** A question that is being asked for a session. */
export interface Choosing {
  readonly controller: AbortController
  readonly answer: Deferred<void>
  /** How many callers of `open()` wait for it. */
  waiting: number
}
