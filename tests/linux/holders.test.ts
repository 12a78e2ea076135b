import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { systemClock } from '@roamkit/core'
import { linuxRendezvous } from '@roamkit/holders'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { FamilyMember, type FamilyWorld } from '../semantics/holders-family.js'
import { HolderStorm } from '../semantics/holders-storm.js'
import { activeState, CLI, calm, listen, nmcli, openHost, PROFILE, until } from './host.js'
import { RandomNumbers } from './storm-random.js'

const SEED = Number(process.env.ROAMKIT_SEED ?? Date.now() % 1e6)
const ROUNDS = Number(process.env.ROAMKIT_ROUNDS ?? 1500)

/** NetworkManager itself: the children need nothing of their parent. */
const world: FamilyWorld = { kind: 'networkmanager', serve() {}, forget() {} }

const NAMES: Readonly<Record<string, string>> = { [PROFILE.b]: 'lab-b', [PROFILE.c]: 'lab-c' }

async function start(name: string, user: number | null = null): Promise<FamilyMember> {
  const member = await FamilyMember.start(name, world, { user })
  onTestFinished(() => member.kill())
  return member
}

const isUp = () => until(async () => expect(await activeState('lab-b')).toBe('activated'))
const isDown = () => until(async () => expect(await activeState('lab-b')).toBe('down'))

beforeAll(calm)
beforeEach(calm)
afterAll(calm)

describe('holders across processes on real NetworkManager', () => {
  it('the last one out takes the link down, also when the one that brought it up was killed (H2)', async () => {
    const [one, two] = [await start('one'), await start('two')]
    await one.order('open', PROFILE.b)
    await two.order('open', PROFILE.b)
    await one.kill()
    expect(await activeState('lab-b')).toBe('activated')
    await two.order('close', PROFILE.b)
    await isDown()
  })

  it('a process that leaves in good order takes nothing down that another holds', async () => {
    const [one, two] = [await start('one'), await start('two')]
    await one.order('open', PROFILE.b)
    await two.order('open', PROFILE.b)
    await one.leave()
    expect(await activeState('lab-b')).toBe('activated')
    await two.leave()
    await isDown()
  })

  it('when the last holder is killed the link stays up, and is the system’s (H3)', async () => {
    const [one, two] = [await start('one'), await start('two')]
    await one.order('open', PROFILE.b)
    await one.kill()
    expect(await activeState('lab-b')).toBe('activated')
    await two.order('open', PROFILE.b)
    await two.order('close', PROFILE.b)
    await isUp()
  })

  it('stop() notifies the sessions of the others immediately (S10)', async () => {
    const one = await start('one')
    const manager = await openHost()
    const session = manager.createSession(PROFILE.b)
    await session.open()
    const { words } = listen(session)
    await one.order('open', PROFILE.b)
    expect((await one.order('stop', PROFILE.b)).outcome).toBe('resolved')
    await until(() => expect(words).toContain('closed'))
    expect(words).toContain('error:sessionAborted/stopped')
    await until(() => expect(manager.holders(PROFILE.b)).toEqual([]))
  })

  it('users count together, and a user believes root about whose the link is', async () => {
    const [root, somebody] = [await start('root'), await start('somebody', 65_534)]
    await root.order('open', PROFILE.b)
    expect((await somebody.order('open', PROFILE.b)).outcome).toBe('resolved')
    await root.kill()
    expect(await activeState('lab-b')).toBe('activated')
    await somebody.order('close', PROFILE.b)
    await isDown()
  })

  it('root does not believe a user about whose the link is: at worst it stays up', async () => {
    const [somebody, root] = [await start('somebody', 65_534), await start('root')]
    await somebody.order('open', PROFILE.b)
    await root.order('open', PROFILE.b)
    await somebody.order('close', PROFILE.b)
    expect(await activeState('lab-b')).toBe('activated')
    await root.order('close', PROFILE.b)
    await isUp()
  })

  it('says who holds what', async () => {
    const one = await start('one')
    const manager = await openHost()
    expect(manager.capabilities.systemSessionSupport).toBe(true)
    await one.order('open', PROFILE.b)
    expect(manager.holders(PROFILE.b)).toEqual([
      { pid: one.process.pid, name: 'holders-child.mjs', since: expect.any(Number), isSelf: false },
    ])
    await one.kill()
    expect(manager.holders(PROFILE.b)).toEqual([])
  })

  it('roamkit holders --json prints who holds what, and nothing of a process that was killed', async () => {
    const one = await start('one')
    await one.order('open', PROFILE.b)
    const holder = {
      pid: one.process.pid,
      name: 'holders-child.mjs',
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      user: userInfo().username,
    }
    expect(await roamkitHolders()).toEqual([{ identifier: PROFILE.b, name: 'lab-b', holder }])
    await one.kill()
    expect(await roamkitHolders()).toEqual([])
  })
})

/** What `roamkit holders --json` prints, in a process of its own. */
async function roamkitHolders(): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'holders', '--json'])
  return JSON.parse(stdout)
}

it(`8 processes open, close, stop and are killed at random (ROAMKIT_SEED=${SEED}): H2, H3`, async () => {
  const storm = new HolderStorm(
    {
      links: [PROFILE.b, PROFILE.c],
      link: (id) => activeState(NAMES[id] ?? ''),
      down: async (id) => void (await nmcli('connection', 'down', id)),
      start: (name) => FamilyMember.start(name, world),
    },
    new RandomNumbers(SEED),
  )
  const report = await storm.run({ rounds: ROUNDS, members: 8, kills: 20 })
  expect(storm.violations).toEqual([])
  console.log(`seed ${SEED}:`, JSON.stringify(report))
  const scope = (await openHost()).diagnoseMachine().scope
  const rendezvous = linuxRendezvous({ clock: systemClock })
  for (const id of [PROFILE.b, PROFILE.c]) {
    const key = JSON.stringify([scope, id])
    expect([rendezvous.entries(key), rendezvous.holder(key)]).toEqual([[], null])
  }
}, 240_000)
