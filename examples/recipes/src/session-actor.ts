import type { ManagerLike } from 'roamkit'
import { type EventObject, fromCallback } from 'xstate'

export interface Uplink {
  readonly manager: ManagerLike
  readonly configuration: string
}

/** A session that is open while the actor runs. It sends `connected` and `disconnected` to its parent. */
export const sessionActor = fromCallback<EventObject, Uplink>(({ input, sendBack }) => {
  const session = input.manager.createSession(input.configuration)
  const undo = session.subscribe(() => sendBack({ type: session.isConnected ? 'connected' : 'disconnected' }))
  void session.open({ keepOpen: 'always' })
  return () => {
    undo()
    void session.close()
  }
})
