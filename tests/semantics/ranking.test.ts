import type { MockConfiguration } from '@roamkit/backend-mock'
import { allUplinks, bySignal, type RankingPolicy } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { openLab } from './lab.js'

/** A session on all uplinks that is open on `used`, where nobody is asked. */
async function openOn(
  used: Partial<MockConfiguration>,
  other: Partial<MockConfiguration>,
  ranking?: RankingPolicy,
) {
  const lab = await openLab([
    { id: 'used', bearer: 'wlan', link: 'up', ...used },
    { id: 'other', bearer: 'wlan', inRange: false, activate: 'no', ...other, signal: null },
  ])
  lab.manager.defineServiceNetwork({ ...allUplinks, ...(ranking === undefined ? {} : { ranking }) })
  const session = lab.manager.createSession(allUplinks.identifier)
  const opening = session.open()
  await lab.clock.advance(1000)
  await opening
  return {
    ...lab,
    session,
    /** `other` comes into range; which one is used after a minute. */
    after: async (signal: number | null) => {
      lab.world.set('other', { inRange: true, activate: 'yes', signal })
      await lab.clock.advance(60_000)
      return session.activeConfiguration
    },
  }
}

describe('M5 the system’s own choice', () => {
  const BOTH_UP = { link: 'up', inRange: true, activate: 'yes' } as const

  it('among links that are up comes before signal', async () => {
    const lab = await openOn({ signal: 30 }, {})
    const { manager, world, clock, session } = lab
    world.set('other', { inRange: true, activate: 'yes', signal: 20 })
    world.up('other')
    await clock.advance(60_000)
    expect(session.activeConfiguration).toBe('used')
    world.setDefault('other')
    await clock.advance(100)
    expect(session.activeConfiguration).toBe('other')
    expect(manager.explain(allUplinks.identifier, 'other', 'used').because).toBe('systemChoice')
    // It stays there although the other signal is stronger by far.
    world.set('used', { signal: 90 })
    await clock.advance(60_000)
    expect(session.activeConfiguration).toBe('other')
  })

  it('comes after connectivity, metered and bearer', async () => {
    const worse: [Partial<MockConfiguration>, Partial<MockConfiguration>][] = [
      [{ connectivity: 'full' }, { connectivity: 'portal' }],
      [{}, { metered: { value: true, sure: true } }],
      [{ bearer: 'ethernet' }, { bearer: 'wlan' }],
    ]
    for (const [used, other] of worse) {
      const { world, clock, session } = await openOn(used, { ...other, ...BOTH_UP })
      world.set('other', other)
      world.set('used', used)
      world.setDefault('other')
      await clock.advance(60_000)
      expect(session.activeConfiguration).toBe('used')
    }
  })

  it('does not keep a session on a link whose device the better one needs', async () => {
    const { world, after } = await openOn({ signal: 10, device: 'wlan0' }, { device: 'wlan0' })
    world.setDefault('used')
    expect(await after(90)).toBe('other')
  })
})

describe('M5 signal', () => {
  it('that suffices is never left for the sake of signal', async () => {
    const { after } = await openOn({ signal: 50 }, {})
    expect(await after(100)).toBe('used')
  })

  it('below that, the margin counts', async () => {
    const { after } = await openOn({ signal: 40 }, {})
    expect([await after(54), await after(60)]).toEqual(['used', 'other'])
  })

  it('and twice the margin on one device', async () => {
    const { after } = await openOn({ signal: 40, device: 'wlan0' }, { device: 'wlan0' })
    expect([await after(60), await after(75)]).toEqual(['used', 'other'])
  })

  it('margin, dwell and sufficientSignal are options', async () => {
    const { after, session, clock, world } = await openOn({ signal: 60 }, {}, [
      bySignal({ margin: 5, dwell: 90_000, sufficientSignal: 70 }),
    ])
    expect([await after(64), await after(70)]).toEqual(['used', 'used'])
    await clock.advance(40_000)
    expect(session.activeConfiguration).toBe('other')
    world.set('used', { signal: 100 })
    await clock.advance(200_000)
    expect(session.activeConfiguration).toBe('other')
  })

  it('is the better of the last one scanned and the last one polled: no going back and forth', async () => {
    const { after, session, clock, world } = await openOn({ signal: 20 }, {})
    expect(await after(45)).toBe('other')
    // In use it shows less of the same.
    world.set('other', { signal: 25 })
    world.set('used', { signal: 45 })
    await clock.advance(60_000)
    expect(session.activeConfiguration).toBe('other')
    world.set('used', { signal: 65 })
    await clock.advance(60_000)
    expect(session.activeConfiguration).toBe('used')
  })

  it('of a link that fades is its own: what a scan found before it was up does not keep a session on it', async () => {
    const { world, session, clock, after } = await openOn(
      { link: 'down', signal: 90, device: 'wlan0' },
      { device: 'wlan0' },
    )
    world.set('used', { signal: 70 })
    expect(await after(75)).toBe('used')
    world.set('used', { signal: 40 })
    await clock.advance(60_000)
    expect(session.activeConfiguration).toBe('other')
  })

  it('is forgotten when the access point is another one, or it was out of range', async () => {
    for (const forget of ['point', 'range'] as const) {
      const { after, session, clock, world } = await openOn({ signal: 30 }, { point: 'p1' })
      expect(await after(45)).toBe('other')
      if (forget === 'point') world.set('other', { signal: 10, point: 'p2' })
      else {
        world.down('other', 'carrierLost')
        world.set('other', { inRange: false, activate: 'no', signal: null })
        await clock.advance(100)
        world.set('other', { inRange: true, activate: 'yes', signal: 30 })
      }
      await clock.advance(60_000)
      expect(session.activeConfiguration).toBe('used')
    }
  })

  it('that is unknown counts as full', async () => {
    const { after } = await openOn({ signal: 40 }, {})
    expect(await after(null)).toBe('other')
  })
})
