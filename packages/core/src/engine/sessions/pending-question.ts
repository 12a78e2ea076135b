import { roamOf } from '../../roaming/roaming-state.js'
import type { Engine } from '../engine.js'
import type { ServiceNetworkUse, SessionRecord } from './session-record.js'

/** The offer or the trial that waits for the application's answer, or `null`. */
export function pendingQuestion<Kind extends 'offer' | 'trial'>(
  engine: Engine,
  { network }: SessionRecord,
  kind: Kind,
): ServiceNetworkUse[Kind] {
  if (network === null || engine.isClosed || roamOf(network.machine)?.kind !== kind) return null
  return network[kind]
}
