import type { Backend, Host, LinkConfiguration, World } from '@roamkit/core/contract'
import { type MockDriver, VirtualClock } from '../src/index.js'

/** A signal that nobody aborts. */
export const patience = { signal: new AbortController().signal }

/** A request that knows no secret. */
export const request = { ...patience, secret: null }

/** A live backend under test, and what it told its host. */
export interface Opened {
  readonly backend: Backend
  readonly clock: VirtualClock
  /** The snapshot at each poke. */
  readonly pokes: readonly World[]
}

/** Opens a backend whose host notes every poke. */
export async function openBackend(driver: MockDriver, clock = new VirtualClock()): Promise<Opened> {
  const pokes: World[] = []
  const host: Host = { changed: () => pokes.push(backend.snapshot()), log: () => {}, clock }
  const backend = await driver.open(host, patience)
  return { backend, clock, pokes }
}

/** The configuration of that id in the snapshot. */
export function shown(source: { snapshot(): World }, id: string): LinkConfiguration {
  const found = source.snapshot().configurations.find((configuration) => configuration.id === id)
  if (found === undefined) throw new Error(`the snapshot has no ${id}`)
  return found
}
