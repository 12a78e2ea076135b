import type { Dispatcher } from 'undici'
import { Agent, fetch, request } from 'undici'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type DispatcherOptions, dispatcher } from '../src/undici.js'
import { certificate } from './certificate.js'
import { secure, startHttp } from './http-server.js'
import { ADDRESSES, decide, type Lab, openLab, tryB } from './lab.js'

function dispatcherOf({ session }: Lab, options: DispatcherOptions = {}): Dispatcher {
  const made = dispatcher(session, { binding: 'address', ...options })
  onTestFinished(() => made.destroy())
  return made
}

/** The body of an answer, or the error's code. */
async function answerOf(
  port: number,
  made: Dispatcher,
  path = '/',
  method: 'GET' | 'POST' = 'GET',
): Promise<string> {
  try {
    const { body } = await request(`http://127.0.0.1:${port}${path}`, { dispatcher: made, method })
    return await body.text()
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

it('requests and fetch use the link of the session, and keep its connection', async () => {
  const lab = await openLab()
  const { port, connections } = await startHttp()
  const made = dispatcherOf(lab, { connections: 1 })
  expect(await answerOf(port, made)).toBe(ADDRESSES.a)
  const response = await fetch(`http://127.0.0.1:${port}/`, { dispatcher: made })
  expect(await response.text()).toBe(ADDRESSES.a)
  expect(connections.size).toBe(1)
})

it('the built-in fetch takes it, too', async () => {
  const lab = await openLab()
  const { port } = await startHttp()
  const options = { dispatcher: dispatcherOf(lab) } as unknown as RequestInit
  const response = await globalThis.fetch(`http://127.0.0.1:${port}/`, options)
  expect(await response.text()).toBe(ADDRESSES.a)
})

it.each([false, true])('https verifies the server (HTTP/2 allowed: %s)', async (allowH2) => {
  const lab = await openLab()
  const { port } = await startHttp(secure)
  const trusting = dispatcherOf(lab, { connect: { ca: certificate.cert }, allowH2 })
  for (const host of ['127.0.0.1', 'localhost']) {
    const { body } = await request(`https://${host}:${port}/`, { dispatcher: trusting })
    expect(await body.text()).toBe(ADDRESSES.a)
  }
  const strict = request(`https://127.0.0.1:${port}/`, { dispatcher: dispatcherOf(lab) })
  await expect(strict).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

it('after a roam requests use the new link, and those under way may finish on the old one', async () => {
  const lab = await openLab()
  const holder = lab.manager.createSession('a')
  await holder.open()
  const { port, slow } = await startHttp()
  const made = dispatcherOf(lab)
  const busy = answerOf(port, made, '/slow')
  await expect.poll(() => slow.length).toBe(1)
  const trial = await tryB(lab)
  expect(await answerOf(port, made)).toBe(ADDRESSES.a)
  await decide(lab, trial, 'accept')
  expect(await answerOf(port, made)).toBe(ADDRESSES.b)
  slow[0]?.()
  expect(await busy).toBe(ADDRESSES.a)
})

it('closes the pool of each link that it has left once, however often the session roams', async () => {
  const closed = vi.spyOn(Agent.prototype, 'close')
  onTestFinished(() => closed.mockRestore())
  const lab = await openLab()
  const { port, slow } = await startHttp()
  const made = dispatcherOf(lab)
  // Its pool is closed when it is over.
  const busy = answerOf(port, made, '/slow')
  await expect.poll(() => slow.length).toBe(1)
  for (let roams = 1; roams <= 5; roams += 1) {
    expect(await answerOf(port, made)).toBe(ADDRESSES.a)
    lab.world.setInRange('b', true)
    await lab.clock.advance(1000)
    expect(lab.session.activeConfiguration).toBe('b')
    // `close()` without a callback calls itself with one.
    expect(closed.mock.calls.filter(({ length }) => length === 0)).toHaveLength(roams)
    lab.world.setInRange('b', false)
    await lab.clock.advance(1000)
    expect(lab.session.activeConfiguration).toBe('a')
  }
  slow[0]?.()
  await busy
  expect(new Set(closed.mock.contexts).size).toBe(5)
})

it('requests under way fail after finishTimeout, and at once if their link is lost', async () => {
  const lab = await openLab()
  const { port, slow } = await startHttp()
  const made = dispatcherOf(lab, { finishTimeout: 1000 })
  const late = answerOf(port, made, '/slow')
  await expect.poll(() => slow.length).toBe(1)
  await decide(lab, await tryB(lab), 'accept')
  await lab.clock.advance(1000)
  expect(await late).toBe('ERR_LINK_LOST')
  const lost = answerOf(port, made, '/slow')
  await expect.poll(() => slow.length).toBe(2)
  lab.world.carrier('b', false)
  await lab.clock.advance(0)
  expect(await lost).toBe('ERR_LINK_LOST')
})

it('by option, requests that may be made twice are repeated on the new link, and others are not', async () => {
  const lab = await openLab()
  const { port, slow, methods } = await startHttp()
  lab.world.setInRange('b', true)
  await lab.clock.advance(1000)
  expect(lab.session.activeConfiguration).toBe('b')
  const made = dispatcherOf(lab, { retry: true })
  const answers = [answerOf(port, made, '/slow'), answerOf(port, made, '/slow', 'POST')]
  await expect.poll(() => slow.length).toBe(2)
  lab.world.setInRange('b', false)
  await lab.clock.advance(100)
  expect(await answers[1]).toBe('ERR_LINK_LOST')
  await expect.poll(() => slow.length).toBe(3)
  slow[2]?.()
  expect(await answers[0]).toBe(ADDRESSES.a)
  expect(methods.toSorted()).toEqual(['GET', 'GET', 'POST'])
})

it('a request waits for a link, or fails at once', async () => {
  const lab = await openLab()
  const { port } = await startHttp()
  lab.world.carrier('a', false)
  await lab.clock.advance(0)
  expect(await answerOf(port, dispatcherOf(lab, { wait: false }))).toBe('ERR_NOT_CONNECTED')
  const answer = answerOf(port, dispatcherOf(lab))
  const impatient = answerOf(port, dispatcherOf(lab, { waitTimeout: 50 }))
  await lab.clock.advance(100)
  expect(await impatient).toBe('ERR_NOT_CONNECTED')
  lab.world.carrier('a', true)
  await lab.clock.advance(0)
  expect(await answer).toBe(ADDRESSES.a)
})

it('a dispatcher that is closed lets its requests finish and takes no others; destroyed, it ends them', async () => {
  const lab = await openLab()
  const { port, slow } = await startHttp()
  const [closing, destroyed] = [dispatcherOf(lab), dispatcherOf(lab)]
  const answers = [closing, destroyed].map((made) => answerOf(port, made, '/slow'))
  await expect.poll(() => slow.length).toBe(2)
  const closed = closing.close()
  await destroyed.destroy()
  expect(await answers[1]).toBe('UND_ERR_DESTROYED')
  expect(await answerOf(port, closing)).toBe('UND_ERR_DESTROYED')
  for (const answer of slow) answer()
  expect(await answers[0]).toBe(ADDRESSES.a)
  await closed
})

it('a request that waits for a link ends with its signal', async () => {
  const lab = await openLab()
  const { port } = await startHttp()
  const session = lab.manager.createSession('b')
  const made = dispatcher(session)
  onTestFinished(() => made.destroy())
  const impatient = new AbortController()
  const answer = request(`http://127.0.0.1:${port}/`, { dispatcher: made, signal: impatient.signal })
  impatient.abort(new Error('no longer wanted'))
  await expect(answer).rejects.toThrow('no longer wanted')
})

it.each(['close', 'destroy'] as const)('%s() with a request that waits for a link', async (how) => {
  const lab = await openLab()
  const { port } = await startHttp()
  const session = lab.manager.createSession('a')
  const made = dispatcher(session)
  const answer = answerOf(port, made)
  const ended = made[how]()
  expect(await answerOf(port, made)).toBe('UND_ERR_DESTROYED')
  await session.open()
  expect(await answer).toBe(how === 'close' ? '127.0.0.1' : 'UND_ERR_DESTROYED')
  await ended
})

it('a handler that is none is refused, also while there is no link', async () => {
  const lab = await openLab()
  for (const session of [lab.session, lab.manager.createSession('b')]) {
    const made = dispatcher(session)
    onTestFinished(() => made.destroy())
    const options = { origin: 'http://127.0.0.1:9', path: '/', method: 'GET' } as const
    expect(() => made.dispatch(options, null as never)).toThrow('handler must be an object')
  }
})

it('options of the connections count for http, too', async () => {
  const lab = await openLab()
  const { port } = await startHttp()
  const local = { connect: { localAddress: '127.0.0.77' } }
  expect(await answerOf(port, dispatcherOf(lab, local))).toBe('127.0.0.77')
  expect(await answerOf(port, dispatcherOf(lab, { localAddress: '127.0.0.78' }))).toBe('127.0.0.78')
})

it.each([
  [{ connect: { path: '/run/app.sock' } }, 'dispatcher() takes no path, socketPath or socket'],
  [{ connect: { socketPath: '/run/app.sock' } }, 'dispatcher() takes no path, socketPath or socket'],
  [{ socketPath: '/run/app.sock' }, 'dispatcher() takes no path, socketPath or socket'],
  [{ retry: null }, 'retry of dispatcher() must be true or false, not null'],
])('dispatcher() refuses %j', async (options, message) => {
  const { session } = await openLab()
  expect(() => dispatcher(session, options as never)).toThrow(message)
})

it('options that are undefined have their defaults', async () => {
  const lab = await openLab()
  const { port } = await startHttp()
  const session = lab.manager.createSession('a')
  const made = dispatcher(session, { wait: undefined, finishTimeout: undefined } as never)
  onTestFinished(() => made.destroy())
  const answer = answerOf(port, made)
  await session.open()
  expect(await answer).toBe('127.0.0.1')
})

it('emits what the Agent of undici emits', async () => {
  const lab = await openLab()
  const { port } = await startHttp()
  const made = dispatcherOf(lab)
  const events: unknown[] = []
  made.on('connect', (origin, [first]) => events.push(['connect', origin.port, first === made]))
  made.on('disconnect', (origin, [first]) => events.push(['disconnect', origin.port, first === made]))
  await answerOf(port, made)
  await made.destroy()
  await expect
    .poll(() => events)
    .toEqual([
      ['connect', String(port), true],
      ['disconnect', String(port), true],
    ])
})

it('keeps the TLS session of no more hosts than it may', async () => {
  const lab = await openLab()
  const reused: boolean[] = []
  const { port } = await startHttp((listener) => {
    const server = secure(listener)
    server.on('secureConnection', (socket) => reused.push(socket.isSessionReused()))
    return server
  })
  const made = dispatcherOf(lab, { connect: { ca: certificate.cert }, pipelining: 0, maxCachedSessions: 1 })
  for (const host of ['localhost', 'localhost', '127.0.0.1', 'localhost']) {
    const { body } = await request(`https://${host}:${port}/`, { dispatcher: made })
    await body.text()
  }
  expect(reused).toEqual([false, true, false, false])
})
