import { onlineManager } from '@tanstack/query-core'
import type { ManagerLike, SessionLike } from 'roamkit'

/** Lets queries and mutations run only while the machine has an uplink. Returns the undo. */
export const followManager = (manager: ManagerLike) => follow(manager, () => manager.isOnline)

/** Lets queries and mutations run only while this session is connected. Returns the undo. */
export const followSession = (session: SessionLike) => follow(session, () => session.isConnected)

function follow(source: Pick<ManagerLike, 'subscribe'>, isOnline: () => boolean): () => void {
  onlineManager.setEventListener((setOnline) => {
    setOnline(isOnline()) // without this, TanStack Query takes itself to be online until the first change
    return source.subscribe(() => setOnline(isOnline()))
  })
  return () => {
    onlineManager.setEventListener(() => undefined)
    onlineManager.setOnline(true)
  }
}
