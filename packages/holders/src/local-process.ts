import { KeyedQueue } from '@roamkit/core/backend-kit'
import { LocalMembers } from './local-members.js'

/**
 * What all holders of one process share. They queue here for a link before one of them asks for the lock that all processes share. That
 * is fairer and cheaper, and the shared lock need not tell the threads of a process apart.
 */
export class LocalProcess {
  /** @internal */
  readonly queue = new KeyedQueue()
  /**
   * The members of this process, by link.
   * @internal
   */
  readonly members = new LocalMembers()
}
