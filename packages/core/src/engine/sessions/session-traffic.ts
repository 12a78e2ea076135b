import type { Traffic } from '../../contract/index.js'
import type { Engine } from '../engine.js'
import type { SessionRecord } from './session-record.js'

/** Bytes that a session's interface carried, read now; a service network sums those of its active children. 0: unknown. */
export function trafficOf(
  engine: Engine,
  { target, network }: SessionRecord,
  direction: keyof Traffic,
): number {
  if (engine.isClosed) return 0
  const { backend, catalogue } = engine
  if (network === null) return backend.traffic(target)?.[direction] ?? 0
  let sum = 0
  for (const child of catalogue.get(target).children)
    if (child.is('active')) sum += backend.traffic(child.identifier)?.[direction] ?? 0
  return sum
}
