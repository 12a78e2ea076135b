import { BackendError } from '@roamkit/core'
import type { Lab } from './lab.js'

/** What can be done to a link, and to the service, at random. */
export const WORLD_ACTIONS = [
  'up',
  'down',
  'activating',
  'deactivating',
  'carrier',
  'flap',
  'reach',
  'remove',
  'add',
  'failNext',
  'rejectNext',
  'stall',
  'stallAccept',
  'release',
  'loseService',
  'restoreService',
  'wait',
  'wait',
  'wait',
  'waitLong',
] as const

/** One thing that happens: what, to which of a few sessions or links, and how much. */
export interface Action<What extends string> {
  readonly what: What
  readonly which: number
  readonly much: number
}

/** Does something to a link; what makes no sense at the moment does not happen. */
export function control({ world }: Lab, id: string, { what, much }: Action<string>): void {
  try {
    switch (what) {
      case 'up':
        return world.up(id)
      case 'down':
        return world.down(id, 'carrierLost')
      case 'activating':
        return world.activating(id)
      case 'deactivating':
        return world.deactivating(id)
      case 'carrier':
        return world.carrier(id, much % 2 === 0)
      case 'flap':
        return world.flap(id)
      case 'reach':
        return world.reach(id, [true, false, null][much % 3] ?? null)
      case 'better':
        return world.set(id, { metered: { value: much % 2 === 0, sure: true } })
      case 'portal':
        return world.set(id, { connectivity: much % 2 === 0 ? 'portal' : 'full' })
      case 'remove':
        return world.remove(id)
      case 'failNext':
        return world.failNext(id, 'addressFailed')
      case 'rejectNext':
        return world.failNext(id, new BackendError('ERR_DENIED', 'not allowed'))
      case 'stall':
        return world.stall(id)
      case 'stallAccept':
        return world.stallAccept(id)
      case 'release':
        return world.release(id)
    }
  } catch (error) {
    if (!(error as Error).message.startsWith('mock:')) throw error
  }
}
