import { type NetworkSession, whenConnected } from 'roamkit'

/** Sends as soon as the session is connected. If it fails because the connection is lost, it sends again. */
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
