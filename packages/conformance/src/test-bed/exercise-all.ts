import type { ControlName } from '../adapter/controls.js'
import { CannotRun } from '../laws/law.js'
import type { Live } from './live.js'
import { neverAborted, type TestBed } from './test-bed.js'

/** What a tour uses of an adapter: a law that takes one declares them. */
export const exercisedControls: readonly ControlName[] = [
  'linkUp',
  'linkDown',
  'carrier',
  'reach',
  'add',
  'rename',
  'remove',
  'nameDefault',
]

/**
 * Takes a backend through every change that the adapter can make, one after the other, and waits after each until the snapshot
 * shows it. Calls back after each. A change that does not show is left out, and noted as untried: that it shows is what another
 * law is about, and must not break all that take the tour.
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
  if (shown === 0) testBed.cannotRun(['the adapter can change nothing that shows', ...failures].join('; '))
}

/** To be called when a change shows. */
type Show = (after: string) => Promise<void>

/** A part of the tour; one that cannot run is left out. */
type Exercise = (testBed: TestBed, live: Live, show: Show) => Promise<void>

const exercises: Readonly<Record<string, Exercise>> = {
  activate: exerciseActivate,
  linkDown: exerciseLinkDown,
  carrier: exerciseCarrier,
  reach: exerciseReach,
  add: exerciseAdd,
  nameDefault: exerciseNameDefault,
}

async function exerciseActivate(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const id = testBed.findStartable(live)
  const activation = await testBed.bringUp(live, id)
  await show('activate')
  if (live.shown(id).deactivate === 'no') return
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
  if (!up) return testBed.cannotRun('no link is up and carries')
  await carrier(up.id, false)
  try {
    await testBed.waitUntilShown(live, up.id, 'carries no more', (one) => one.carrier !== true)
    await show('carrier off')
  } finally {
    await carrier(up.id, true)
  }
  await testBed.waitUntilShown(live, up.id, 'carries again, or waits to be brought up', carriesAgain)
  await show('carrier on')
}

/**
 * Whether the cable that is back shows: a link that stayed up carries again, and one that ended may be brought up again, or is
 * on its way. That the system does so unasked is nothing that a backend could promise.
 */
export function carriesAgain(one: ReturnType<Live['shown']>): boolean {
  return one.link === 'up' ? one.carrier === true : one.inReach !== false
}

async function exerciseReach(testBed: TestBed, live: Live, show: Show): Promise<void> {
  const { reach } = testBed.controls
  if (!reach) return
  const id = testBed.findStartable(live)
  await reach(id, false)
  try {
    await testBed.waitUntilShown(live, id, 'is out of reach', ({ inReach }) => inReach === false)
    await show('out of reach')
  } finally {
    await reach(id, true)
  }
  await testBed.waitUntilShown(live, id, 'is in reach', ({ inReach }) => inReach === true)
  await show('in reach')
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
