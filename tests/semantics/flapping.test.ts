import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.js'

/** A cable that is preferred, and a Wi-Fi beside it. */
const BESIDE_WIFI = [
  { id: 'cable', bearer: 'ethernet', link: 'up' },
  { id: 'cafe', bearer: 'wlan' },
] as const

interface Flapping {
  readonly lab: Lab
  /** How often the session changed its access point. */
  changes(): number
  /** Milliseconds without a link that carries. */
  without(): number
  /** Takes the cable out, or puts it in, and lets time pass. */
  cable(is: 'in' | 'out', ms: number): Promise<void>
  active(): string
}

/** A session on all uplinks, open on the cable. */
async function flapping(
  options: Parameters<typeof openLab>[1] = {},
  machine = BESIDE_WIFI,
): Promise<Flapping> {
  const lab = await openLab(machine, options)
  const network = lab.manager.defineServiceNetwork({
    identifier: 'net',
    members: ['cable', 'cafe'],
  })
  const session = lab.manager.createSession(network)
  const opened = session.open()
  await lab.clock.advance(100)
  await opened
  let changes = 0
  let lostAt: number | null = null
  let without = 0
  const now = () => lab.clock.now()
  session.on('activeConfigurationChanged', () => {
    changes += 1
  })
  session.on('stateChanged', (state) => {
    if (state === 'connected' && lostAt !== null) without += now() - lostAt
    if (state === 'connected') lostAt = null
    else lostAt ??= now()
  })
  return {
    lab,
    changes: () => changes,
    without: () => without + (lostAt === null ? 0 : now() - lostAt),
    cable: async (is, ms) => {
      lab.world.carrier('cable', is === 'in')
      await lab.clock.advance(ms)
    },
    active: () => session.activeConfiguration,
  }
}

/** The longest that an activation takes on the mock, with all that comes of it. */
const SWITCH = 1000

describe('L3: a loose cable beside a Wi-Fi', () => {
  it.each([
    [3000, 2000],
    [1000, 1000],
    [4000, 2000],
    [500, 200],
  ])(
    'that is in for %i ms and out for %i changes the access point a handful of times in two minutes',
    async (inside, outside) => {
      const { cable, changes, without } = await flapping()
      let losses = 0
      for (let time = 0; time < 120_000; time += inside + outside) {
        losses += 1
        await cable('out', outside)
        await cable('in', inside)
      }
      expect(losses).toBeGreaterThan(15)
      expect(changes()).toBeLessThan(10)
      expect(without()).toBeLessThan(changes() * SWITCH)
    },
  )

  it('is left at once, and returned to when it has been good for the recovery time', async () => {
    const { cable, active } = await flapping({ recovery: 3000 })
    await cable('out', 500)
    expect(active()).toBe('cafe')
    await cable('in', 2900)
    expect(active()).toBe('cafe')
    await cable('in', 500)
    expect(active()).toBe('cable')
  })

  it('is returned to later after each relapse, and soon again when it has been good for long', async () => {
    const { cable, active, lab } = await flapping({ recovery: 3000, recoveryLimit: 10_000 })
    const returnsAfter = async () => {
      await cable('out', 500)
      const start = lab.clock.now()
      await cable('in', 0)
      while (active() !== 'cable') await lab.clock.advance(500)
      return Math.round((lab.clock.now() - start) / 1000)
    }
    expect([await returnsAfter(), await returnsAfter(), await returnsAfter()]).toEqual([3, 6, 10])
    await lab.clock.advance(60_000)
    expect(await returnsAfter()).toBe(3)
  })

  it('is stayed on while it is the only link there is', async () => {
    const { cable, active, lab, without } = await flapping()
    lab.world.setInRange('cafe', false)
    for (let round = 0; round < 20; round += 1) {
      await cable('out', 1000)
      await cable('in', 1000)
      expect(active()).toBe('cable')
    }
    expect(without()).toBeLessThan(20 * (1000 + SWITCH))
  })

  it('is gone to though it was just lost, if the other link goes', async () => {
    const { cable, active, lab } = await flapping()
    await cable('out', 500)
    await cable('in', 500)
    expect(active()).toBe('cafe')
    lab.world.setInRange('cafe', false)
    await lab.clock.advance(SWITCH)
    expect(active()).toBe('cable')
  })

  it('is preferred at once if the recovery time is 0', async () => {
    const { cable, active } = await flapping({ recovery: 0 })
    await cable('out', 500)
    await cable('in', 500)
    expect(active()).toBe('cable')
  })

  it('explain() says so until it has recovered', async () => {
    const { cable, lab } = await flapping()
    const why = () => lab.manager.explain('net', 'cable', 'cafe')
    expect(why()).toMatchObject({
      preferred: 'cable',
      because: 'metered' === why().because ? 'metered' : 'bearer',
    })
    await cable('out', 500)
    await cable('in', 500)
    expect(why()).toMatchObject({ preferred: 'cafe', because: 'recovery' })
    await cable('in', 3000)
    expect(why()).toMatchObject({ preferred: 'cable', because: 'bearer' })
  })

  it('a link that another session stops has not flapped', async () => {
    const { lab, active } = await flapping()
    const stopped = lab.manager.createSession('cable').stop()
    await lab.clock.advance(1000)
    await stopped
    expect(active()).toBe('cafe')
    await lab.clock.advance(1000)
    expect(lab.manager.explain('net', 'cable', 'cafe').because).toBe('bearer')
  })

  it('a consulted session is not offered it before it has recovered', async () => {
    const { lab, cable } = await flapping()
    const session = lab.manager.createSession('net')
    const offers: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }, _, offer) => {
      offers.push(`${identifier} ${lab.clock.now()}`)
      void offer.migrate()
    })
    session.on('newConfigurationActivated', (trial) => void trial.accept())
    void session.open()
    await lab.clock.advance(1000)
    const start = lab.clock.now()
    await cable('out', 500)
    await cable('in', 3100)
    const [first, second] = offers.map((text) => text.split(' '))
    expect(first?.[0]).toBe('cafe')
    expect(second?.[0]).toBe('cable')
    expect(Number(second?.[1]) - start).toBeGreaterThanOrEqual(3500)
  })
})

describe('L3 in random weather', () => {
  const RUNS = Number(process.env.ROAMKIT_RUNS ?? 100)
  const seed = Number(process.env.ROAMKIT_SEED ?? 1)

  it('the session is always connected beside a link that is stable, and changes seldom', async () => {
    const flaps = fc.array(
      fc.tuple(fc.integer({ min: 50, max: 20_000 }), fc.integer({ min: 50, max: 10_000 })),
      {
        minLength: 1,
        maxLength: 30,
      },
    )
    await fc.assert(
      fc.asyncProperty(flaps, async (times) => {
        const { lab, cable, changes, without } = await flapping({ closes: 'byItself' })
        const start = lab.clock.now()
        for (const [inside, outside] of times) {
          await cable('out', outside)
          await cable('in', inside)
        }
        const passed = lab.clock.now() - start
        // Twice for each loss at most, and a loss that counts needs the recovery time before and after it.
        expect(changes()).toBeLessThanOrEqual(2 + 2 * Math.ceil(passed / 3000))
        expect(changes()).toBeLessThanOrEqual(2 * times.length)
        expect(without()).toBeLessThanOrEqual(changes() * SWITCH)
        await lab.close()
      }),
      { numRuns: RUNS, seed },
    )
  })
})
