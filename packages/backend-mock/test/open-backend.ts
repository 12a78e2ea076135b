import type { Backend, BackendHost, LinkConfiguration, World } from '@roamkit/core/contract'
import { type MockDriver, VirtualClock } from '../src/index.js'

/** A call whose signal is never aborted. */
export const neverAborted = { signal: new AbortController().signal }

/** A request without a secret. */
export const request = { ...neverAborted, secret: null }

/** An open backend, and what it reported to its host. */
export interface Opened {
  readonly backend: Backend
  readonly clock: VirtualClock
  /** The snapshot at each `changed()`. */
  readonly pokes: readonly World[]
}

/** Opens a backend with a host that records every `changed()`. */
export async function openBackend(driver: MockDriver, clock = new VirtualClock()): Promise<Opened> {
  const pokes: World[] = []
  const host: BackendHost = { changed: () => pokes.push(backend.snapshot()), log: () => {}, clock }
  const backend = await driver.open(host, neverAborted)
  return { backend, clock, pokes }
}

/** The configuration with that id in the snapshot. */
export function shown(source: { snapshot(): World }, id: string): LinkConfiguration {
  const found = source.snapshot().configurations.find((configuration) => configuration.id === id)
  if (found === undefined) throw new Error(`the snapshot has no ${id}`)
  return found
}
