import type { Chooser, SecretsRequest } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import type { Guest, GuestAction, GuestOptions } from '../src/index.js'
import { openLab } from './lab.js'

const SECRET = 'correct horse battery staple'
const LOCKED = [{ id: 'wifi', name: 'Café', bearer: 'wlan', saved: false, secret: { psk: SECRET } }] as const

describe('a secret of the guest', () => {
  it('reaches the system if the host allows it, by the question and the answer alone', async () => {
    const { connect, finish, messages } = await openLab(LOCKED)
    const { mirror } = await connect({ allow: ['open', 'secrets'] })
    const asked: SecretsRequest[] = []
    const session = mirror.createSession('wifi', {
      secrets: async (request) => {
        asked.push(request)
        return { psk: SECRET, more: 'not asked for' }
      },
    })
    await finish(session.open())
    expect(asked).toMatchObject([{ configuration: { name: 'Café' }, fields: ['psk'], attempt: 1 }])
    const telling = messages.filter((message) => JSON.stringify(message).includes(SECRET))
    expect(telling).toMatchObject([{ roamkit: 'answer' }])
  })

  it('never crosses the bridge otherwise: the guest is not asked', async () => {
    const { connect, finish, messages } = await openLab(LOCKED)
    const { mirror } = await connect({ allow: ['open'] })
    let asked = 0
    const session = mirror.createSession('wifi', {
      secrets: async () => {
        asked += 1
        return { psk: SECRET }
      },
    })
    await expect(finish(session.open())).rejects.toMatchObject({ reason: 'secretMissing' })
    expect(asked).toBe(0)
    expect(JSON.stringify(messages)).not.toContain(SECRET)
  })

  it.each<readonly [string, () => Promise<never>]>([
    ['throws', () => Promise.reject(new Error(SECRET))],
    ['answers what cannot be sent', async () => ({ psk: () => {} }) as never],
    ['answers a text that is too long', async () => ({ psk: 'x'.repeat(65_537) }) as never],
    ['answers a list', async () => ['x'] as never],
  ])('stays there when its provider %s: the opening fails', async (_, secrets) => {
    const { connect, finish, messages } = await openLab(LOCKED)
    const { mirror } = await connect({ allow: ['open', 'secrets'] })
    await expect(finish(mirror.createSession('wifi', { secrets }).open())).rejects.toMatchObject({
      reason: 'secretsFailed',
    })
    expect(JSON.stringify(messages)).not.toContain(SECRET)
  })

  it('is wanted no longer when the opening is cancelled (N4)', async () => {
    const { connect, advance } = await openLab(LOCKED)
    const { mirror } = await connect({ allow: ['open', 'secrets'] })
    const signals: AbortSignal[] = []
    const session = mirror.createSession('wifi', {
      secrets: (_, { signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    void session.open()
    await advance(50)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    void session.close()
    await advance(50)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('is not waited for when the guest goes', async () => {
    const { manager, connect, advance } = await openLab(LOCKED)
    const { mirror } = await connect({ allow: ['open', 'secrets'] })
    const session = mirror.createSession('wifi', { secrets: () => new Promise(() => {}) })
    void session.open()
    await advance(50)
    await mirror.close()
    await advance(100)
    expect(manager.configurationFromIdentifier('wifi').state).toBe('discovered')
    expect(manager.holders('wifi')).toEqual([])
  })
})

describe('a guest that chooses', () => {
  it('is asked when a session on the choice of the user is opened (M6)', async () => {
    const guests: Guest[] = []
    const chooser: Chooser = async (candidates, call) => (await guests[0]?.chooser(candidates, call)) ?? null
    const { manager, connect, finish } = await openLab(undefined, { chooser })
    const { guest, mirror } = await connect(
      { allow: ['open', 'choose'] },
      { chooser: async (candidates) => candidates.find(({ name }) => name === 'Café')?.identifier ?? null },
    )
    guests.push(guest)
    expect(mirror.configurationFromIdentifier('userChoice')).toEqual(
      manager.configurationFromIdentifier('userChoice'),
    )
    const session = mirror.createSession('userChoice')
    await finish(session.open())
    expect(session.activeConfiguration).toBe('b')
    expect(session.configuration.type).toBe('userChoice')
  })

  it.each<readonly [string, readonly GuestAction[], GuestOptions]>([
    ['has no chooser', ['open', 'choose'], {}],
    ['is not allowed to', ['open'], { chooser: async () => 'b' }],
    ['chooses nothing', ['open', 'choose'], { chooser: async () => null }],
  ])('chooses nothing if it %s', async (_, allow, options) => {
    const { connect, settle } = await openLab()
    const { guest, mirror } = await connect({ allow }, options)
    await settle()
    const { signal } = new AbortController()
    await expect(guest.chooser(mirror.allConfigurations(), { signal })).resolves.toBeNull()
  })
})
