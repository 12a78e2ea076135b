import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PROFILE, until } from './host.js'
import { expectCalm, expectNoLeak, expectNothingHeld, resources, withinBound } from './storm-invariants.js'
import { activeStates, calmLab, FAULTS, type Fault, hasten, repairLab, slowDown } from './storm-lab.js'
import { PHASES, type Phase } from './storm-phases.js'
import { StormTable } from './storm-table.js'
import { StormWorld, type Witness } from './storm-world.js'

const table = new StormTable('Storms on real NetworkManager: kind, phase, count, what became of the session')

beforeAll(hasten)
beforeEach(calmLab)
afterEach(calmLab)
afterAll(async () => {
  table.print('storms-phases.txt')
  await slowDown()
})

const each = FAULTS.flatMap((fault) => PHASES.map((phase) => [fault.kind, phase.name, fault, phase] as const))

describe('NetworkManager or the bus in trouble: sessions keep their word', () => {
  it.each(each)('%s, %s', async (_kind, _phase, fault, phase) => {
    const before = await resources()
    const world = await StormWorld.open({ windDownTimeout: 5000, ...phase.options })
    // A link of the system's, open all the while.
    const bystander = world.watch('bystander', PROFILE.a)
    // And one that nobody uses, in range all the while.
    const onlooker = world.watch('onlooker', PROFILE.c)
    const witness = world.watch('session', PROFILE.b)
    try {
      await bystander.session.open()
      await weather(world, witness, fault, phase)
      if (phase.options?.serviceGrace === undefined) {
        const told = (await hasReplaced('lab-a')) ? ['opened', ...LOST] : ['opened', 'closed']
        // A link that is down already when the service is back has a reason of its own (S14).
        const words = bystander.words.map((word) => word.replace('/goneMeanwhile', '/lost'))
        expect([words, onlooker.words]).toEqual([told, []])
      }
    } finally {
      // A storm that failed leaves the lab as it is; closing needs it.
      await repairLab()
      await withinBound('close() of the manager', world.manager.close())
    }
    await expectNoLeak(before, [world])
  })
})

async function weather(world: StormWorld, witness: Witness, fault: Fault, phase: Phase): Promise<void> {
  const { session, words } = witness
  let seen = 0
  let wasOpen = false
  const strike = async () => {
    wasOpen = session.isOpen
    seen = words.length
    await fault.strike()
    if (fault.isLoss) await until(() => expect(world.manager.service).toBe('lost'))
  }
  const asked = await phase.run({ world, witness, session, profile: PROFILE.b, fault, strike })
  const broughtBefore = world.brought.size
  await fault.repair()
  await phase.after?.()
  const outcomes = await Promise.all(asked.map((promise) => withinBound('what was asked', promise)))
  await expectCalm([world])

  const since = words.slice(seen)
  const isUp = world.link(PROFILE.b) === 'up'
  const survived = isUp && world.brought.size === broughtBefore
  if (wasOpen && survived && !phase.isEnding) expect(since).toEqual([])
  if (wasOpen && !isUp) expect(since.filter((word) => word === 'closed')).toHaveLength(1)
  if (wasOpen && !session.isOpen && outcomes.length === 0)
    expect(since.filter((word) => word.startsWith('error:'))).toHaveLength(1)
  table.add(fault.kind, phase.name, outcomeOf(wasOpen, session.isOpen, since, outcomes))

  const letGo = world.witnesses.map((one) => withinBound(`close() of ${one.name}`, one.session.close()))
  await Promise.all(letGo)
  await expectCalm([world])
  await expectNothingHeld([world])
  // What was up before us stays up, or is replaced by NetworkManager: never our doing.
  expect(world.takenDown).not.toContain(PROFILE.a)
  if (await hasReplaced('lab-a')) expect(phase.name).toBe('serviceGrace')
  else expect((await activeStates()).get('lab-a')).toBe('activated')
}

/** What a session tells whose link goes with its profile. */
const LOST = ['disconnected', 'error:sessionAborted/lost', 'closed']

/**
 * Whether NetworkManager has forgotten which profile an interface had, and made up another that is named like the interface: so
 * it may when it is killed while it starts, between dropping what it had noted and noting it anew.
 */
async function hasReplaced(profile: string): Promise<boolean> {
  const states = await activeStates()
  return !states.has(profile) && states.get(profile.replace('lab-', 'eth-')) === 'activated'
}

function outcomeOf(
  wasOpen: boolean,
  isOpen: boolean,
  since: readonly string[],
  outcomes: readonly PromiseSettledResult<void>[],
): string {
  const error = since.find((word) => word.startsWith('error:'))
  const refusal = outcomes.find((outcome) => outcome.status === 'rejected')
  if (isOpen) return wasOpen ? 'survived' : 'opened'
  if (error !== undefined) return `${wasOpen ? 'ended' : 'refused'} (${error.slice('error:'.length)})`
  return refusal === undefined ? 'closed' : `rejected (${refusal.reason.reason})`
}
