import { KeyedQueue } from '@roamkit/core/backend-kit'
import { LocalMembers } from './local-members.js'

/**
 * What all holders of one process share. They queue here for a link before one of them asks for the lock that all processes share. That
 * is fairer and cheaper, and the shared lock need not tell the threads of a process apart.
 */
export class LocalProcess {
  readonly #queue = new KeyedQueue()
  readonly #members = new LocalMembers()

  /** @internal */
  get queue(): KeyedQueue {
    return this.#queue
  }

  /**
   * The members of this process, by link.
   * @internal
   */
  get members(): LocalMembers {
    return this.#members
  }
}
