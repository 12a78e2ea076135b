import { type OpenedSession, session$ } from '@roamkit/rx'
import type { SessionLike } from 'roamkit'
import { fromObservable } from 'xstate'
import type { Uplink } from './session-actor.js'

/** A session that is open while the actor runs. The actor's `context` is the session's last snapshot. */
export const sessionObservable = fromObservable<OpenedSession<SessionLike>, Uplink>(({ input }) =>
  session$(input.manager, input.configuration, { keepOpen: 'always' }),
)
