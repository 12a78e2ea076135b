import type { ControlName } from '../adapter/controls.js'
import { CannotRun } from '../laws/law-facts.js'
import type { Live } from './live.js'
import { neverAborted, type TestBed } from './test-bed.js'

/** The controls that {@link exerciseAll} uses. A law that calls it declares them. */
export const exercisedControls: readonly ControlName[] = [
  'linkUp',
  'linkDown',
  'carrier',
  'setInRange',
  'add',
  'rename',
  'remove',
  'nameDefault',
  'setPower',
]

/**
 * Makes every change that the adapter can make, one after the other. Waits after each until the snapshot shows it, then calls `look`.
 * Skips a change that does not show and lists it as untried: another law checks that it shows, and the laws that only need changes
 * must not all break with it.
 */
export async function exerciseAll(
  testBed: TestBed,
  live: Live,
  look: (after: string) => void | Promise<void> = () => {},
): Promise<void> {
  let shown = 0
  const failures: string[] = []
  for (const [name, exercise] of Object.entries(exercises)) {
    let looking: { readonly error: unknown } | null = null
    const show = async (after: string) => {
      shown += 1
      try {
        await look(after)
      } catch (error) {
        looking = { error }
        throw error
      }
    }
    try {
      await exercise(testBed, live, show)
    } catch (error) {
      if (looking !== null) throw (looking as { readonly error: unknown }).error
      testBed.untried.add(name)
      if (error instanceof CannotRun) continue
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  if (shown === 0) testBed.cannotRun(['the adapter can make no change that shows', ...failures].join('; '))
}

/** Called when a change shows. */
type Show = (after: string) => Promise<void>

/** Makes one kind of change. Skipped if it cannot run. */
type Exercise = (testBed: TestBed, live: Live, show: Show) => Promise<void>

const exercises: Readonly<Record<string, Exercise>> = {
  activate: exerciseActivate,
  linkDown: exerciseLinkDown,
  carrier: exerciseCarrier,
  setInRange: exerciseRange,
  add: exerciseAdd,
  nameDefault: exerciseNameDefault,
  setPower: exercisePower,
}

async function exerciseActivate(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const id = testBed.findStartable(live)
  const activation = await testBed.bringUp(live, id)
  await show('activate')
  if (live.shown(id).deactivate === 'no') return void testBed.untried.add('deactivate')
  await testBed.call('deactivate', () => live.backend.deactivate(id, activation, neverAborted))
  await testBed.waitUntilDown(live, id)
  await show('deactivate')
}

async function exerciseLinkDown(testBed: TestBed, live: Live, show: Show): Promise<void> {
  if (!testBed.controls.linkDown) return
  const id = await testBed.ensureUpLink(live)
  await show('linkUp')
  await testBed.takeDown(live, id)
  await show('linkDown')
}

async function exerciseCarrier(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const up = live.world().configurations.find(({ link, carrier }) => link === 'up' && carrier)
  const { carrier } = testBed.controls
  if (!carrier) return
  if (!up) return testBed.cannotRun('no link that is up has a carrier')
  await carrier(up.id, false)
  try {
    await testBed.waitUntilShown(live, up.id, 'has no carrier', (one) => one.carrier !== true)
    await show('carrier off')
  } finally {
    await carrier(up.id, true)
  }
  await testBed.waitUntilShown(live, up.id, 'has its carrier back, or can be brought up', carriesAgain)
  await show('carrier on')
}

/**
 * Whether the snapshot shows that the carrier is back. A link that stayed up has its carrier again. A link that went down may be
 * brought up again, or is coming up; whether the system brings it up by itself is not the backend's choice.
 */
export function carriesAgain(one: ReturnType<Live['shown']>): boolean {
  return one.link === 'up' ? one.carrier === true : one.inRange !== false
}

async function exerciseRange(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const { setInRange } = testBed.controls
  if (!setInRange) return
  const id = testBed.findStartable(live)
  await setInRange(id, false)
  try {
    await testBed.waitUntilShown(live, id, 'is out of range', ({ inRange }) => inRange === false)
    await show('out of range')
  } finally {
    await setInRange(id, true)
  }
  await testBed.waitUntilShown(live, id, 'is in range', ({ inRange }) => inRange === true)
  await show('in range')
}

async function exerciseAdd(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const { add, rename, remove } = testBed.controls
  if (!add) return
  const id = await add()
  await testBed.waitUntil(`${JSON.stringify(id)} is added`, () => live.find(id) !== undefined)
  await show('add')
  if (rename) {
    await rename(id, 'another name')
    await testBed.waitUntilShown(live, id, 'has another name', ({ name }) => name === 'another name')
    await show('rename')
  }
  if (!remove) return
  await remove(id)
  await testBed.waitUntil(`${JSON.stringify(id)} is removed`, () => live.find(id) === undefined)
  await show('remove')
}

async function exerciseNameDefault(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const { nameDefault } = testBed.controls
  const up = live.world().configurations.find(({ link }) => link === 'up')
  if (!nameDefault) return
  if (!up) return testBed.cannotRun('no link is up')
  await nameDefault(up.id)
  await show('nameDefault')
}

/** The last one: links may go down with the machine and need not come back by themselves. */
async function exercisePower(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const { setPower } = testBed.controls
  if (!setPower) return
  await setPower('asleep')
  try {
    await testBed.waitForPower(live, 'asleep')
    await show('asleep')
  } finally {
    await setPower('awake')
  }
  await testBed.waitForPower(live, 'awake')
  await show('awake')
}
