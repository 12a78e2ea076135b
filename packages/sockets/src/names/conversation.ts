import type { Question } from './dns-message.js'
import type { Outcome } from './outcome.js'
import { exchangeByStream, openDatagram, type Server } from './transport.js'

/** What comes of a conversation, once. */
export interface ConversationEvents {
  /** The server has answered, but maybe only that it cannot. */
  answered(outcome: Outcome): void
  /** Nothing listens there, or not as it should. */
  refused(): void
  /** The server cannot be reached now. A link that has just come up may not be able to send from its addresses yet. */
  unreachable(): void
}

/** One question to one server. */
export interface Conversation {
  /** Asks, for the first time or again. */
  ask(): void
  /** Leaves no socket. Nothing happens after it. Idempotent. */
  close(): void
}

/**
 * Asks one server one question over UDP, and over TCP if the answer does not fit into a datagram.
 * @throws LinkError if the socket cannot be bound
 */
export function converse(
  server: Server,
  { message, replyIn }: Question,
  streamTimeout: number,
  { answered, refused, unreachable }: ConversationEvents,
): Conversation {
  const over = new AbortController()
  const { signal } = over
  let isByStream = false
  const line = openDatagram(server, {
    received(datagram) {
      const reply = replyIn(datagram)
      if (reply?.kind === 'outcome') answered(reply.outcome)
      else if (reply?.kind === 'truncated' && !isByStream) byStream()
    },
    failed: (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') refused()
      else unreachable()
    },
  })
  const byStream = () => {
    isByStream = true
    line.close()
    exchangeByStream(server, message, { timeout: streamTimeout, signal }).then(
      (received) => {
        const reply = replyIn(received)
        if (signal.aborted) return
        if (reply?.kind === 'outcome') answered(reply.outcome)
        else refused()
      },
      () => {
        if (!signal.aborted) refused()
      },
    )
  }
  return {
    ask: () => line.send(message),
    close() {
      line.close()
      over.abort()
    },
  }
}
