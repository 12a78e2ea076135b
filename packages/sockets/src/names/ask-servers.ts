import { onAbort } from '@roamkit/core/backend-kit'
import { type Conversation, converse } from './conversation.js'
import { question } from './dns-message.js'
import type { NameSources } from './name-sources.js'
import type { Outcome } from './outcome.js'
import type { Server } from './transport.js'

/** The name servers to ask, in order, and for how long. */
export interface Asking {
  readonly servers: readonly Server[]
  readonly times: Pick<NameSources, 'rounds' | 'shortestWait' | 'streamTimeout'>
  readonly signal: AbortSignal
}

/** A server's turn: it is asked, and has so long to answer before the next turn begins. */
interface Turn {
  readonly round: number
  readonly server: Server
  readonly wait: number
}

/**
 * Asks name servers for the addresses of a name: the first one, then the next ones if it does not answer or cannot, then all again. An answer
 * counts whenever it comes. A server that has said that it cannot answer is not asked again; one that could not be reached is, in the next round.
 * @throws (rejects) LinkError if no socket can be bound to the link; `signal.reason`
 */
export function askServers(
  { servers, times, signal }: Asking,
  name: string,
  family: 4 | 6,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const turns = turnsOf(servers, times)
    const left = new Set(servers)
    const conversations = new Map<Server, Conversation>()
    let hasFailed = false
    let isOver = false
    let timer: NodeJS.Timeout | undefined
    let current: Turn | undefined
    const over = (settle: () => void) => {
      isOver = true
      undo()
      clearTimeout(timer)
      for (const conversation of conversations.values()) conversation.close()
      settle()
    }
    const undo = onAbort(signal, () => over(() => reject(signal.reason)))
    const giveUp = (server: Server) => {
      left.delete(server)
      conversations.get(server)?.close()
      if (server === current?.server || left.size === 0) next()
    }
    const begin = (server: Server) =>
      converse(server, question(name, family), times.streamTimeout, {
        answered(outcome) {
          if (outcome.kind !== 'serverFailure') return over(() => resolve(outcome))
          hasFailed = true
          giveUp(server)
        },
        refused: () => giveUp(server),
        unreachable() {
          conversations.get(server)?.close()
          conversations.delete(server)
          if (server === current?.server && turns[0]?.round === current.round) next()
        },
      })
    const next = () => {
      if (isOver) return
      clearTimeout(timer)
      let turn = turns.shift()
      while (turn !== undefined && !left.has(turn.server)) turn = turns.shift()
      if (turn === undefined)
        return over(() => resolve({ kind: hasFailed && left.size === 0 ? 'serverFailure' : 'noReply' }))
      current = turn
      const { server, wait } = turn
      timer = setTimeout(next, wait)
      try {
        const conversation = conversations.get(server) ?? begin(server)
        conversations.set(server, conversation)
        conversation.ask()
      } catch (error) {
        // Maybe only sockets of this family cannot be made.
        left.delete(server)
        if (left.size > 0) next()
        else over(() => reject(error))
      }
    }
    next()
  })
}

/** Every server has its turn in every round. */
function turnsOf(servers: readonly Server[], { rounds, shortestWait }: Asking['times']): Turn[] {
  return rounds.flatMap((time, round) => {
    const wait = Math.max(shortestWait, time / servers.length)
    return servers.map((server) => ({ server, wait, round }))
  })
}
