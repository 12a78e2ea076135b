import { describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../src/contract/index.js'
import { Bed, CARRIER_GRACE, DOWN, FADING, SERVICE_GRACE, UP, WAKE_GRACE } from './world-bed.js'

describe('a wlan that loses its carrier', () => {
  it('keeps it for carrierGrace (S12)', () => {
    const bed = new Bed([UP])
    bed.now = 100
    bed.shows([FADING])
    expect([bed.carries, bed.wakesAt]).toEqual([true, 100 + CARRIER_GRACE])
    bed.now = bed.wakesAt ?? 0
    expect(bed.read()).toEqual(['w'])
    expect([bed.carries, bed.wakesAt]).toEqual([false, null])
  })

  it('loses it at once if carrierGrace is 0', () => {
    const bed = new Bed([UP], {}, 0)
    bed.shows([FADING])
    expect([bed.carries, bed.wakesAt]).toEqual([false, null])
  })

  it.each([
    ['was not listed', []],
    ['was coming up without one', [{ ...UP, link: 'activating', carrier: false } as const]],
    ['had one in an activation before this', [{ ...UP, activation: 'w-0' }]],
  ])('has no grace if it %s', (_what, before) => {
    const bed = new Bed(before)
    bed.shows([FADING])
    expect(bed.carries).toBe(false)
  })

  it('has no grace in a new activation because of the one before', () => {
    const bed = new Bed([UP])
    bed.shows([FADING])
    bed.now = 1000
    bed.shows([{ ...FADING, activation: 'w-2' }])
    expect([bed.carries, bed.wakesAt]).toEqual([false, null])
  })

  it('has no grace while it is taken down', () => {
    const bed = new Bed([UP])
    bed.shows([{ ...FADING, link: 'deactivating' }])
    expect([bed.carries, bed.wakesAt]).toEqual([false, null])
  })

  it('has no grace that is left over if it has the carrier again', () => {
    const bed = new Bed([UP])
    bed.shows([FADING])
    bed.shows([UP])
    expect(bed.watch.link('w')).toBe(UP)
    expect(bed.wakesAt).toBeNull()
  })

  it('is what the backend shows as long as it does not say that it has none', () => {
    const unknown = { ...UP, carrier: null }
    const bed = new Bed([UP])
    bed.shows([unknown])
    expect(bed.watch.link('w')).toBe(unknown)
  })

  it('is given its whole grace after the machine has slept (L4)', () => {
    const bed = new Bed([UP])
    bed.shows([FADING])
    bed.now = 1000
    bed.shows(null, { power: 'asleep' })
    bed.now = 1000 + 2 * CARRIER_GRACE
    bed.read()
    expect([bed.carries, bed.wakesAt]).toEqual([true, null])
    const awake = bed.now
    bed.shows(null, { power: 'awake' })
    expect([bed.carries, bed.wakesAt]).toEqual([true, awake + WAKE_GRACE])
    bed.now = awake + WAKE_GRACE
    bed.read()
    expect([bed.carries, bed.wakesAt]).toEqual([true, bed.now + CARRIER_GRACE])
  })

  it('wakes the watch by whichever grace is over first', () => {
    const other = { ...UP, id: 'x', device: 'wlan1' }
    for (const [first, second] of [
      [UP, other],
      [other, UP],
    ] as const) {
      const bed = new Bed([UP, other])
      const both = (fading: readonly LinkConfiguration[]) =>
        [UP, other].map((link) => (fading.includes(link) ? { ...link, carrier: false } : link))
      bed.now = 500
      bed.shows(both([first]))
      bed.now = 700
      bed.shows(both([first, second]))
      expect(bed.wakesAt).toBe(500 + CARRIER_GRACE)
      bed.now = 500 + CARRIER_GRACE
      expect(bed.read()).toEqual([first.id])
      expect(bed.wakesAt).toBe(700 + CARRIER_GRACE)
    }
  })

  it('has its carrier in the newest facts, too, but only in this activation', () => {
    const bed = new Bed([UP])
    bed.shows([FADING])
    expect(bed.watch.newest('w')).toBe(bed.watch.link('w'))
    const again = { ...FADING, activation: 'w-2' }
    bed.shownUnread([again])
    expect(bed.watch.newest('w')).toBe(again)
    bed.shownUnread([DOWN])
    expect(bed.watch.newest('w')).toBe(DOWN)
    bed.shownUnread([])
    expect(bed.watch.newest('w')).toBeNull()
  })
})

describe('a service that is away', () => {
  it('makes every link count as down after serviceGrace, counted from when the watch began (S14)', () => {
    const bed = new Bed([UP], { service: 'lost' })
    expect(bed.wakesAt).toBe(SERVICE_GRACE)
    bed.now = SERVICE_GRACE
    expect(bed.read()).toEqual(['w'])
    expect([bed.watch.isLapsed, bed.watch.link('w')?.link]).toEqual([true, 'down'])
  })

  it('has one grace, whatever else changes meanwhile', () => {
    const bed = new Bed([UP])
    bed.shows(null, { service: 'lost' })
    bed.now = 4000
    bed.shows(null, { scan: 'yes' })
    expect(bed.wakesAt).toBe(SERVICE_GRACE)
  })

  it('changes nothing by what it shows before it is back', () => {
    const bed = new Bed([UP])
    bed.shows(null, { service: 'lost' })
    expect(bed.shows([DOWN])).toEqual([])
    expect(bed.watch.link('w')).toBe(UP)
    expect(bed.shows(null, { service: 'ready' })).toEqual(['w'])
    expect(bed.watch.link('w')).toBe(DOWN)
  })

  it('makes nothing different by coming back in time', () => {
    const bed = new Bed([UP])
    bed.shows(null, { service: 'lost' })
    expect(bed.shows(null, { service: 'ready' })).toEqual([])
    expect(bed.wakesAt).toBeNull()
  })

  it('makes the links be what they are by coming back late', () => {
    const bed = new Bed([UP, { ...DOWN, id: 'x' }])
    bed.shows(null, { service: 'lost' })
    bed.now = SERVICE_GRACE
    bed.read()
    expect(bed.shows(null, { service: 'ready' })).toEqual(['w', 'x'])
    expect(bed.watch.link('w')).toBe(UP)
  })

  it('keeps the carrier of a wlan until it is back: then a grace that is over is over', () => {
    const bed = new Bed([UP])
    bed.shows([FADING])
    bed.shows(null, { service: 'lost' })
    expect(bed.wakesAt).toBe(CARRIER_GRACE)
    bed.now = CARRIER_GRACE
    expect(bed.read()).toEqual([])
    expect(bed.carries).toBe(true)
    expect(bed.shows(null, { service: 'ready' })).toEqual(['w'])
    expect(bed.carries).toBe(false)
  })
})

describe('a link that is taken down', () => {
  const LEAVING: LinkConfiguration = { ...UP, link: 'deactivating' }

  it('was up if it was seen to be up, also when something else about it changes (C10)', () => {
    const bed = new Bed([UP])
    bed.shows([LEAVING])
    bed.shows([{ ...LEAVING, signal: 40 }])
    expect(bed.watch.wasUp('w')).toBe(true)
  })

  it('was not up if it was seen coming up, until it is something else (C10)', () => {
    const bed = new Bed([{ ...UP, link: 'activating', carrier: null }])
    bed.shows([LEAVING])
    expect(bed.watch.wasUp('w')).toBe(false)
    bed.shows([DOWN])
    expect(bed.watch.wasUp('w')).toBe(true)
  })

  it('counts as having been up if nothing is known of it before (C10)', () => {
    expect(new Bed([LEAVING]).watch.wasUp('w')).toBe(true)
    const bed = new Bed([])
    expect(bed.shows([LEAVING])).toEqual(['w'])
    expect(bed.watch.wasUp('w')).toBe(true)
  })
})

describe('a reading', () => {
  it('has what was added, changed and removed, and nothing else', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ ...DOWN, id })) as [
      LinkConfiguration,
      LinkConfiguration,
      LinkConfiguration,
    ]
    const bed = new Bed([a, c])
    expect(bed.shows([a, b, { ...c, signal: 1 }])).toEqual(['b', 'c'])
    expect(bed.shows([b])).toEqual(['a', 'c'])
    expect(bed.watch.link('a')).toBeNull()
    expect(bed.read()).toEqual([])
  })

  it('is new if anything is', () => {
    const bed = new Bed([DOWN])
    expect(bed.watch.read().isNew).toBe(false)
    bed.watch.touch('w')
    expect(bed.watch.read()).toMatchObject({ isNew: true, changed: new Set(['w']) })
  })
})
