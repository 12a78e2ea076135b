import { setTimeout as pause } from 'node:timers/promises'
import { NetworkSessionError } from '@roamkit/core'
import { carrier, dhcp } from '@roamkit/lab-linux'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HeapGrowth, withoutOptimisedCode } from '../heap.js'
import { PROFILE } from './host.js'
import { expectCalm, expectNoLeak, expectNothingHeld, resources, withinBound } from './storm-invariants.js'
import { calmLab, FAULTS, hasten, nmcli, repairLab, slowDown } from './storm-lab.js'
import { RandomNumbers } from './storm-random.js'
import { StormTable } from './storm-table.js'
import { StormWorld, type Witness } from './storm-world.js'

const SEED = Number(process.env.ROAMKIT_SEED ?? Math.floor(Math.random() * 2 ** 31))
const SECONDS = Number(process.env.ROAMKIT_STORM_SECONDS ?? 20)
const CALLS = 40
const ROUND_BOUND = 60_000
/** So many must be over, however slow the machine is, to tell a leak from what is loaded once. */
const FEWEST_ROUNDS = 6

withoutOptimisedCode()
const table = new StormTable(`Random storms, ROAMKIT_SEED=${SEED}`)

beforeAll(async () => {
  await hasten()
  await calmLab()
})
afterAll(async () => {
  await repairLab()
  await slowDown()
  await calmLab()
})

/** What happens to the lab while sessions are used: each is repaired before the next. */
const TROUBLES: readonly { readonly kind: string; strike(): Promise<void>; repair(): Promise<void> }[] = [
  ...FAULTS,
  { kind: 'cable', strike: () => carrier('b', 'down'), repair: () => carrier('b', 'up') },
  { kind: 'no DHCP', strike: dhcp.pause, repair: dhcp.resume },
  {
    kind: 'somebody else',
    strike: () => byOthers('up', 'lab-c'),
    repair: () => byOthers('down', 'lab-c'),
  },
]

/** What others do may be refused, by the state that a storm left. */
async function byOthers(change: 'up' | 'down', profile: string): Promise<void> {
  await nmcli('--wait', '2', 'connection', change, profile).catch(() => undefined)
}

async function trouble(random: RandomNumbers): Promise<void> {
  for (let left = 2 + random.integer(3); left > 0; left -= 1) {
    const { kind, strike, repair } = random.pick(TROUBLES)
    await pause(random.integer(300))
    await strike()
    await pause(random.integer(400))
    await repair()
    table.add('fault', kind, 'repaired')
  }
}

/** Calls of all sorts on sessions of all sorts; resolves when every one of them is settled. */
async function use(random: RandomNumbers, witnesses: readonly Witness[]): Promise<void> {
  const asked: Promise<void>[] = []
  for (let left = CALLS; left > 0; left -= 1) {
    const { name, session } = random.pick(witnesses)
    const call = random.pick([
      'open',
      'open',
      'open',
      'close',
      'close',
      'stop',
      'open, aborted',
      'wait',
    ] as const)
    const limit = random.integer(200)
    const promise =
      call === 'wait'
        ? session.waitForOpened(limit).then(() => undefined)
        : call === 'open, aborted'
          ? session.open({ signal: AbortSignal.timeout(limit) })
          : session[call]()
    asked.push(
      withinBound(`${call} of ${name}`, promise, ROUND_BOUND / 2).then((result) => {
        table.add('call', call, result.status === 'fulfilled' ? 'done' : refusal(result.reason))
      }),
    )
    // Bursts and lulls.
    await pause(random.integer(random.pick([1, 20, 200])))
  }
  await Promise.all(asked)
}

function refusal(reason: unknown): string {
  return reason instanceof NetworkSessionError ? reason.reason : (reason as Error).name
}

async function round(random: RandomNumbers, worlds: readonly StormWorld[]): Promise<void> {
  const witnesses = worlds.flatMap((world) => world.witnesses)
  await Promise.all([trouble(random.branch()), use(random.branch(), witnesses)])
  await repairLab()
  await expectCalm(worlds)
  await Promise.all(
    witnesses.map(({ name, session }) => withinBound(`close() of ${name}`, session.close(), ROUND_BOUND / 2)),
  )
  await expectCalm(worlds)
  await expectNothingHeld(worlds)
  await calmLab()
}

it(
  `sessions keep their word whatever happens to the daemons, in ${SECONDS} s of random storms`,
  async () => {
    console.log(`ROAMKIT_SEED=${SEED}`)
    const random = new RandomNumbers(SEED)
    const before = await resources()
    const times = { lossGrace: 300, serviceGrace: 3000, windDownTimeout: 3000 }
    const worlds = [await StormWorld.open(times, 2000), await StormWorld.open(times, 2000)]
    for (const [index, world] of worlds.entries())
      for (const link of ['a', 'b', 'c'] as const) {
        world.watch(`session ${index + 1} on ${link}`, PROFILE[link])
        world.manager.setConnectTimeout(PROFILE[link], 3000)
      }
    const witnesses = worlds.flatMap((world) => world.witnesses)
    const end = performance.now() + SECONDS * 1000
    let rounds = 0
    const heap = new HeapGrowth()
    try {
      for (; performance.now() < end || rounds < FEWEST_ROUNDS; rounds += 1) {
        try {
          await round(random, worlds)
        } catch (error) {
          const told = witnesses.map(({ name, words }) => `${name}: ${words.slice(-12).join(' ')}`)
          throw new Error(`in round ${rounds + 1}, ROAMKIT_SEED=${SEED}\n${told.join('\n')}`, {
            cause: error,
          })
        }
        // The first rounds load and compile.
        if (rounds >= 2) heap.measure()
      }
    } finally {
      await repairLab()
      for (const { manager } of worlds) await withinBound('close() of a manager', manager.close())
      for (const { words } of witnesses)
        for (const word of words) if (!/^[a-z]+$/i.test(word)) table.add('told', 'an open session', word)
    }
    await expectNoLeak(before, worlds)
    table.print('storms-random.txt', `${rounds} rounds; heap after each from the third on, KiB: ${heap}`)
    expect(heap.perStep).toBeLessThan(100_000)
  },
  SECONDS * 1000 + 2 * ROUND_BOUND,
)
