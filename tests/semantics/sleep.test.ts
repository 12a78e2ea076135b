import { VirtualClock } from '@roamkit/backend-mock'
import type { Clock } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { type Lab, listen, openLab } from './lab.js'

const HOUR = 3_600_000

/** A session on all of `a` and `b`, open on `a`, with a listener or without. */
async function openOnA(options: Parameters<typeof openLab>[1] = {}) {
  const lab = await openLab(
    [
      { id: 'a', link: 'up' },
      { id: 'b', bearer: 'wlan' },
    ],
    options,
  )
  lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
  const resumed: number[] = []
  lab.manager.on('resumed', (ms) => resumed.push(ms))
  return { ...lab, resumed }
}

async function open(lab: Lab, identifier: string) {
  const session = lab.manager.createSession(identifier)
  const opened = session.open()
  await lab.clock.advance(1000)
  await opened
  return { session, told: listen(session) }
}

/** The machine sleeps: the system says so, and takes its links down. */
async function sleep(lab: Lab, ms: number) {
  lab.world.setPower('asleep')
  await lab.clock.flush()
  lab.world.carrier('a', false)
  await lab.clock.advance(50)
  lab.clock.sleep(ms)
  lab.world.setPower('awake')
  await lab.clock.flush()
}

describe('L4: the machine sleeps', () => {
  it('resumed is emitted once, with the time asleep by the wall clock', async () => {
    const lab = await openOnA()
    await sleep(lab, HOUR)
    await lab.clock.advance(100_000)
    expect(lab.resumed).toEqual([HOUR + 50])
  })

  it('a session on an access point is open after it, though its link took longer than lossGrace to come back', async () => {
    const lab = await openOnA()
    const { session, told } = await open(lab, 'a')
    await sleep(lab, HOUR)
    await lab.clock.advance(20_000)
    lab.world.carrier('a', true)
    await lab.clock.advance(100_000)
    expect(session.isOpen).toBe(true)
    expect(told).toEqual(['notAvailable', 'connected'])
  })

  it('a session on a service network has not roamed in its sleep, nor before its link had time to come back', async () => {
    const lab = await openOnA()
    const { session, told } = await open(lab, 'net')
    await sleep(lab, HOUR)
    await lab.clock.advance(29_000)
    lab.world.carrier('a', true)
    await lab.clock.advance(100_000)
    expect(session.activeConfiguration).toBe('a')
    expect(session.state).toBe('connected')
    expect(told).not.toContain('roaming')
    expect(told).not.toContain('closed')
  })

  it('a link that did not survive is lost when wakeGrace is over: the session roams (R11)', async () => {
    const lab = await openOnA({ wakeGrace: 10_000 })
    const { session } = await open(lab, 'net')
    await sleep(lab, HOUR)
    await lab.clock.advance(9900)
    expect(session.activeConfiguration).toBe('a')
    await lab.clock.advance(1100)
    expect(session.activeConfiguration).toBe('b')
    expect(session.state).toBe('connected')
  })

  it('and on an access point lossGrace begins then (S12)', async () => {
    const lab = await openOnA({ wakeGrace: 10_000, lossGrace: 5000 })
    const { session, told } = await open(lab, 'a')
    await sleep(lab, HOUR)
    await lab.clock.advance(14_900)
    expect(session.isOpen).toBe(true)
    await lab.clock.advance(200)
    expect(session.isOpen).toBe(false)
    expect(told).toContain('error:sessionAborted/lost')
  })

  it('with a lossGrace of 0 it ends when wakeGrace is over', async () => {
    const lab = await openOnA({ wakeGrace: 10_000, lossGrace: 0 })
    const { session } = await open(lab, 'a')
    await sleep(lab, HOUR)
    await lab.clock.advance(9900)
    expect(session.isOpen).toBe(true)
    await lab.clock.advance(200)
    expect(session.isOpen).toBe(false)
  })

  it('a grace that had begun before starts again after it', async () => {
    const lab = await openOnA({ wakeGrace: 10_000, lossGrace: 5000 })
    const { session } = await open(lab, 'a')
    lab.world.carrier('a', false)
    await lab.clock.advance(4900)
    await sleep(lab, HOUR)
    await lab.clock.advance(14_900)
    expect(session.isOpen).toBe(true)
    await lab.clock.advance(200)
    expect(session.isOpen).toBe(false)
  })

  it('the grace of a network session that was lost with nowhere to go starts again, too (R11)', async () => {
    const lab = await openOnA({ wakeGrace: 10_000, lossGrace: 5000 })
    lab.world.setInRange('b', false)
    const { session } = await open(lab, 'net')
    lab.world.carrier('a', false)
    await lab.clock.advance(4900)
    await sleep(lab, HOUR)
    await lab.clock.advance(14_900)
    expect(session.isOpen).toBe(true)
    await lab.clock.advance(300)
    expect(session.isOpen).toBe(false)
  })

  it('a link that is back while the machine rests is connected at once', async () => {
    const lab = await openOnA()
    lab.world.setInRange('b', false)
    const { session } = await open(lab, 'net')
    lab.world.carrier('a', false)
    await lab.clock.advance(1000)
    await sleep(lab, HOUR)
    lab.world.carrier('a', true)
    await lab.clock.advance(1000)
    expect(session.state).toBe('connected')
  })

  it('a trial has its whole time after it, and is not lost in between', async () => {
    const lab = await openOnA({ wakeGrace: 10_000, trialTimeout: 30_000 })
    lab.world.setInRange('b', false)
    const session = lab.manager.createSession('net')
    session.on('preferredConfigurationChanged', (_, __, offer) => void offer.migrate())
    void session.open()
    await lab.clock.advance(1000)
    lab.world.setInRange('b', true)
    lab.world.set('a', { metered: { value: true, sure: true } })
    await lab.clock.advance(1000)
    expect(session.trial).not.toBeNull()
    await lab.clock.advance(20_000)
    lab.world.setPower('asleep')
    await lab.clock.flush()
    expect(session.trial?.remaining).toBe(30_000)
    lab.clock.sleep(HOUR)
    lab.world.setPower('awake')
    await lab.clock.advance(10_000)
    expect(session.trial?.remaining).toBe(30_000)
    await lab.clock.advance(29_000)
    expect(session.trial).not.toBeNull()
    await lab.clock.advance(1100)
    expect(session.trial).toBeNull()
    expect(session.activeConfiguration).toBe('b')
  })

  it('an offer is withdrawn, and made again after it', async () => {
    const lab = await openOnA({ wakeGrace: 10_000 })
    lab.world.setInRange('b', false)
    const session = lab.manager.createSession('net')
    const told: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }) => told.push(`offered ${identifier}`))
    session.on('offerWithdrawn', ({ identifier }) => told.push(`withdrawn ${identifier}`))
    void session.open()
    await lab.clock.advance(1000)
    lab.world.setInRange('b', true)
    lab.world.set('a', { metered: { value: true, sure: true } })
    await lab.clock.advance(1000)
    lab.world.setPower('asleep')
    await lab.clock.advance(100)
    lab.world.setPower('awake')
    await lab.clock.advance(9000)
    expect(told).toEqual(['offered b', 'withdrawn b'])
    await lab.clock.advance(1100)
    expect(told).toEqual(['offered b', 'withdrawn b', 'offered b'])
  })

  it('a wlan that has no carrier just after it has its whole carrierGrace after the rest (S12)', async () => {
    const lab = await openLab([{ id: 'w', bearer: 'wlan', link: 'up' }], {
      wakeGrace: 10_000,
      carrierGrace: 3000,
    })
    const { session, told } = await open(lab, 'w')
    lab.world.setPower('asleep')
    await lab.clock.flush()
    lab.world.set('w', { carrier: false })
    lab.clock.sleep(HOUR)
    lab.world.setPower('awake')
    await lab.clock.advance(12_900)
    expect(session.state).toBe('connected')
    expect(told).toEqual([])
    await lab.clock.advance(200)
    expect(session.state).not.toBe('connected')
  })

  it('a service that is away has its whole serviceGrace after the rest (S14)', async () => {
    const lab = await openOnA({ wakeGrace: 10_000, serviceGrace: 10_000 })
    const { session } = await open(lab, 'a')
    lab.world.loseService()
    await lab.clock.advance(9000)
    lab.world.setPower('asleep')
    await lab.clock.flush()
    lab.clock.sleep(HOUR)
    lab.world.setPower('awake')
    await lab.clock.advance(19_900)
    expect(session.isOpen).toBe(true)
    await lab.clock.advance(200)
    expect(session.isOpen).toBe(false)
  })

  it('calls work while the machine rests', async () => {
    const lab = await openOnA()
    await sleep(lab, HOUR)
    const { session } = await open(lab, 'b')
    expect(session.isOpen).toBe(true)
    const closed = session.close()
    await lab.clock.advance(1000)
    await closed
    expect(session.isOpen).toBe(false)
  })
})

describe('L4: where the backend cannot tell', () => {
  it('a jump of the wall clock of more than 15 s is sleep', async () => {
    const lab = await openOnA({ mock: { power: 'unknown' } })
    const { session, told } = await open(lab, 'net')
    lab.clock.sleep(HOUR)
    lab.world.carrier('a', false)
    await lab.clock.advance(20_000)
    expect(lab.resumed).toEqual([HOUR])
    expect(session.activeConfiguration).toBe('a')
    lab.world.carrier('a', true)
    await lab.clock.advance(60_000)
    expect(session.state).toBe('connected')
    expect(told).not.toContain('roaming')
    expect(lab.resumed).toHaveLength(1)
  })

  it('a smaller one is none', async () => {
    const lab = await openOnA({ mock: { power: 'unknown' } })
    await open(lab, 'net')
    lab.clock.sleep(15_000)
    lab.world.carrier('a', false)
    await lab.clock.advance(5000)
    expect(lab.resumed).toEqual([])
  })

  it('a clock that is set while the backend says that the machine is awake is no sleep', async () => {
    const lab = await openOnA()
    await open(lab, 'net')
    lab.clock.sleep(HOUR)
    lab.world.carrier('a', false)
    await lab.clock.advance(1000)
    expect(lab.resumed).toEqual([])
  })

  it.each([0, 30_000])(
    'each sleep is told, also one within the wakeGrace of %i ms of another',
    async (wakeGrace) => {
      const lab = await openOnA({ wakeGrace, mock: { power: 'unknown' } })
      const { session } = await open(lab, 'net')
      for (let count = 0; count < 2; count += 1) {
        lab.clock.sleep(HOUR)
        session.report('alive')
        lab.world.set('a', { signal: count })
        await lab.clock.advance(5000)
      }
      expect(lab.resumed).toEqual([HOUR, HOUR])
    },
  )

  it('a short sleep after a long one is told, too', async () => {
    const lab = await openOnA()
    await sleep(lab, HOUR)
    await lab.clock.advance(10_000)
    await sleep(lab, 10_000)
    expect(lab.resumed).toEqual([HOUR + 50, 10_050])
  })

  it('a wall clock that gives no number tells nothing', async () => {
    const virtual = new VirtualClock()
    const clock: Clock = {
      isVirtual: true,
      now: () => virtual.now(),
      after: (ms, run) => virtual.after(ms, run),
      wall: () => Number.NaN,
    }
    const lab = await openOnA({ clock, mock: { power: 'unknown' } })
    lab.world.carrier('a', false)
    await virtual.advance(1000)
    expect(lab.resumed).toEqual([])
  })

  it('what the backend says after the jump was seen is not told twice', async () => {
    const lab = await openOnA({ mock: { power: 'unknown' } })
    await open(lab, 'net')
    lab.clock.sleep(HOUR)
    lab.world.carrier('a', false)
    await lab.clock.flush()
    lab.world.setPower('asleep')
    await lab.clock.advance(10)
    lab.world.setPower('awake')
    await lab.clock.advance(10)
    expect(lab.resumed).toEqual([HOUR])
  })

  it('a clock without a wall clock tells nothing', async () => {
    const virtual = new VirtualClock()
    const clock: Clock = {
      isVirtual: true,
      now: () => virtual.now(),
      after: (ms, run) => virtual.after(ms, run),
    }
    const lab = await openOnA({ clock })
    virtual.sleep(HOUR)
    lab.world.carrier('a', false)
    await virtual.advance(1000)
    expect(lab.resumed).toEqual([])
  })
})
