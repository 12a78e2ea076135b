import { randomUUID } from 'node:crypto'
import { activationNames, type Clock, type LinkConfiguration } from '@roamkit/core/contract'
import { Links } from './links.js'

/** What outlives ConnMan, and is the same for all backends of a driver. */
export interface Memory {
  readonly scope: string
  readonly links: Links
  /** The services that this program has opened. */
  readonly opened: Set<string>
  /** Those of them that ConnMan stores only until their link goes down (rule N2). */
  readonly borrowed: Set<string>
  /** The last configurations of services that stay listed while ConnMan does not list them. */
  readonly remembered: Map<string, LinkConfiguration>
}

/** The memory of a driver that has seen nothing yet. */
export function newMemory(clock: Clock): Memory {
  return {
    scope: `connman ${randomUUID()}`,
    links: new Links(activationNames(), clock),
    opened: new Set(),
    borrowed: new Set(),
    remembered: new Map(),
  }
}
