// Two users of one machine, each in a logon session of its own: who holds a link is counted for both (rules H2, H3, H5).
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CrossSessionLocks, Libraries } from '../../packages/backend-windows/dist/internals.js'
import { startLineProcess } from './line-process.mjs'
import { until } from './until.mjs'

const PROGRAM = fileURLToPath(new URL('logon-session-process.mjs', import.meta.url))
const SCENE = [
  'adapter add Wi-Fi type=wifi',
  'wifi add Wi-Fi',
  'network add Home bssid=02:00:00:00:00:01',
  'network add Cafe bssid=02:00:00:00:00:02',
  'profile add Wi-Fi Home security=open',
  'profile add Wi-Fi Cafe security=open',
]
let worlds = 0

/** @typedef {{ after(run: () => unknown): void }} Ending runs what is left to do when it is over */

/** @param {Ending} context @param {string} scriptedWorld @param {number} number */
async function logonSession(context, scriptedWorld, number) {
  const { heard, send, kill } = await startLineProcess([PROGRAM, String(number), scriptedWorld])
  context.after(kill)
  /** @type {Map<number, { resolve(value: any): void, reject(error: Error): void }>} */
  const answers = new Map()
  heard.add(({ call, value, error }) => {
    if (error === undefined) answers.get(call)?.resolve(value)
    else answers.get(call)?.reject(new Error(error))
  })
  /** @param {'open' | 'close' | 'isConnected' | 'lock' | 'state' | 'facts' | 'world'} name @returns {Promise<any>} */
  const act = (name, parameter = 'Home') =>
    new Promise((resolve, reject) => {
      const call = answers.size + 1
      answers.set(call, { resolve, reject })
      send({ call, name, parameter })
    })
  return { act, kill }
}

/** One scripted Windows that two processes look at. @param {Ending} context @param {readonly number[]} [numbers] of their logon sessions */
async function machine(context, numbers = [3, 4]) {
  worlds += 1
  const scriptedWorld = `logon-${worlds}`
  const [one, other] = await Promise.all(
    numbers.map((number) => logonSession(context, scriptedWorld, number)),
  )
  if (one === undefined || other === undefined) throw new Error('there are not two')
  for (const line of SCENE) await one.act('world', line)
  for (const { act } of [one, other])
    await until('Home is in range', async () => (await act('state').catch(() => '')) === 'discovered')
  return { one, other }
}

describe('two logon sessions', () => {
  /** @type {Awaited<ReturnType<typeof machine>>} */
  let pair
  /** @type {(() => unknown)[]} */
  const undo = []

  before(async () => {
    pair = await machine({ after: (run) => undo.push(run) })
  })
  afterEach(async () => {
    for (const { act } of [pair.one, pair.other]) await act('close')
    // The last one to leave does not take down a link that the other has brought up.
    await pair.one.act('world', 'disconnect Wi-Fi')
    for (const { act } of [pair.one, pair.other])
      await until('down', async () => (await act('state')) === 'discovered')
  })
  after(async () => {
    for (const run of undo) await run()
  })

  test('they have scopes of their own, and count for the machine all the same', async () => {
    const { one, other } = pair
    const [first, second] = [await one.act('facts'), await other.act('facts')]
    assert.notEqual(first.scope, second.scope)
    assert.deepEqual([first.systemSessionSupport, second.systemSessionSupport], [true, true])
  })

  test('a link that one has brought up and the other holds stays up, in any order of leaving', async () => {
    const { one, other } = pair
    await one.act('open')
    await until('the other sees it', async () => (await other.act('state')) === 'active')
    await other.act('open')
    await one.act('close')
    assert.equal(await one.act('state'), 'active')
    assert.equal(await other.act('state'), 'active')
  })

  test('the last one takes down what it has brought up', async () => {
    const { one, other } = pair
    await one.act('open')
    await until('the other sees it', async () => (await other.act('state')) === 'active')
    await other.act('open')
    await other.act('close')
    assert.equal(await one.act('state'), 'active')
    await one.act('close')
    await until('down', async () => (await one.act('state')) === 'discovered')
  })

  test('an adapter that the other uses is busy', async () => {
    const { one, other } = pair
    await one.act('open')
    await until('the other sees it', async () => (await other.act('state')) === 'active')
    await assert.rejects(other.act('open', 'Cafe'), /deviceBusy/)
    assert.equal(await one.act('state'), 'active')
  })
})

test('one that is killed holds nothing any more', async (context) => {
  const { one, other } = await machine(context)
  await one.act('open')
  await until('the other sees it', async () => (await other.act('state')) === 'active')
  await other.act('open')
  await other.kill()
  await one.act('close')
  await until('down', async () => (await one.act('state')) === 'discovered')
})

for (const [where, numbers] of /** @type {const} */ ([
  ['two logon sessions', [3, 4]],
  ['one logon session', [3, 3]],
]))
  test(`processes of ${where} come and go at once, and neither ever loses a link that it holds`, async (context) => {
    const { one, other } = await machine(context, numbers)
    const rounds = async (/** @type {typeof one} */ { act }) => {
      for (let round = 0; round < 12; round += 1) {
        await act('open')
        assert.equal(await act('isConnected'), true, `in round ${round}`)
        await act('close')
      }
    }
    await Promise.all([rounds(one), rounds(other)])
  })

test('a lock that the other never gives back is passed by after 8 s, blindly, and is free with its process', async (context) => {
  const far = await logonSession(context, 'logon-lock', 3)
  const key = 'a link \u0000 "of" both\\'
  let now = 0
  const locks = CrossSessionLocks.open(new Libraries({}), () => now)
  assert.ok(locks)
  context.after(() => locks.close())
  assert.equal(await far.act('lock', key), 'sure')
  for (now = 0; now <= 8000; now += 500) assert.equal(locks.lock(key), null, `after ${now} ms`)
  assert.equal(locks.lock(key)?.kind, 'blind')
  // Whoever comes later need not wait again.
  now += 60_000
  assert.equal(locks.lock(key)?.kind, 'blind')
  await far.kill()
  await until('free', () => {
    const lock = locks.lock(key)
    lock?.release()
    return lock?.kind === 'sure'
  })
})
