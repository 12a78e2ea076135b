import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '../src/bus/bus.js'
import { type BusCall, BusError, type BusObject, Variant } from '../src/bus/bus-port.js'
import { ManualClock } from './manual-clock.js'
import { ScriptedServer } from './scripted-server.js'
import type { WireMessage } from './wire-writer.js'

const OWNER = ':1.5'
const CALL = {
  type: 1,
  path: '/agent',
  interface: 'org.roamkit.test.Agent',
  signature: 's',
  body: ['x'],
} as const
const SECRET = 'correct horse'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'roamkit-served-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A connection to a FAKE bus that offers an object to the owner of a service, and what it was called with. */
async function offer(answer: BusObject['call'] = async () => ({ signature: 's', body: [SECRET] })) {
  const server = new ScriptedServer(join(directory, 'bus'))
  await server.listen()
  onTestFinished(() => server.end())
  const watch = {
    service: 'org.roamkit.test',
    namespace: '/',
    signal: () => undefined,
    owner: () => undefined,
  }
  const bus = await connect(server.address, { clock: new ManualClock(), deadline: 5000, watch })
  onTestFinished(() => bus.close())
  const calls: BusCall[] = []
  const withdraw = bus.serve({
    path: '/agent',
    interface: 'org.roamkit.test.Agent',
    caller: OWNER,
    call: (call) => {
      calls.push(call)
      return answer(call)
    },
  })
  /** Sends a call, and resolves to what was answered. */
  const ask = async (message: Partial<WireMessage>, serial = 7) => {
    server.send({ ...CALL, member: 'GetSecrets', serial, ...message } as WireMessage)
    const find = () =>
      server.sent.find(({ type, replySerial }) => (type === 2 || type === 3) && replySerial === serial)
    await vi.waitFor(() => expect(find()).toBeDefined())
    return find()
  }
  return { server, calls, withdraw, ask }
}

it('a call of the one caller is answered', async () => {
  const { calls, ask } = await offer()
  expect(await ask({ sender: OWNER })).toMatchObject({ type: 2, body: [SECRET] })
  expect(calls).toEqual([{ member: 'GetSecrets', body: ['x'] }])
})

it.each([
  ['a stranger', { sender: ':1.66' }],
  ['a stranger whose name begins like the caller’s', { sender: ':1.55' }],
  ['the daemon', { sender: 'org.freedesktop.DBus' }],
  ['the caller, for another object', { sender: OWNER, path: '/other' }],
  ['the caller, for another interface', { sender: OWNER, interface: 'org.roamkit.test.Other' }],
])('N5: a call of %s is declined, and reaches nothing', async (_, message) => {
  const { calls, ask } = await offer()
  const answer = await ask(message)
  expect(answer).toMatchObject({ type: 3, errorName: 'org.freedesktop.DBus.Error.UnknownMethod' })
  expect([calls, JSON.stringify(answer).includes(SECRET)]).toEqual([[], false])
})

it('an error with a D-Bus name is answered with that name, and any other without its message', async () => {
  const named = new BusError('ERR_BUS_ANSWER', 'none', { answer: 'org.roamkit.test.NoSecrets' })
  const errors = [named, new Error(`cannot use ${SECRET}`)]
  const { ask } = await offer(() => Promise.reject(errors.shift()))
  expect(await ask({ sender: OWNER })).toMatchObject({
    errorName: 'org.roamkit.test.NoSecrets',
    body: ['none'],
  })
  expect(await ask({ sender: OWNER }, 8)).toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.Failed',
    body: ['it failed'],
  })
})

it('an answer that D-Bus cannot carry becomes an error that does not quote it', async () => {
  const { ask } = await offer(async () => ({ signature: 'a{sv}', body: [{ psk: SECRET }] }))
  expect(await ask({ sender: OWNER })).toMatchObject({ type: 3, body: ['the answer cannot be written'] })
})

it('variants, bytes and nested dictionaries are written', async () => {
  const body = [{ a: { ssid: new Variant('ay', Buffer.from('x')), vpn: new Variant('a{ss}', { p: 'q' }) } }]
  const { ask } = await offer(async () => ({ signature: 'a{sa{sv}}', body }))
  const answer = await ask({ sender: OWNER })
  const vpn = new Map([['p', 'q']])
  expect(answer?.body).toEqual([
    new Map([
      [
        'a',
        new Map<string, unknown>([
          ['ssid', Uint8Array.from([120])],
          ['vpn', vpn],
        ]),
      ],
    ]),
  ])
})

it('a call whose body cannot be read is answered with an error, and the connection goes on', async () => {
  const { calls, ask } = await offer()
  expect(await ask({ sender: OWNER, signature: 'h', body: [0] })).toMatchObject({ type: 3 })
  expect(await ask({ sender: OWNER }, 8)).toMatchObject({ type: 2 })
  expect(calls).toHaveLength(1)
})

it('an object that is withdrawn is not there, and an answer that comes later is not sent', async () => {
  let answer = (_: { signature: string; body: string[] }) => {}
  const { server, calls, withdraw, ask } = await offer(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  server.send({ ...CALL, member: 'GetSecrets', serial: 7, sender: OWNER } as WireMessage)
  await vi.waitFor(() => expect(calls).toHaveLength(1))
  withdraw()
  answer({ signature: 's', body: [SECRET] })
  expect(await ask({ sender: OWNER }, 8)).toMatchObject({ type: 3 })
  expect(server.sent.some(({ replySerial }) => replySerial === 7)).toBe(false)
})
