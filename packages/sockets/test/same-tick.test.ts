import { once } from 'node:events'
import { expect, it } from 'vitest'
import { connect } from '../src/index.js'
import { decide, endOf, openLab, startServer, tryB } from './lab.js'

const HOST = '127.0.0.1'

it('a connection that is opened just before its session is closed ends, too', async () => {
  const { session, clock } = await openLab()
  const { port } = await startServer()
  const end = endOf(connect(session, { port, host: HOST }))
  void session.close()
  await clock.advance(100)
  expect(await end).toBe('ERR_SESSION_CLOSED')
})

it('a connection that is opened just before its link goes down ends, too', async () => {
  const { session, clock, world } = await openLab()
  const { port } = await startServer()
  const end = endOf(connect(session, { port, host: HOST }))
  world.carrier('a', false)
  await clock.advance(0)
  expect(await end).toMatch(/ERR_LINK_LOST.down|ERR_NOT_CONNECTED/)
})

it.each([0, 5000])(
  'a connection that is opened just before a trial is accepted ends after finishTimeout (%i ms)',
  async (finishTimeout) => {
    const lab = await openLab()
    const holder = lab.manager.createSession('a')
    await holder.open()
    const { port } = await startServer()
    const trial = await tryB(lab)
    const end = endOf(connect(lab.session, { port, host: HOST, finishTimeout }))
    await decide(lab, trial, 'accept')
    await lab.clock.advance(finishTimeout)
    expect(await end).toBe('ERR_LINK_LOST/roamed')
  },
)

it('a connection that is opened just before a trial is rejected ends, too', async () => {
  const lab = await openLab()
  const holder = lab.manager.createSession('b')
  const { port } = await startServer()
  const trial = await tryB(lab)
  await holder.open()
  const end = endOf(connect(trial, { port, host: HOST }))
  await decide(lab, trial, 'reject')
  expect(await end).toBe('ERR_LINK_LOST/rejected')
})

it('a socket that is destroyed at once leaves no wait behind', async () => {
  const { manager, clock } = await openLab()
  const before = clock.pending
  const waiting = connect(manager.createSession('b'), { port: 9, host: HOST, wait: true })
  waiting.destroy()
  await once(waiting, 'close')
  expect(clock.pending).toBe(before)
})

it('a connection does not wait for a trial that is over', async () => {
  const lab = await openLab()
  const trial = await tryB(lab)
  await decide(lab, trial, 'reject')
  const wait = { port: 9, host: HOST, wait: true, waitTimeout: Number.POSITIVE_INFINITY } as const
  const [error] = await once(connect(trial, wait), 'error')
  expect(error).toMatchObject({ code: 'ERR_NOT_CONNECTED', message: "the trial of 'b' is over" })
})
