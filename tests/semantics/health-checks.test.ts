import { describe, expect, it } from 'vitest'
import { type Checked, checked, define, openOn } from './checked-lab.js'
import { openLab } from './lab.js'

/** How often that link was checked. */
const checksOf = ({ checks }: Checked, id: string) => checks.filter((one) => one.startsWith(`${id} `)).length

describe('L1: evidence', () => {
  it('costs nothing before the health of a link is asked for', async () => {
    const { lab } = await checked()
    expect(lab.manager.createSession('a').healthCost).toEqual({ checks: 0, bytes: 0 })
  })

  it('begins again with another activation, even if the link was never seen down', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a', { health: it.health })
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(5000)
    it.lab.world.flap('a')
    await it.lab.clock.advance(5000)
    expect(told).toEqual(['a good', 'a unknown', 'a good'])
  })

  it('holds while the link has no carrier, and begins again when it is back', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession('a', { health: it.health })
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(5000)
    it.lab.world.carrier('a', false)
    await it.lab.clock.advance(1000)
    expect([session.health, told]).toEqual(['good', ['a good']])
    it.lab.world.carrier('a', true)
    await it.lab.clock.flush()
    expect(session.health).toBe('unknown')
  })

  it('is not taken from a session that has lost its link', async () => {
    const { lab } = await checked()
    const session = lab.manager.createSession('a')
    const told = await openOn(lab, session)
    lab.world.carrier('a', false)
    await lab.clock.advance(100)
    for (let count = 0; count < 3; count += 1) session.report('failed')
    lab.world.carrier('a', true)
    await lab.clock.advance(1000)
    expect([session.health, told]).toEqual(['unknown', []])
  })

  it('goes with a configuration that is removed: it is another one if it is there again (C8)', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(10_000)
    expect(session.activeConfiguration).toBe('b')
    it.lab.world.remove('a')
    await it.lab.clock.advance(1000)
    it.answers.a = true
    it.lab.world.add({ id: 'a', bearer: 'ethernet' })
    await it.lab.clock.advance(1000)
    expect(it.lab.manager.explain('net', 'a', 'b')).toMatchObject({ preferred: 'a', because: 'bearer' })
  })

  it('goes with the configuration that a session uses, too (C8, S13)', async () => {
    const it = await checked()
    it.lab.world.setInRange('b', false)
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(10_000)
    it.lab.world.remove('a')
    await it.lab.clock.advance(1000)
    it.lab.world.add({ id: 'a', bearer: 'ethernet', link: 'up' })
    await it.lab.clock.advance(1000)
    expect([session.state, session.health]).toEqual(['connected', 'unknown'])
    expect(told).toEqual(['a bad', 'a unknown'])
  })
})

describe('L1: links that a check of a session has found bad', () => {
  it('are as good as each other for it: the policy decides', async () => {
    const it = await checked()
    define(it)
    const session = it.lab.manager.createSession('net', { health: it.health })
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(30_000)
    expect(session.activeConfiguration).toBe('b')
    it.answers.b = false
    await it.lab.clock.advance(60_000)
    expect([session.health, session.activeConfiguration]).toEqual(['bad', 'a'])
  })
})

describe('L1: a check', () => {
  it('that throws has failed at once', async () => {
    const it = await checked({ downAfter: 2 })
    it.answers.a = new Error('no route')
    const session = it.lab.manager.createSession('a', { health: it.health })
    const told = await openOn(it.lab, session)
    await it.lab.clock.advance(1500)
    expect([it.checks, told]).toEqual([['a 0', 'a 2000'], ['a bad']])
  })

  it('is not made of a link without an interface', async () => {
    const lab = await openLab([{ id: 'a', link: 'up', interface: null }])
    const seen: string[] = []
    const check = async () => {
      seen.push('checked')
      return true
    }
    const session = lab.manager.createSession('a', { health: { check } })
    await openOn(lab, session)
    await lab.clock.advance(60_000)
    expect([session.state, session.health, seen]).toEqual(['connected', 'unknown', []])
  })

  it('is not made of a link that was left while it was good', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    await openOn(it.lab, session)
    await it.lab.clock.advance(5000)
    it.lab.world.set('a', { metered: { value: true, sure: true } })
    await it.lab.clock.advance(5000)
    expect(session.activeConfiguration).toBe('b')
    const before = checksOf(it, 'a')
    await it.lab.clock.advance(60_000)
    expect(checksOf(it, 'a')).toBe(before)
    expect(checksOf(it, 'b')).toBeGreaterThan(3)
  })

  it('is not made of a bad link once no session is open', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    it.answers.a = false
    await openOn(it.lab, session)
    await it.lab.clock.advance(10_000)
    expect(session.activeConfiguration).toBe('b')
    void session.close()
    await it.lab.clock.advance(1000)
    const before = it.checks.length
    await it.lab.clock.advance(60_000)
    expect(it.checks).toHaveLength(before)
  })

  it('of one session goes on when another session on its link is closed', async () => {
    const it = await checked()
    const [one, other] = [
      it.lab.manager.createSession('a', { health: it.health }),
      it.lab.manager.createSession('a', { health: it.health }),
    ]
    const opened = one.open()
    await openOn(it.lab, other)
    await opened
    void one.close()
    await it.lab.clock.advance(5000)
    it.lab.world.carrier('a', false)
    await it.lab.clock.advance(100)
    it.lab.world.carrier('a', true)
    await it.lab.clock.flush()
    expect(other.health).toBe('unknown')
    await it.lab.clock.advance(5000)
    expect(other.health).toBe('good')
  })

  it('leaves no time behind when its session is closed (M7)', async () => {
    const it = await checked()
    const { pending } = it.lab.clock
    const session = it.lab.manager.createSession('a', { health: it.health })
    it.answers.a = false
    const opened = session.open()
    await it.lab.clock.advance(10_000)
    await opened
    expect(session.health).toBe('bad')
    void session.close()
    await it.lab.clock.advance(1000)
    expect(it.lab.clock.pending).toBe(pending)
  })
})
