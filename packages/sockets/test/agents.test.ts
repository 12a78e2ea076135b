import { once } from 'node:events'
import { type Agent, get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'
import { expect, it, onTestFinished } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { httpAgent, httpsAgent } from '../src/index.js'
import { certificate } from './certificate.js'
import { plain, secure, startHttp } from './http-server.js'
import { ADDRESSES, decide, openLab, tryB } from './lab.js'

/** The body of an answer, or the error's code and reason. */
async function fetched(agent: Agent, port: number, path = '/', isSecure = false): Promise<string> {
  const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}${path}`
  const get = isSecure ? httpsGet : httpGet
  return new Promise((resolve) => {
    const request = get(url, { agent }, async (response) => {
      let body = ''
      try {
        for await (const part of response) body += part
        resolve(body)
      } catch (error) {
        resolve(String((error as { code?: string }).code))
      }
    })
    request.on('error', (error: { code?: string; reason?: string }) =>
      resolve([error.code, error.reason].filter(Boolean).join('/')),
    )
  })
}

it.each([
  ['http', plain],
  ['https', secure],
] as const)(
  'an agent for %s binds its connections, keeps them alive and uses them again',
  async (name, make) => {
    const { session } = await openLab()
    const { port, connections } = await startHttp(make)
    const isSecure = name === 'https'
    const agent = isSecure
      ? httpsAgent(session, { binding: 'address', ca: certificate.cert })
      : httpAgent(session, { binding: 'address' })
    for (let round = 0; round < 3; round += 1)
      expect(await fetched(agent, port, '/', isSecure)).toBe(ADDRESSES.a)
    expect(connections.size).toBe(1)
    agent.destroy()
  },
)

it('after a roam requests use the new link, idle connections of the old one are closed, and those in use may finish', async () => {
  const lab = await openLab()
  const holder = lab.manager.createSession('a')
  await holder.open()
  const { port, slow, connections } = await startHttp(plain)
  const agent = httpAgent(lab.session, { binding: 'address' })
  const [idle, busy] = [fetched(agent, port), fetched(agent, port, '/slow')]
  expect(await idle).toBe(ADDRESSES.a)
  await expect.poll(() => slow.length).toBe(1)
  const trial = await tryB(lab)
  expect(await fetched(agent, port)).toBe(ADDRESSES.a)
  await decide(lab, trial, 'accept')
  expect(Object.values(agent.freeSockets).flat()).toEqual([])
  expect(await fetched(agent, port)).toBe(ADDRESSES.b)
  slow[0]?.()
  expect(await busy).toBe(ADDRESSES.a)
  // The connection that has finished is not kept for another request.
  expect(await fetched(agent, port)).toBe(ADDRESSES.b)
  expect(connections.size).toBe(3)
  agent.destroy()
})

it('a request that takes longer than finishTimeout after a roam fails, and on a lost link at once', async () => {
  const lab = await openLab()
  const holder = lab.manager.createSession('a')
  await holder.open()
  const { port, slow } = await startHttp(plain)
  const agent = httpAgent(lab.session, { finishTimeout: 1000 })
  const [late, lost] = [fetched(agent, port, '/slow'), fetched(httpAgent(holder), port, '/slow')]
  await expect.poll(() => slow.length).toBe(2)
  await decide(lab, await tryB(lab), 'accept')
  await lab.clock.advance(1000)
  expect(await late).toBe('ERR_LINK_LOST/roamed')
  lab.world.carrier('a', false)
  await lab.clock.advance(0)
  expect(await lost).toBe('ERR_LINK_LOST/down')
  agent.destroy()
})

it('a request that had to wait for a free connection gets one of the new link', async () => {
  const lab = await openLab()
  const { port, slow } = await startHttp(plain)
  const agent = httpAgent(lab.session, { binding: 'address', maxSockets: 1 })
  const first = fetched(agent, port, '/slow')
  const second = fetched(agent, port)
  await expect.poll(() => slow.length).toBe(1)
  await decide(lab, await tryB(lab), 'accept')
  await lab.clock.advance(10_000)
  expect(await first).toBe('ERR_LINK_LOST/roamed')
  expect(await second).toBe(ADDRESSES.b)
  agent.destroy()
})

it('an agent of a trial tests the new link', async () => {
  const lab = await openLab()
  const { port } = await startHttp(plain)
  const trial = await tryB(lab)
  const agent = httpAgent(trial, { binding: 'address' })
  expect(await fetched(agent, port)).toBe(ADDRESSES.b)
  agent.destroy()
})

it('without a link a request fails at once, or waits for one', async () => {
  const lab = await openLab()
  const { port } = await startHttp(plain)
  lab.world.carrier('a', false)
  await lab.clock.advance(0)
  expect(await fetched(httpAgent(lab.session), port)).toBe('ERR_NOT_CONNECTED')
  const agent = httpAgent(lab.session, { wait: true })
  const answer = fetched(agent, port)
  await lab.clock.advance(100)
  lab.world.carrier('a', true)
  await lab.clock.advance(0)
  expect(await answer).toBe('127.0.0.1')
  agent.destroy()
})

it('ws uses an agent, and its connection ends with the link', async () => {
  const { session, world, clock } = await openLab()
  const { port, server } = await startHttp(plain)
  const sockets = new WebSocketServer({ server })
  onTestFinished(() => sockets.close())
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { agent: httpAgent(session) })
  await once(socket, 'open')
  const closed = once(socket, 'close')
  world.carrier('a', false)
  await clock.advance(0)
  // What a WebSocket says of a connection that broke off.
  expect((await closed)[0]).toBe(1006)
})

it('a request in the queue does not go over a connection of the link that the session has left', async () => {
  const lab = await openLab()
  const holder = lab.manager.createSession('a')
  await holder.open()
  const { port, slow } = await startHttp(plain)
  const agent = httpAgent(lab.session, { binding: 'address', maxSockets: 1 })
  const answers = [fetched(agent, port, '/slow'), fetched(agent, port), fetched(agent, port)]
  await expect.poll(() => slow.length).toBe(1)
  await decide(lab, await tryB(lab), 'accept')
  slow[0]?.()
  expect(await Promise.all(answers)).toEqual([ADDRESSES.a, ADDRESSES.b, ADDRESSES.b])
  agent.destroy()
})

it('connections of requests that waited for a link are not kept where no request would find them', async () => {
  const lab = await openLab()
  const { port, connections } = await startHttp(plain)
  const session = lab.manager.createSession('a')
  const agent = httpAgent(session, { wait: true, maxSockets: 1 })
  const waiting = Promise.all([fetched(agent, port), fetched(agent, port)])
  await session.open()
  expect(await waiting).toEqual(['127.0.0.1', '127.0.0.1'])
  // The one in the queue could still use it.
  expect(connections.size).toBe(1)
  await fetched(agent, port)
  await expect.poll(() => Object.values(agent.sockets).flat().length).toBe(0)
  expect(Object.values(agent.freeSockets).flat().length).toBe(1)
  await fetched(agent, port)
  expect(connections.size).toBe(2)
  agent.destroy()
})

it('an agent refuses a path of a socket, and leaves the options of getName() as they are', async () => {
  const { session } = await openLab()
  const agent = httpAgent(session)
  expect(() => httpGet({ agent, socketPath: '/run/app.sock' })).toThrow('not a socketPath: that has no link')
  expect(agent.getName(Object.freeze({ host: 'app.test', port: 80 }))).toBe('app.test:80::a')
})
