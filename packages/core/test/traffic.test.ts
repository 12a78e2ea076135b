import { expect, it } from 'vitest'
import { asyncDispose, type Backend, type Traffic } from '../src/contract/index.js'
import { NetworkConfigurationManager } from '../src/index.js'
import { DOWN_LINK } from './down-link.js'

/** A session on a network of `a`, which is up, and `b`, which is down, on a backend that counts that of each link. */
async function openOn(traffic: Traffic | null) {
  const a = { ...DOWN_LINK, id: 'a', name: 'a', link: 'up', carrier: true, activation: 'a-1' } as const
  const backend: Partial<Backend> = {
    snapshot: () => ({
      service: 'ready',
      updates: 'events',
      scope: null,
      scan: 'no',
      recheck: 'no',
      statistics: traffic !== null,
      defaultId: null,
      power: 'awake',
      configurations: [a, { ...DOWN_LINK, id: 'b', name: 'b' }],
    }),
    traffic: () => traffic,
    holders: null,
    async [asyncDispose]() {},
  }
  const manager = await NetworkConfigurationManager.open({
    contract: 1,
    name: 'counting',
    open: async () => backend as Backend,
  })
  manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
  return { manager, sessions: ['net', 'a'].map((id) => manager.createSession(id)) }
}

it('the bytes of a session are those of the links that are active, and 0 once the manager is closed (M4)', async () => {
  const { manager, sessions } = await openOn({ received: 5, written: 2 })
  for (const session of sessions) expect([session.bytesReceived, session.bytesWritten]).toEqual([5, 2])
  await manager.close()
  for (const session of sessions) expect([session.bytesReceived, session.bytesWritten]).toEqual([0, 0])
})

it('the bytes of a session are 0 if the backend does not count them (M4)', async () => {
  const { manager, sessions } = await openOn(null)
  for (const session of sessions) expect([session.bytesReceived, session.bytesWritten]).toEqual([0, 0])
  await manager.close()
})
