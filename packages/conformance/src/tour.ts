import { type Bench, patient } from './bench.js'
import { CannotRun } from './law.js'
import type { Live } from './live.js'

/**
 * Takes a backend through every change that the rig can make, one after the other, and waits after each until the snapshot
 * shows it. Calls back after each.
 */
export async function tour(
  bench: Bench,
  live: Live,
  look: (after: string) => void | Promise<void> = () => {},
): Promise<void> {
  let stops = 0
  const show = async (after: string) => {
    stops += 1
    await look(after)
  }
  for (const leg of legs) {
    try {
      await leg(bench, live, show)
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error
    }
  }
  if (stops === 0) bench.cannot('the rig can change nothing')
}

/** To be called when a change shows. */
type Show = (after: string) => Promise<void>

/** A part of the tour; one that cannot run is left out. */
type Leg = (bench: Bench, live: Live, show: Show) => Promise<void>

const legs: readonly Leg[] = [ourLink, theirLink, cable, reachOfLink, profile, names]

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
  if (!bench.controls.carrier || !up) return
  await bench.controls.carrier(up.id, false)
  await bench.until('the snapshot shows a lost carrier', () => live.find(up.id)?.carrier !== true)
  await show('carrier off')
  await bench.controls.carrier(up.id, true)
  await bench.until('the snapshot shows a carrier', () => live.find(up.id)?.carrier === true)
  await show('carrier on')
}

async function reachOfLink(bench: Bench, live: Live, show: Show): Promise<void> {
  if (!bench.controls.reach) return
  const id = bench.startable(live)
  await bench.controls.reach(id, false)
  await bench.until('the snapshot shows a link out of reach', () => live.find(id)?.inReach === false)
  await show('out of reach')
  await bench.controls.reach(id, true)
  await bench.until('the snapshot shows a link in reach', () => live.find(id)?.inReach === true)
  await show('in reach')
}

async function profile(bench: Bench, live: Live, show: Show): Promise<void> {
  const { add, rename, remove } = bench.controls
  if (!add) return
  const id = await add()
  await bench.until('the snapshot shows a new configuration', () => live.find(id) !== undefined)
  await show('add')
  if (rename) {
    await rename(id, 'another name')
    await bench.until('the snapshot shows a new name', () => live.find(id)?.name === 'another name')
    await show('rename')
  }
  if (!remove) return
  await remove(id)
  await bench.until('the snapshot shows no removed configuration', () => live.find(id) === undefined)
  await show('remove')
}

async function names(bench: Bench, live: Live, show: Show): Promise<void> {
  const { nameDefault } = bench.controls
  const up = live.world().configurations.find(({ link }) => link === 'up')
  if (!nameDefault || !up) return
  await nameDefault(up.id)
  await show('nameDefault')
}
