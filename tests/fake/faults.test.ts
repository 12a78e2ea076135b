import type { NetworkConfigurationManager } from '@roamkit/core'
import { type Fault, PrivateBus, uuidOf } from '@roamkit/lab-fake-networkmanager'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { RandomNumbers } from '../linux/storm-random.js'
import { Stage } from './stage.js'

let bus: PrivateBus
beforeAll(async () => {
  bus = await PrivateBus.start()
})
afterAll(() => bus.stop())

async function open() {
  const stage = await Stage.open(bus)
  const manager = await stage.manager()
  onTestFinished(async () => {
    const closed = manager.close()
    await stage.clock.advance(60_000)
    await closed
    stage.close()
  })
  return { stage, manager }
}

/** A session on Wi-Fi, and what it tells. */
function sessionOn(manager: NetworkConfigurationManager) {
  const session = manager.createSession(uuidOf('home'))
  const words: string[] = []
  session.on('stateChanged', (state) => words.push(state))
  return { session, words }
}

/** How a call ends while time passes, in words. */
async function outcome(stage: Stage, call: Promise<unknown>, within = 60_000): Promise<string> {
  let ended = 'still waiting'
  call.then(
    () => {
      ended = 'resolves'
    },
    (error) => {
      ended = `rejects with ${error.code}/${error.reason}`
    },
  )
  await stage.clock.advance(within)
  return ended
}

const isUp = (stage: Stage) => stage.nm.actives.some(({ state }) => state === 2)

const TIMED_OUT = 'rejects with unknown/timedOut'
const DENIED = 'rejects with operationNotSupported/denied'

describe('open(), if ActivateConnection gets', () => {
  // If the call has its effect and is not answered, the link is up, and has no session: NetworkManager has not said which one it is.
  it.each<[string, Fault, { open: string; state: string; isUp: boolean }]>([
    ['no answer and no effect', { answer: 'never' }, { open: TIMED_OUT, state: 'disconnected', isUp: false }],
    [
      'no answer, but its effect',
      { answer: 'never', isCarriedOut: true },
      { open: TIMED_OUT, state: 'connected', isUp: true },
    ],
    [
      'its answer after ten seconds',
      { answer: 'late', milliseconds: 10_000 },
      { open: 'resolves', state: 'connected', isUp: true },
    ],
    [
      'its answer after a minute, when no session wants the link any more',
      { answer: 'late', milliseconds: 60_000 },
      { open: TIMED_OUT, state: 'disconnected', isUp: false },
    ],
    ['a refusal', { answer: 'refused' }, { open: DENIED, state: 'disconnected', isUp: false }],
    [
      'a refusal, but its effect',
      { answer: 'refused', isCarriedOut: true },
      { open: DENIED, state: 'connected', isUp: true },
    ],
  ])('%s, tells how it is (E1, C6)', async (_, fault, expected) => {
    const { stage, manager } = await open()
    const { session } = sessionOn(manager)
    stage.faults.spoil('ActivateConnection', fault)
    const opens = await outcome(stage, session.open(), 120_000)
    expect({ open: opens, state: session.state, isUp: isUp(stage) }).toEqual(expected)
  })
})

describe('close(), if DeactivateConnection gets', () => {
  const down = { close: 'resolves', words: ['closing', 'disconnected'] }
  const refused = { close: 'resolves', words: ['closing', 'connected'] }
  it.each<[string, Fault, typeof down]>([
    ['no answer and no effect', { answer: 'never' }, refused],
    ['no answer, but its effect', { answer: 'never', isCarriedOut: true }, down],
    ['its answer after ten seconds', { answer: 'late', milliseconds: 10_000 }, down],
    ['a refusal', { answer: 'refused' }, refused],
  ])('%s, resolves, and the session shows what has become of the link (S8)', async (_, fault, expected) => {
    const { stage, manager } = await open()
    const { session, words } = sessionOn(manager)
    expect(await outcome(stage, session.open())).toBe('resolves')
    stage.faults.spoil('DeactivateConnection', fault)
    const close = await outcome(stage, session.close(), 120_000)
    expect({ close, words: words.slice(2) }).toEqual(expected)
  })
})

describe('a NetworkManager that dies', () => {
  it('while a link comes up makes open() fail once the grace is over (S14)', async () => {
    const { stage, manager } = await open()
    const { session, words } = sessionOn(manager)
    const rejection = expect(session.open()).rejects.toMatchObject({ reason: 'serviceLost' })
    await stage.clock.advance(10)
    expect(words).toEqual(['connecting'])
    await stage.die()
    await stage.clock.advance(3000)
    await stage.restart()
    await stage.clock.advance(30_000)
    await rejection
    expect(session.state).toBe('disconnected')
  })

  it('while a link is up: a session that is kept open opens again on the next one (S14, S16)', async () => {
    const { stage, manager } = await open()
    const { session, words } = sessionOn(manager)
    expect(await outcome(stage, session.open({ keepOpen: true }), 10_000)).toBe('resolves')
    await stage.die()
    await stage.clock.advance(3000)
    expect(words).toEqual(['connecting', 'connected'])
    await stage.restart()
    await stage.clock.advance(30_000)
    expect(words.slice(2)).toEqual(['disconnected', 'connecting', 'connected'])
    expect(isUp(stage)).toBe(true)
  })
})

it('signals of different objects in any order lead to the same end', async () => {
  const random = new RandomNumbers(1)
  const { stage, manager } = await open()
  stage.faults.shuffle = (below) => random.integer(below)
  const { session } = sessionOn(manager)
  for (let round = 0; round < 10; round += 1) {
    expect(await outcome(stage, session.open(), 10_000)).toBe('resolves')
    expect(await outcome(stage, session.close(), 10_000)).toBe('resolves')
    expect([session.state, isUp(stage)]).toEqual(['disconnected', false])
  }
})

it('hundreds of profiles are all configurations, although the daemon passes on no more than 128 calls at once', async () => {
  const stage = await Stage.open(bus)
  for (let number = 0; number < 500; number += 1) {
    const uuid = `10000000-aaaa-4bbb-8ccc-${String(number).padStart(12, '0')}`
    stage.nm.addProfile({ id: `more-${number}`, uuid, device: 'eth0' })
  }
  const manager = await stage.manager()
  expect(manager.allConfigurations()).toHaveLength(stage.nm.profiles.length)
  await Promise.all([manager.close(), stage.clock.advance(60_000)])
  stage.close()
})

it('the strongest of hundreds of access points is found in a scan, and used', async () => {
  const { stage, manager } = await open()
  const near = stage.world.air.audible.find(({ name }) => name === 'near')
  if (near === undefined) throw new Error('the lab has lost an access point')
  for (let number = 0; number < 400; number += 1) {
    const end = [number >> 8, number & 0xff].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    const signal = number === 399 ? -41 : -50 - (number % 40)
    stage.world.air.add({ ...near, name: `more-${number}`, address: `06:00:00:00:${end}`, signal })
  }
  const scan = outcome(stage, manager.updateConfigurations(), 10_000)
  expect(await scan).toBe('resolves')
  const { session } = sessionOn(manager)
  expect(await outcome(stage, session.open(), 10_000)).toBe('resolves')
  expect(session.configuration.point).toBe('06:00:00:00:01:8f')
})
