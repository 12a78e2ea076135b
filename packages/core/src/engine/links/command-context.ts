import type { Backend, Clock, Holders } from '../../contract/index.js'
import type { LinkInput } from '../../links/link-messages.js'
import type { WorldWatch } from '../../world/world-watch.js'
import type { LinkStates } from './link-states.js'
import type { SecretQuestions } from './secret-questions.js'

/** What the commands work with. */
export interface CommandContext {
  readonly backend: Backend
  readonly holders: Holders
  readonly clock: Clock
  readonly watch: WorldWatch
  readonly links: LinkStates
  readonly secrets: SecretQuestions
  /** The key under which holders are counted. */
  readonly scope: string
  /** Aborted when the manager gives up everything. */
  readonly signal: AbortSignal
  /** How long the system may take to take a link down, in milliseconds. */
  readonly windDownTimeout: number
  /** Hands an outcome to the link machine. */
  readonly post: (id: string, input: LinkInput) => void
}
