import type { ControlName } from '../adapter/controls.js'
import { CannotRun } from '../laws/law.js'
import { type Bench, patient } from './bench.js'
import type { Live } from './live.js'

/** What a tour uses of a rig: a law that takes one declares them. */
export const tourControls: readonly ControlName[] = [
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
 * Takes a backend through every change that the rig can make, one after the other, and waits after each until the snapshot
 * shows it. Calls back after each. A change that does not show is left out, and noted as untried: that it shows is what another
 * law is about, and must not break all that take the tour.
 */
export async function tour(
  bench: Bench,
  live: Live,
  look: (after: string) => void | Promise<void> = () => {},
): Promise<void> {
  let stops = 0
  const failures: string[] = []
  for (const [name, leg] of Object.entries(legs)) {
    let looking: { readonly error: unknown } | null = null
    const show = async (after: string) => {
      stops += 1
      try {
        await look(after)
      } catch (error) {
        looking = { error }
        throw error
      }
    }
    try {
      await leg(bench, live, show)
    } catch (error) {
      if (looking !== null) throw (looking as { readonly error: unknown }).error
      bench.untried.add(name)
      if (error instanceof CannotRun) continue
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  if (stops === 0) bench.cannot(['the rig can change nothing that shows', ...failures].join('; '))
}

/** To be called when a change shows. */
type Show = (after: string) => Promise<void>

/** A part of the tour; one that cannot run is left out. */
type Leg = (bench: Bench, live: Live, show: Show) => Promise<void>

const legs: Readonly<Record<string, Leg>> = {
  activate: ourLink,
  linkDown: theirLink,
  carrier: cable,
  reach: reachOfLink,
  add: profile,
  nameDefault: names,
}

async function ourLink(bench: Bench, live: Live, show: Show): Promise<void> {
  const id = bench.startable(live)
  const activation = await bench.bringUp(live, id)
  await show('activate')
  if (live.shown(id).deactivate === 'no') return
  await bench.call('deactivate', () => live.backend.deactivate(id, activation, patient))
  await bench.down(live, id)
  await show('deactivate')
}

async function theirLink(bench: Bench, live: Live, show: Show): Promise<void> {
  if (!bench.controls.linkDown) return
  const id = await bench.upLink(live)
  await show('linkUp')
  await bench.takeDown(live, id)
  await show('linkDown')
}

async function cable(bench: Bench, live: Live, show: Show): Promise<void> {
  const up = live.world().configurations.find(({ link, carrier }) => link === 'up' && carrier)
  const { carrier } = bench.controls
  if (!carrier) return
  if (!up) return bench.cannot('no link is up and carries')
  await carrier(up.id, false)
  try {
    await bench.shows(live, up.id, 'carries no more', (one) => one.carrier !== true)
    await show('carrier off')
  } finally {
    await carrier(up.id, true)
  }
  await bench.shows(live, up.id, 'carries again, or waits to be brought up', carriesAgain)
  await show('carrier on')
}

/**
 * Whether the cable that is back shows: a link that stayed up carries again, and one that ended may be brought up again, or is
 * on its way. That the system does so unasked is nothing that a backend could promise.
 */
export function carriesAgain(one: ReturnType<Live['shown']>): boolean {
  return one.link === 'up' ? one.carrier === true : one.inReach !== false
}

async function reachOfLink(bench: Bench, live: Live, show: Show): Promise<void> {
  const { reach } = bench.controls
  if (!reach) return
  const id = bench.startable(live)
  await reach(id, false)
  try {
    await bench.shows(live, id, 'is out of reach', ({ inReach }) => inReach === false)
    await show('out of reach')
  } finally {
    await reach(id, true)
  }
  await bench.shows(live, id, 'is in reach', ({ inReach }) => inReach === true)
  await show('in reach')
}

async function profile(bench: Bench, live: Live, show: Show): Promise<void> {
  const { add, rename, remove } = bench.controls
  if (!add) return
  const id = await add()
  await bench.until(`${JSON.stringify(id)} is added`, () => live.find(id) !== undefined)
  await show('add')
  if (rename) {
    await rename(id, 'another name')
    await bench.shows(live, id, 'has another name', ({ name }) => name === 'another name')
    await show('rename')
  }
  if (!remove) return
  await remove(id)
  await bench.until(`${JSON.stringify(id)} is removed`, () => live.find(id) === undefined)
  await show('remove')
}

async function names(bench: Bench, live: Live, show: Show): Promise<void> {
  const { nameDefault } = bench.controls
  const up = live.world().configurations.find(({ link }) => link === 'up')
  if (!nameDefault) return
  if (!up) return bench.cannot('no link is up')
  await nameDefault(up.id)
  await show('nameDefault')
}
