import { escapeText } from '../../escape.js'
import { localTime } from '../terminal/local-time.js'
import type { Paint } from '../terminal/paint.js'
import type { Cell } from '../terminal/table.js'
import type { MachineEvent } from './machine-events.js'

/** An event for people, cell by cell: when, what, who, how that is now, and which facts changed. Escaped. */
export function eventCells(
  { time, event, name, identifier, state, changed }: MachineEvent,
  paint: Paint,
): readonly Cell[] {
  const subject: Cell =
    identifier === null
      ? { text: 'this machine' }
      : { text: escapeText(name || identifier), paint: paint.strong }
  const facts: readonly Cell[] =
    changed === undefined ? [] : [{ text: `(${changed.join(', ')})`, paint: paint.faint }]
  return [
    { text: localTime(time), paint: paint.faint },
    { text: event },
    subject,
    stateCell(state, paint),
    ...facts,
  ]
}

/** The longest name of an event. */
const EVENT_WIDTH = 'defaultConfigurationChanged'.length

/** An event as one line, in which only what follows the event's name is not aligned. Escaped. */
export function eventLine(event: MachineEvent, paint: Paint): string {
  return eventCells(event, paint)
    .map((cell, column) => (column === 1 ? { ...cell, text: cell.text.padEnd(EVENT_WIDTH) } : cell))
    .map(({ text, paint: painted }) => painted?.(text) ?? text)
    .join('  ')
}

const GOOD: readonly (string | null)[] = ['active', 'connected', 'online', 'ready']
const BAD: readonly (string | null)[] = ['notAvailable', 'disconnected', 'invalid', 'offline', 'lost']

/** The state of a configuration, of a session or of the machine, in the colour that it has everywhere. */
export function stateCell(state: string | null, paint: Paint): Cell {
  const text = escapeText(state ?? 'none')
  if (GOOD.includes(state)) return { text, paint: paint.good }
  return BAD.includes(state) ? { text, paint: paint.bad } : { text }
}
