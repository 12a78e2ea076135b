import { describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../src/contract/index.js'
import { Bed, CARRIER_GRACE, DOWN, FADING, SERVICE_GRACE, UP, WAKE_GRACE } from './world-bed.js'

const link = (id: string, facts: Partial<LinkConfiguration> = {}): LinkConfiguration => ({
  ...DOWN,
  id,
  device: id,
  ...facts,
})

describe('a reading finds', () => {
  const [a, b, c] = [link('a'), link('b'), link('c')]

  it('a link that has taken the place of another one', () => {
    const bed = new Bed([a, b])
    expect(bed.shows([a, c])).toEqual(['c', 'b'])
    expect([...bed.watch.links()]).toEqual([a, c])
  })

  it('a link that has gone from the end, or from the front', () => {
    for (const [left, gone] of [
      [[a, b], 'c'],
      [[b, c], 'a'],
    ] as const) {
      const bed = new Bed([a, b, c])
      expect(bed.shows(left)).toEqual([gone])
      expect([...bed.watch.links()]).toEqual(left)
    }
  })

  it('a link that has come first', () => {
    const bed = new Bed([b, c])
    expect(bed.shows([a, b, c])).toEqual(['a'])
    expect(bed.watch.link('a')).toBe(a)
  })

  it('no change of links that only come in another order', () => {
    const bed = new Bed([a, b])
    expect(bed.shows([b, a])).toEqual([])
  })

  it('that something is new if only a fact of the machine is (M1)', () => {
    const bed = new Bed([DOWN])
    bed.shows([DOWN], { scan: 'yes' })
    expect(bed.shows(null, { defaultId: 'w' })).toEqual([])
    bed.shown({ scan: 'no' })
    expect(bed.watch.read()).toMatchObject({ isNew: true, changed: new Set() })
    expect(bed.watch.read().isNew).toBe(false)
  })

  it('no change of a link that core sees as it was (S12)', () => {
    const bed = new Bed([UP])
    expect(bed.shows([FADING])).toEqual(['w'])
    bed.now = CARRIER_GRACE
    expect(bed.read()).toEqual(['w'])
    expect(bed.read()).toEqual([])
    expect(bed.watch.link('w')).toBe(FADING)
  })
})

describe('a cable', () => {
  it('that has no carrier any more has no grace (S12)', () => {
    const cable = link('w', { bearer: 'ethernet', link: 'up', carrier: true, activation: 'w-1' })
    const bed = new Bed([cable])
    bed.shows([{ ...cable, carrier: false }])
    expect([bed.carries, bed.wakesAt]).toEqual([false, null])
  })
})

describe('the newest facts', () => {
  it('are what the backend shows, of a link that was never read, too', () => {
    const bed = new Bed([])
    bed.shownUnread([UP])
    expect(bed.watch.newest('w')).toBe(UP)
  })
})

describe('the links on a device', () => {
  it('are those that core sees on it and that are not down, in the order of their ids', () => {
    const [two, one] = [link('2', { ...UP, id: '2' }), link('1', { ...UP, id: '1' })]
    const bed = new Bed([two, one, DOWN])
    expect(bed.watch.onDevice('wlan0')).toEqual([one, two])
    bed.shows([two])
    expect(bed.watch.onDevice('wlan0')).toEqual([two])
    expect(bed.watch.onDevice('wlan1')).toEqual([])
  })
})

describe('a link while the service is away', () => {
  it('counts as out of reach in every respect after serviceGrace (S14)', () => {
    const bed = new Bed([
      { ...UP, inRange: true, activate: 'yes', deactivate: 'yes', portal: 'http://login' },
    ])
    bed.shows(null, { service: 'lost' })
    bed.now = SERVICE_GRACE
    bed.read()
    expect(bed.watch.link('w')).toEqual({
      ...UP,
      link: 'down',
      activation: null,
      carrier: null,
      inRange: false,
      activate: 'no',
      deactivate: 'no',
      interface: null,
      connectivity: 'unknown',
      portal: null,
    })
  })

  it('has its whole grace again after the machine has slept (S14, L4)', () => {
    const bed = new Bed([UP])
    bed.shows(null, { service: 'lost' })
    bed.now = 4000
    bed.shows(null, { power: 'asleep' })
    bed.now = 4000 + 2 * SERVICE_GRACE
    expect([bed.read(), bed.wakesAt, bed.watch.isLapsed]).toEqual([[], null, false])
    bed.shows(null, { power: 'awake' })
    bed.now += WAKE_GRACE
    bed.read()
    expect([bed.wakesAt, bed.watch.isLapsed]).toEqual([bed.now + SERVICE_GRACE, false])
  })

  it('has none left to begin after it has lapsed, whatever the machine does (S14, L4)', () => {
    const bed = new Bed([UP])
    bed.shows(null, { service: 'lost' })
    bed.now = SERVICE_GRACE
    bed.read()
    bed.shows(null, { power: 'asleep' })
    bed.shows(null, { power: 'awake' })
    bed.now += WAKE_GRACE
    bed.read()
    expect([bed.wakesAt, bed.watch.isLapsed]).toEqual([null, true])
  })

  it('has no grace while the service is there (S14, L4)', () => {
    const bed = new Bed([UP], { power: 'asleep' })
    bed.shows(null, { power: 'awake' })
    bed.now = WAKE_GRACE
    bed.read()
    expect([bed.wakesAt, bed.watch.isLapsed]).toEqual([null, false])
  })

  it('has no grace that runs while the machine sleeps (S14, L4)', () => {
    const bed = new Bed([UP], { power: 'asleep' })
    bed.shows(null, { service: 'lost' })
    expect(bed.wakesAt).toBeNull()
  })
})

describe('the sleep of the machine (L4)', () => {
  it('begins a rest, which ends wakeGrace after it has woken up; both are news', () => {
    const bed = new Bed([DOWN])
    const read = (power: 'awake' | 'asleep') => {
      bed.shown({ power })
      return bed.watch.read()
    }
    expect(read('asleep')).toMatchObject({ isNew: true, rest: 'begins', resumed: null })
    expect(bed.watch.isResting).toBe(true)
    bed.now = 5000
    expect(read('awake')).toMatchObject({ isNew: true, rest: null, resumed: 5000 })
    bed.now += WAKE_GRACE
    expect(bed.watch.read()).toMatchObject({ isNew: true, rest: 'ends', resumed: null })
    expect([bed.watch.isResting, bed.wakesAt]).toEqual([false, null])
  })

  it('shows in the wall clock if the backend does not know', () => {
    const bed = new Bed([DOWN], { power: 'unknown' })
    bed.now = 1000
    bed.slept = 60_000
    expect(bed.watch.read()).toMatchObject({ isNew: true, resumed: 60_000, rest: 'begins' })
  })

  it('does not show if the clock has no wall clock, or one that is no number', () => {
    const bed = new Bed([DOWN], { power: 'unknown' }, CARRIER_GRACE, 'hasNoWallClock')
    bed.now = 100_000
    expect(bed.watch.read()).toMatchObject({ isNew: false, resumed: null, rest: null })
    const other = new Bed([DOWN], { power: 'unknown' })
    other.slept = Number.POSITIVE_INFINITY
    expect(other.watch.read()).toMatchObject({ isNew: false, resumed: null, rest: null })
  })
})

describe('a tunnel (T2)', () => {
  const base = link('base', { bearer: 'ethernet', link: 'up', carrier: true, activation: 'base-1' })
  const unplugged: LinkConfiguration = { ...base, carrier: false }
  const tunnel = link('tunnel', { ...UP, id: 'tunnel', bearer: 'vpn', over: 'base' })

  it('changes with its base, and only if that changes anything', () => {
    const bed = new Bed([base, tunnel])
    expect(bed.shows([{ ...base, signal: 1 }, tunnel])).toEqual(['base'])
    expect(bed.shows([unplugged, tunnel])).toEqual(['base', 'tunnel'])
    expect(bed.watch.link('tunnel')).toEqual({ ...tunnel, carrier: false })
    const cut = bed.watch.link('tunnel')
    expect(bed.shows([{ ...unplugged, signal: 1 }, tunnel])).toEqual(['base'])
    expect(bed.watch.link('tunnel')).toBe(cut)
    expect(bed.shows([base, tunnel])).toEqual(['base', 'tunnel'])
    expect(bed.watch.link('tunnel')).toBe(tunnel)
  })

  it('carries by itself when it has left its base, or when its base has gone', () => {
    const free = { ...tunnel, over: null }
    const bed = new Bed([unplugged, tunnel])
    expect(bed.watch.link('tunnel')?.carrier).toBe(false)
    expect(bed.shows([unplugged, free])).toEqual(['tunnel'])
    expect(bed.watch.link('tunnel')).toBe(free)
    expect(bed.shows([base, free])).toEqual(['base'])
    expect(bed.shows([unplugged, tunnel])).toEqual(['base', 'tunnel'])
    expect(bed.shows([tunnel])).toEqual(['base', 'tunnel'])
    expect(bed.watch.link('tunnel')).toBe(tunnel)
  })

  it('that is down itself is shown as it is, whatever its base does', () => {
    const down: LinkConfiguration = { ...tunnel, link: 'down', activation: null, carrier: null }
    const bed = new Bed([base, down])
    expect(bed.shows([unplugged, down])).toEqual(['base'])
    expect(bed.watch.link('tunnel')).toBe(down)
  })

  it('hears no more of a base that it has left for another one', () => {
    const other = link('other', { ...base, id: 'other' })
    const moved = { ...tunnel, over: 'other' }
    const bed = new Bed([base, other, tunnel])
    bed.shows([base, other, moved])
    expect(bed.shows([unplugged, other, moved])).toEqual(['base'])
    expect(bed.shows([unplugged, { ...other, carrier: false }, moved])).toEqual(['other', 'tunnel'])
  })

  it('is cut off with several others that ride on one base', () => {
    const second = { ...tunnel, id: 'tunnel2' }
    const bed = new Bed([base, tunnel, second])
    expect(bed.shows([unplugged, tunnel, second])).toEqual(['base', 'tunnel', 'tunnel2'])
    expect(bed.shows([base, second])).toEqual(['base', 'tunnel', 'tunnel2'])
    expect(bed.shows([unplugged, second])).toEqual(['base', 'tunnel2'])
  })

  it('over a tunnel hears of the base of that', () => {
    const inner = link('inner', { ...tunnel, id: 'inner', over: 'tunnel' })
    const bed = new Bed([base, inner, tunnel])
    expect(bed.shows([unplugged, inner, tunnel])).toEqual(['base', 'tunnel', 'inner'])
    expect(bed.watch.link('inner')?.carrier).toBe(false)
    expect(bed.watch.newest('inner')?.carrier).toBe(false)
  })

  it('that is said to ride on itself over another one carries by itself', () => {
    const one = { ...tunnel, id: 'one', over: 'two' }
    const two = { ...tunnel, id: 'two', over: 'one', carrier: false }
    const bed = new Bed([one, two])
    expect(bed.watch.link('one')).toBe(one)
  })

  it('that rides on a circle of others is cut off all the same', () => {
    const one = { ...tunnel, id: 'one', over: 'two' }
    const two = { ...tunnel, id: 'two', over: 'one', carrier: false }
    const rider = { ...tunnel, id: 'rider', over: 'two' }
    const bed = new Bed([one, rider, two])
    expect(bed.watch.link('rider')?.carrier).toBe(false)
  })

  it('is cut off with a base that is said to ride on a link that is unknown', () => {
    const bed = new Bed([{ ...unplugged, over: 'elsewhere' }, tunnel])
    expect(bed.watch.link('tunnel')?.carrier).toBe(false)
  })

  it('is given the grace of its base on Wi-Fi, not one of its own (S12)', () => {
    const onWifi = { ...tunnel, over: 'w' }
    const bed = new Bed([onWifi, UP])
    expect(bed.shows([onWifi, FADING])).toEqual(['w'])
    expect(bed.watch.link('tunnel')).toBe(onWifi)
    bed.now = CARRIER_GRACE
    expect(bed.read()).toEqual(['w', 'tunnel'])
    expect(bed.watch.link('tunnel')?.carrier).toBe(false)
  })
})
