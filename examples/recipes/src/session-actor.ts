import type { ManagerLike } from 'roamkit'
import { type EventObject, fromCallback, fromPromise, setup } from 'xstate'

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

interface Upload extends Uplink {
  readonly send: (signal: AbortSignal) => Promise<void>
}

/** Sends once, from the beginning whenever the session is connected again. It is done when `send` is. */
export const uploadMachine = setup({
  types: {} as {
    input: Upload
    context: Upload
    events: { type: 'connected' } | { type: 'disconnected' }
  },
  actors: {
    session: sessionActor,
    send: fromPromise<void, Upload>(({ input, signal }) => input.send(signal)),
  },
}).createMachine({
  context: ({ input }) => input,
  invoke: { src: 'session', input: ({ context }) => context },
  initial: 'offline',
  states: {
    offline: { on: { connected: 'sending' } },
    sending: {
      invoke: { src: 'send', input: ({ context }) => context, onDone: 'sent' },
      on: { disconnected: 'offline' },
    },
    sent: { type: 'final' },
  },
})
