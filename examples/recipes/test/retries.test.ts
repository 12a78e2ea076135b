// docs/recipes/retries.md
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { withCockatiel } from '../src/with-cockatiel.js'
import { withPRetry } from '../src/with-p-retry.js'
import { startMachine } from './machine.js'

const HOUR = 3_600_000

/** The libraries wait by timers of their own. They are virtual, too. */
beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

describe.each([
  ['p-retry', withPRetry],
  ['cockatiel', withCockatiel],
])('with %s', (_, sendWithRetries) => {
  /** Begins to send. */
  async function start(send: (signal: AbortSignal) => Promise<string>, state: 'open' | 'closed') {
    const machine = await startMachine()
    if (state === 'open') await machine.open()
    const caller = new AbortController()
    const sent = vi.fn(send)
    const outcome = vi.fn()
    sendWithRetries(machine.session, sent, caller.signal).then(outcome, outcome)
    const pass = async (ms: number) => {
      await machine.clock.advance(ms)
      await vi.advanceTimersByTimeAsync(ms)
    }
    await pass(0)
    return { ...machine, sent, outcome, caller, pass }
  }

  it('the first attempt waits for the connection', async () => {
    const { sent, outcome, open, pass } = await start(async () => 'sent', 'closed')
    await pass(HOUR)
    expect(sent).not.toHaveBeenCalled()
    await open()
    expect(outcome).toHaveBeenCalledExactlyOnceWith('sent')
  })

  it('losses do not count, however many and long they are, and cost no pause', async () => {
    let attempts = 0
    let fail = () => {}
    const send = () =>
      new Promise<string>((resolve, reject) => {
        attempts += 1
        fail = () => reject(new Error('the link is gone'))
        if (attempts > 20) resolve('sent')
      })
    const { session, world, clock, outcome, pass } = await start(send, 'open')
    for (let loss = 1; loss <= 20; loss += 1) {
      world.setInRange('desk', false)
      await clock.flush()
      fail()
      await pass(60_000)
      expect([attempts, session.isOpen]).toEqual([loss, false])
      world.setInRange('desk', true)
      await clock.advance(100)
    }
    expect(outcome).toHaveBeenCalledExactlyOnceWith('sent')
  })

  it('a server that fails is tried six times', async () => {
    const outOfOrder = new Error('out of order')
    const { sent, outcome, pass } = await start(() => Promise.reject(outOfOrder), 'open')
    expect(sent).toHaveBeenCalledTimes(1)
    await pass(HOUR)
    expect(sent).toHaveBeenCalledTimes(6)
    expect(outcome).toHaveBeenCalledExactlyOnceWith(outOfOrder)
  })

  it('an abort ends the wait for the connection, with its reason', async () => {
    const { sent, outcome, caller, pass } = await start(async () => 'sent', 'closed')
    const reason = new Error('not needed any more')
    caller.abort(reason)
    await pass(0)
    expect(outcome).toHaveBeenCalledExactlyOnceWith(reason)
    expect(sent).not.toHaveBeenCalled()
  })

  it('an abort reaches the attempt under way', async () => {
    const send = (signal: AbortSignal) =>
      new Promise<string>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const { sent, outcome, caller, pass } = await start(send, 'open')
    const reason = new Error('not needed any more')
    caller.abort(reason)
    await pass(HOUR)
    expect(outcome).toHaveBeenCalledExactlyOnceWith(reason)
    expect(sent).toHaveBeenCalledTimes(1)
  })

  it('an abort in a pause ends it, and nothing is sent again', async () => {
    const { sent, outcome, caller, pass } = await start(
      () => Promise.reject(new Error('out of order')),
      'open',
    )
    const reason = new Error('not needed any more')
    caller.abort(reason)
    await pass(HOUR)
    expect(outcome).toHaveBeenCalledExactlyOnceWith(reason)
    expect(sent).toHaveBeenCalledTimes(1)
  })

  it('nothing is tried again when the manager is closed', async () => {
    const { manager, sent, outcome, pass } = await start(async () => 'sent', 'closed')
    await Promise.all([manager.close(), pass(1000)])
    expect(outcome).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: 'closed' }))
    expect(sent).not.toHaveBeenCalled()
  })
})
