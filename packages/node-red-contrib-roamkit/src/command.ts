import type { Message } from './node-red.js'

/** What a message can ask a session to do. */
const COMMANDS = ['open', 'close', 'migrate', 'ignore', 'accept', 'reject'] as const

/** One request to a session. */
export interface Command {
  readonly name: (typeof COMMANDS)[number]
  /** The offer or trial that is answered; without one, the session answers whatever waits for an answer. */
  readonly id?: number
}

/** What is wrong with a message that has no command. */
export const USAGE = `msg.payload or msg.topic must be one of ${COMMANDS.join(', ')}`

/**
 * The command in a message: its payload, or else its topic. An offer or a trial that comes back as the payload, with a command as its topic,
 * is the one that is answered. `null` if there is no command.
 */
export function commandOf({ payload, topic }: Message): Command | null {
  const name =
    COMMANDS.find((command) => command === payload) ?? COMMANDS.find((command) => command === topic)
  if (name === undefined) return null
  const id = typeof payload === 'object' && payload !== null && 'id' in payload ? payload.id : undefined
  return typeof id === 'number' ? { name, id } : { name }
}
