import { KeyedQueue } from '@roamkit/core/backend-kit'
import { LocalMembers } from './local-members.js'

/**
 * What all holders of one process share. They queue here for a link before one of them asks for the lock that all processes share: that
 * is fairer and cheaper, and needs no lock that tells the threads of a process apart.
 */
export class LocalProcess {
  /** @internal */
  readonly queue = new KeyedQueue()
  /**
   * Who of this process is a member of which link.
   * @internal
   */
  readonly members = new LocalMembers()
}
