import type { MockOptions } from '@roamkit/backend-mock'
import { BackendError, type ManagerOptions } from '@roamkit/core'
import type { Lab } from './lab.js'

/** What can be done to a link, and to the service, at random. */
export const WORLD_ACTIONS = [
  'up',
  'down',
  'activating',
  'deactivating',
  'carrier',
  'flap',
  'setInRange',
  'remove',
  'add',
  'failNext',
  'rejectNext',
  'stall',
  'stallAccept',
  'release',
  'refuseDown',
  'stallDown',
  'switch',
  'hide',
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
      case 'setInRange':
        return world.setInRange(id, [true, false, null][much % 3] ?? null)
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
      case 'refuseDown':
        return world.refuseDeactivate(id, new BackendError('ERR_DENIED', 'not allowed'))
      case 'stallDown':
        return world.stallDeactivate(id)
      case 'switch':
        return world.set(id, { activate: much % 3 === 0 ? 'no' : 'yes' })
      case 'hide':
        return world.set(id, { inRange: false, activate: 'yes' })
    }
  } catch (error) {
    if (!(error as Error).message.startsWith('mock:')) throw error
  }
}

/** Times that a script runs with: the usual ones, all the same (so that deadlines are over in one instant), none, and a system that answers at once. */
export const TIMES: readonly (ManagerOptions & {
  readonly mock?: Pick<MockOptions, 'activationTime' | 'deactivationTime'>
})[] = [
  {},
  {
    lossGrace: 500,
    carrierGrace: 500,
    serviceGrace: 500,
    windDownTimeout: 500,
    offerTimeout: 500,
    trialTimeout: 500,
    reopenDelay: 500,
    mock: { activationTime: 250, deactivationTime: 500 },
  },
  { lossGrace: 0, carrierGrace: 0, serviceGrace: 0, offerTimeout: 0, trialTimeout: 0 },
  { mock: { activationTime: 0, deactivationTime: 0 } },
]

/** What was stalled goes on, what was switched off is on, and the service is there: from here on nothing happens by itself. */
export function calmDown({ world }: Lab): void {
  world.restoreService()
  for (const { id, link } of world.snapshot().configurations) {
    world.release(id)
    if (link === 'deactivating') world.down(id, 'requested')
    world.set(id, { activate: 'yes' })
  }
}
