import type { Engine } from '../engine.js'
import type { SessionRecord } from './session-record.js'

/** Sets a property to a value that was checked; `undefined` removes it. */
export function setProperty(engine: Engine, record: SessionRecord, name: string, value: unknown): void {
  if (value === undefined) record.properties.delete(name)
  else record.properties.set(name, value)
  if (name !== 'AutoCloseSessionTimeout') return
  engine.setAutoClose(record, value === undefined || value === -1 ? null : (value as number))
}
