import type { NetworkConfigurationManager, NetworkSession, SessionState } from '@roamkit/core'
import { type TimeLine, where } from '../terminal/time-line.js'

/** Prints the events of a session on a service network from now on, except offers: a session with a listener for offers asks. */
export function followRoaming(
  line: TimeLine,
  manager: NetworkConfigurationManager,
  session: NetworkSession,
): void {
  const nameOf = (identifier: string) => manager.configurationFromIdentifier(identifier).name
  session.on('stateChanged', (state) => line.event(state, meaning(state, session)))
  session.on('opened', () => line.event('opened', 'the session holds its link: sockets can connect'))
  session.on('offerWithdrawn', ({ name }) => line.event('offerWithdrawn', `'${name}' is no longer offered`))
  session.on('newConfigurationActivated', ({ configuration: { name } }) =>
    line.event('newConfigurationActivated', `'${name}' is on trial${where(session)}`),
  )
  session.on('activeConfigurationChanged', (identifier) => {
    const words = identifier === '' ? 'no link is in use' : `'${nameOf(identifier)}' is in use`
    line.event('activeConfigurationChanged', words)
  })
  session.on('error', ({ message }) => line.event('error', message))
  session.on('closed', () => line.event('closed', 'the session has released the link'))
}

function meaning(state: SessionState, session: NetworkSession): string {
  switch (state) {
    case 'connecting':
      return 'the best link in range is coming up'
    case 'connected':
      return `the link is up${where(session)}`
    case 'roaming':
      return 'the session roams to another link, and stays open'
    case 'closing':
      return 'the link is going down'
    case 'disconnected':
      return 'the link is down'
    case 'notAvailable':
      return 'no link is in range'
    case 'invalid':
      return 'the service network is gone'
  }
}
