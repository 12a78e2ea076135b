import type { SecretsProvider } from '@roamkit/core'
import type { Output } from './output.js'
import { askSecret } from './terminal/ask-secret.js'

/** How often a person may try. */
const ATTEMPTS = 3

/** How long the opening of a session may take if a person has to type, in milliseconds. */
export const TYPING_TIMEOUT = 120_000

/** What people call a field, if its name says little. */
const WORDS: Readonly<Record<string, string>> = { psk: 'key', 'wep-key0': 'key' }

/** Where a person can be asked. */
export type AskedOn = Pick<NodeJS.Process, 'stdin' | 'stderr' | 'kill' | 'pid'>

/** Whether there is a terminal to ask on. */
export function canAsk({ stdin, stderr }: Pick<AskedOn, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

/**
 * Asks on the terminal for the secrets of a session that opens, and says what is missing if there is none. Asks nothing once the session is open,
 * because a command may use the terminal then.
 */
export function secretsFromTerminal(
  output: Output,
  isOpen: () => boolean,
  on: AskedOn = process,
): SecretsProvider {
  return async ({ configuration, fields, attempt }, { signal }) => {
    if (isOpen()) return null
    const name = configuration.name || configuration.identifier
    if (!canAsk(on)) {
      const missing = fields.map(inWords).join(', ')
      output.note(`'${name}' needs its ${missing}: run this on a terminal, where you are asked for it`)
      return null
    }
    if (attempt > 1) output.note(`'${name}' refused the ${fields.map(inWords).join(', ')}`)
    if (attempt > ATTEMPTS) return null
    const terminal = {
      input: on.stdin,
      output: on.stderr,
      interrupt: () => void on.kill(on.pid, 'SIGINT'),
    }
    const given: [field: string, value: string][] = []
    for (const field of fields) {
      const typed = await askSecret(`roamkit: ${inWords(field)} of '${name}'`, terminal, signal)
      if (typed === null) return null
      given.push([field, typed])
    }
    return Object.fromEntries(given)
  }
}

function inWords(field: string): string {
  const word = Object.hasOwn(WORDS, field) ? WORDS[field] : undefined
  return word === undefined ? field : `${word} (${field})`
}
