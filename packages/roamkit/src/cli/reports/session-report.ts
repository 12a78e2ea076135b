import { adviceInWords, type NetworkSession } from '@roamkit/core'
import type { Output } from '../output.js'
import type { OpenRequest } from '../request.js'

/** What of a session's life the command has to know. */
export interface SessionReport {
  /** Aborted when the session was closed. */
  readonly ended: AbortSignal
}

/** Prints the events of a session: for people on standard error, as JSON on standard output. Ends with the session. */
export function reportSession(
  session: NetworkSession,
  { format }: Pick<OpenRequest, 'format'>,
  output: Output,
): SessionReport {
  const ended = new AbortController()
  const { identifier, name } = session.configuration
  const called = name || identifier
  const print = (event: string, words: string, detail: object = {}) => {
    if (format === 'text') return output.note(words)
    const time = new Date().toISOString()
    output.json({ time, event, identifier, name, state: session.state, isOpen: session.isOpen, ...detail })
  }
  session.on('stateChanged', (state) => print('stateChanged', `'${called}' is ${state}`))
  session.on('opened', () => print('opened', `the session on '${called}' is open`))
  session.on('error', ({ code, reason, message }) => {
    print('error', message, { code, reason, message, advice: adviceInWords(reason) })
    // Also if the events go to standard output: a person may read only standard error.
    if (format === 'json') output.note(message)
  })
  session.on('closed', () => {
    print('closed', `the session on '${called}' is closed`)
    ended.abort()
  })
  return { ended: ended.signal }
}
