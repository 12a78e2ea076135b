import { fromPromise, setup } from 'xstate'
import { sessionActor, type Uplink } from './session-actor.js'

interface Upload extends Uplink {
  readonly send: (signal: AbortSignal) => Promise<void>
}

/** Sends while the session is connected, again after each loss or failure, until it has succeeded. */
export const uploadMachine = setup({
  types: {} as { input: Upload; context: Upload; events: { type: 'connected' } | { type: 'disconnected' } },
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
      invoke: { src: 'send', input: ({ context }) => context, onDone: 'sent', onError: 'pausing' },
      on: { disconnected: 'offline' },
    },
    pausing: { after: { 5000: 'sending' }, on: { disconnected: 'offline' } },
    sent: { type: 'final' },
  },
})
