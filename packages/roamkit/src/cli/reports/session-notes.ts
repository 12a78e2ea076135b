import type { SessionEvent } from '@roamkit/backend-mock/trace'
import type { NetworkSession } from '@roamkit/core'

/** Reports each event of a session as a trace has it: in words that name nothing. */
export function noteEvents(session: NetworkSession, note: (event: SessionEvent) => void): void {
  session.on('stateChanged', (state) => note({ event: 'stateChanged', says: state }))
  session.on('opened', () => note({ event: 'opened', says: 'open' }))
  session.on('activeConfigurationChanged', (configuration) =>
    note({ event: 'activeConfigurationChanged', configuration }),
  )
  session.on('error', ({ code, reason }) => note({ event: 'error', says: `${code} ${reason}` }))
  session.on('closed', () => note({ event: 'closed', says: 'closed' }))
}

/** What an event says, for people. Contains untrusted text: escape it. */
export function eventWords(event: SessionEvent): string {
  return 'says' in event ? event.says : event.configuration
}
