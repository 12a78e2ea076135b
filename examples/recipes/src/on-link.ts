import { type NetworkSession, whenConnected } from 'roamkit'

/** One attempt to send, as soon as the session is connected. If the connection is lost meanwhile, that is not a failure: it sends again. */
export async function onLink<Answer>(
  session: NetworkSession,
  send: (signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  for (;;) {
    await whenConnected(session, { signal })
    try {
      return await send(signal)
    } catch (error) {
      if (session.isConnected) throw error
    }
  }
}
