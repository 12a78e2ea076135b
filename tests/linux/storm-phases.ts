import type { NetworkSession } from '@roamkit/core'
import { carrier, dhcp, nm, status } from '@roamkit/lab-linux'
import { expect } from 'vitest'
import { until } from './host.js'
import type { Fault } from './storm-lab.js'
import type { StormWorld, Witness } from './storm-world.js'

/** A moment in a session's life, and how to get there. */
export interface Phase {
  readonly name: string
  /** What the manager is opened with. */
  readonly options?: { readonly lossGrace?: number; readonly serviceGrace?: number }
  /**
   * Leads the session there and has the fault strike. Returns everything that was asked of the session and must be settled
   * in the end.
   */
  run(storm: Storm): Promise<readonly Promise<void>[]>
  /** After the daemons run again. */
  after?(): Promise<void>
  /** Whether the session may end though its link lives: somebody ended it, or its time was up. */
  readonly isEnding: boolean
}

/** One storm, as a phase sees it. */
export interface Storm {
  readonly world: StormWorld
  readonly witness: Witness
  readonly session: NetworkSession
  readonly profile: string
  readonly fault: Fault
  /** The fault strikes; resolves when clients could know. */
  strike(): Promise<void>
}

/** Every phase of opening, holding and closing that issue 3 names. */
export const PHASES: readonly Phase[] = [
  {
    name: 'before open',
    isEnding: false,
    async run({ session, strike }) {
      await strike()
      return [session.open()]
    },
  },
  {
    name: 'during accept',
    isEnding: false,
    async run({ session, world, strike }) {
      // Paused, it cannot answer before the fault strikes.
      await nm.pause()
      const opening = session.open()
      await until(() => expect(world.asked).toEqual(['activate']))
      await strike()
      return [opening]
    },
  },
  {
    name: 'activating',
    isEnding: false,
    async run({ session, world, profile, strike }) {
      await dhcp.pause()
      const opening = session.open()
      await until(() => expect(world.link(profile)).toBe('activating'))
      await strike()
      return [opening]
    },
    after: dhcp.resume,
  },
  {
    name: 'just up',
    isEnding: false,
    async run({ session, strike }) {
      const struck = new Promise<void>((resolve, reject) => {
        session.on('opened', () => strike().then(resolve, reject))
      })
      const opening = session.open()
      await struck
      return [opening]
    },
  },
  {
    name: 'held',
    isEnding: false,
    async run({ session, strike }) {
      await session.open()
      await until(() => expect(session.interface?.addresses).toHaveLength(2))
      await strike()
      return []
    },
  },
  {
    name: 'lossGrace, cable back',
    isEnding: true,
    options: { lossGrace: 1500 },
    async run({ session, strike }) {
      await session.open()
      await carrier('b', 'down')
      await until(() => expect(session.state).toBe('notAvailable'))
      await strike()
      return []
    },
    after: () => carrier('b', 'up'),
  },
  {
    name: 'lossGrace, cable lost',
    isEnding: true,
    options: { lossGrace: 300 },
    async run({ session, strike }) {
      await session.open()
      await carrier('b', 'down')
      await until(() => expect(session.state).toBe('notAvailable'))
      await strike()
      return []
    },
  },
  {
    name: 'serviceGrace',
    isEnding: false,
    async run({ session, world, strike }) {
      await session.open()
      await nm.kill()
      await until(() => expect(world.manager.service).toBe('lost'))
      // Struck while it starts; what becomes of this start does not matter.
      const starting = nm.start().catch(() => undefined)
      await until(() => expect(status().nm).not.toBeNull())
      await strike()
      return [starting]
    },
  },
  {
    name: 'serviceGrace over',
    isEnding: true,
    options: { serviceGrace: 50 },
    async run({ session, world, fault, strike }) {
      await session.open()
      await strike()
      if (!fault.isLoss) return []
      await until(() => expect(session.isOpen).toBe(false))
      expect(world.manager.isOnline).toBe(false)
      return []
    },
  },
  {
    name: 'closing',
    isEnding: true,
    async run({ session, world, strike }) {
      await session.open()
      await nm.pause()
      const closing = session.close()
      await until(() => expect(world.asked.at(-1)).toBe('deactivate'))
      await strike()
      return [closing]
    },
  },
  {
    name: 'going down',
    isEnding: true,
    async run({ session, world, profile, strike }) {
      await session.open()
      const closing = session.close()
      await until(() => expect(world.link(profile)).not.toBe('up'))
      await strike()
      return [closing]
    },
  },
  {
    name: 'just closed',
    isEnding: true,
    async run({ session, strike }) {
      await session.open()
      await session.close()
      await strike()
      return []
    },
  },
  {
    name: 'stopping',
    isEnding: true,
    async run({ session, world, strike }) {
      await session.open()
      await nm.pause()
      const stopping = session.stop()
      await until(() => expect(world.asked.at(-1)).toBe('deactivate'))
      await strike()
      return [stopping]
    },
  },
]
