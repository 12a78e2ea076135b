/**
 * The state of a session: for an access point, that of its link, whoever uses it.
 * `isOpen` and `connected` together mean ready for sockets.
 */
export type SessionState =
  | 'invalid'
  | 'notAvailable'
  | 'connecting'
  | 'connected'
  | 'closing'
  | 'disconnected'
  | 'roaming'
