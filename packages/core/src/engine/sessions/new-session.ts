import type { HealthPlan } from '../../configurations/health-options.js'
import type { SecretsProvider } from '../../configurations/secrets.js'
import { failure } from '../../links/failure.js'
import type { LastClose } from '../../links/last-close.js'
import { sessionError } from '../../sessions/session-error.js'
import type { Engine } from '../engine.js'
import { SessionRecord } from './session-record.js'

/** What a manager makes a session with. */
export interface SessionSetup {
  readonly lastClose: LastClose
  readonly health: HealthPlan | null
  readonly secrets: SecretsProvider | null
}

/** What a session is made of. */
export interface SessionInternals {
  readonly engine: Engine
  readonly record: SessionRecord
  readonly setup: SessionSetup
}

/** A session that is closed; on an unknown identifier with its error (rule S1). */
export function newSession(
  engine: Engine,
  identifier: string,
  { lastClose, health, secrets }: SessionSetup,
): SessionRecord {
  const isKnown = engine.catalogue.get(identifier).isValid
  const why = failure('ERR_UNKNOWN_CONFIGURATION', 'unknownConfiguration')
  const context = { doing: 'open', name: identifier, code: 'invalidConfiguration' } as const
  const error = isKnown ? null : sessionError(why, context)
  const interest = (record: SessionRecord) => engine.noteInterest(record)
  const record = new SessionRecord(engine.nextSession(), identifier, { error, health, secrets }, interest)
  record.lastClose = lastClose
  record.settle(engine.catalogue.kindOf(identifier))
  return record
}
