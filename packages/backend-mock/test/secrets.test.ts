import type { Activate, SecretRequest } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import { type MockDriver, mock } from '../src/index.js'
import { neverAborted, openBackend, shown } from './open-backend.js'

const cafe = {
  id: 'cafe',
  saved: false,
  bearer: 'wlan',
  wifi: { ssid: 'cafe', hidden: false, security: 'wpa' },
  secret: { psk: 'correct horse' },
} as const

/** A request that answers each question with the next of these, and notes the questions. */
function answering(...answers: readonly (string | null)[]) {
  const asked: SecretRequest[] = []
  const signals: AbortSignal[] = []
  const secret: Activate['secret'] = async (question, { signal }) => {
    asked.push(question)
    signals.push(signal)
    const answer = answers[asked.length - 1] ?? null
    return answer === null ? null : { psk: answer }
  }
  return { asked, signals, request: { ...neverAborted, secret } }
}

async function open(driver: MockDriver = mock({ configurations: [cafe] })) {
  const { backend, clock } = await openBackend(driver)
  return { backend, clock, world: driver.world }
}

test('a network with a secret comes up with the right one only, and is asked again until then', async () => {
  const { backend, clock, world } = await open()
  const { asked, request } = answering('wrong', 'correct horse')
  await backend.activate('cafe', request)
  await clock.advance(20)
  expect(shown(world, 'cafe').link).toBe('activating')
  await clock.advance(20)
  expect(shown(world, 'cafe').link).toBe('up')
  expect(asked).toEqual([
    { id: 'cafe', fields: ['psk'], attempt: 1 },
    { id: 'cafe', fields: ['psk'], attempt: 2 },
  ])
})

test.each([
  ['no session can be asked', null, 'secretMissing'],
  ['there is no secret', answering(null).request.secret, 'secretMissing'],
  ['the last one was refused and there is no other', answering('wrong').request.secret, 'secretWrong'],
])('an activation fails if %s', async (_, secret, reason) => {
  const { backend, clock, world } = await open()
  await backend.activate('cafe', { ...neverAborted, secret })
  await clock.advance(60)
  expect(shown(world, 'cafe')).toMatchObject({ link: 'down', ended: { reason } })
})

test('a question is taken back when the activation is taken down', async () => {
  const { backend, clock } = await open()
  const signals: AbortSignal[] = []
  const secret: Activate['secret'] = (_, { signal }) => {
    signals.push(signal)
    return new Promise(() => {})
  }
  const activation = await backend.activate('cafe', { ...neverAborted, secret })
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  await backend.deactivate('cafe', activation, neverAborted)
  await clock.advance(10)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test('an unsaved network is asked for each time, and a saved one never again', async () => {
  const { backend, clock, world } = await open()
  const { asked, request } = answering('correct horse', 'correct horse')
  const cycle = async () => {
    const activation = await backend.activate('cafe', request)
    await clock.advance(20)
    expect(shown(world, 'cafe').link).toBe('up')
    return activation
  }
  await backend.deactivate('cafe', await cycle(), neverAborted)
  await clock.advance(20)
  const second = await cycle()
  await backend.save?.('cafe', neverAborted)
  expect(shown(world, 'cafe').saved).toBe(true)
  await backend.deactivate('cafe', second, neverAborted)
  await clock.advance(20)
  await cycle()
  expect(asked).toHaveLength(2)
})

test('a saved network whose secret was changed asks for the new one', async () => {
  const { backend, clock, world } = await open(mock({ configurations: [{ ...cafe, saved: true }] }))
  world.changeSecret('cafe', { psk: 'another' })
  const { asked, request } = answering('another')
  await backend.activate('cafe', request)
  await clock.advance(20)
  expect([shown(world, 'cafe').link, asked.length]).toEqual(['up', 1])
})

test('what is forgotten goes down, and stays in the list only while it is in sight', async () => {
  const { backend, world } = await open(
    mock({
      configurations: [
        { ...cafe, saved: true, link: 'up' },
        { id: 'cable', link: 'up' },
      ],
    }),
  )
  await backend.forget?.('cafe', neverAborted)
  expect(shown(world, 'cafe')).toMatchObject({ saved: false, link: 'down', ended: { reason: 'requested' } })
  await backend.forget?.('cable', neverAborted)
  expect(world.snapshot().configurations.map(({ id }) => id)).toEqual(['cafe'])
})

test('a forgotten Wi-Fi network stays in sight even if the script says nothing more about its Wi-Fi', async () => {
  const { backend, world } = await open(mock({ configurations: [{ id: 'cafe', bearer: 'wlan' }] }))
  await backend.forget?.('cafe', neverAborted)
  expect(shown(world, 'cafe')).toMatchObject({ saved: false })
})

test('a script without a text for each field of the secret is refused, and the error does not quote it', () => {
  const refused =
    /^mock: "a": the secret is not an object with a text for each field, such as { psk: 'correct horse' }$/
  // @ts-expect-error a number
  expect(() => mock({ configurations: [{ id: 'a', secret: { psk: 12345678 } }] })).toThrow(refused)
  expect(() => mock({ configurations: [{ id: 'a', secret: {} }] })).toThrow(refused)
})
