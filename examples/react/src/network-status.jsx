import { online$, select$ } from '@roamkit/rx'
import { useStream } from './use-stream.js'

/** @param {import('@roamkit/core').SessionLike} session */
const status = (session) =>
  select$(session, ({ state, isOpen, interface: link }) => ({ state, isOpen, device: link?.name ?? null }))

/**
 * Whether this host is online, and what one session is doing. `state` and `device` are of one instant.
 *
 * @param {{ manager: import('@roamkit/core').ManagerLike, session: import('@roamkit/core').SessionLike }} props
 */
export function NetworkStatus({ manager, session }) {
  const isOnline = useStream(online$, manager)
  const { state, isOpen, device } = useStream(status, session)
  return (
    <p className={isOnline ? 'online' : 'offline'}>
      {session.configuration.name} {state}
      {device !== null && ` by ${device}`}
      <button type="button" onClick={() => void (isOpen ? session.close() : session.open())}>
        {isOpen ? 'close' : 'open'}
      </button>
    </p>
  )
}
