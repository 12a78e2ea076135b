import { stripVTControlCharacters } from 'node:util'
import type { Output } from '../output.js'
import { activeFirst, configurationLines, machineSummary } from '../reports/configuration-list.js'
import { eventCells } from '../reports/event-line.js'
import type { MachineEvent } from '../reports/machine-events.js'
import type { ScreenSize } from '../terminal/live-screen.js'
import { table } from '../terminal/table.js'
import { textWidth, truncated } from '../terminal/text-width.js'
import { type SessionSources, sessionLines } from './session-lines.js'

/** What the live view shows. */
export interface LiveSources extends SessionSources {
  /** The newest one last. */
  readonly events: readonly MachineEvent[]
}

/** The first line never changes: the rest can then be drawn without clearing the screen. */
const TITLE = 'roamkit monitor: q ends it, r refreshes it'

/** So many events at least, if the screen is high enough for anything else. */
const LEAST_EVENTS = 4

/** The least part of a list that is worth its place: a gap, its heads, one line, and how many more there are. */
const LEAST_LIST = 4

/** What people need least is cut first. */
const FIT = { cut: [4, 1, 2], cutLast: [4, 1, 2, 3, 0] } as const

/** The live view: exactly as many lines as there are rows, none of them wider than the columns. Escaped. */
export function liveFrame(
  sources: LiveSources,
  { columns, rows }: ScreenSize,
  { paint }: Pick<Output, 'paint'>,
): readonly string[] {
  const style = { paint, columns }
  const configurations = activeFirst(sources.manager.allConfigurations())
  // What cannot be shown is not laid out: there may be hundreds.
  const list = configurationLines(configurations.slice(0, rows), style)
  const sessions = sessionLines(sources, configurations, style)
  const head = [paint.faint(TITLE), machineSummary(sources.manager, paint)]

  const room = Math.max(0, rows - head.length - LEAST_EVENTS - 1)
  const sessionRoom = Math.max(Math.floor(room / 3), room - configurations.length - 2)
  const shownSessions = cutList(sessions, sessions.length - 1, sessionRoom)
  const shownList = cutList(
    configurations.length === 0 ? ['no configurations'] : list,
    configurations.length,
    room - shownSessions.length,
  )
  const above = [...head, ...shownList, ...shownSessions, '']
  const events = eventLines(sources.events, rows - above.length, style)
  const lines = [...above, ...events].map((line) => cutLine(line, columns))
  return Array.from({ length: rows }, (_, row) => lines[row] ?? '')
}

/**
 * A gap, the heads of a list and its lines, in at most so many lines; nothing if that is too few.
 * @param total how many lines there would be without the heads
 */
function cutList(lines: readonly string[], total: number, room: number): readonly string[] {
  if (total + 1 < room) return ['', ...lines]
  if (room < LEAST_LIST) return []
  const shown = lines.slice(0, room - 2)
  return ['', ...shown, `and ${total - shown.length + 1} more`]
}

/** The last events, as far as there is room. */
function eventLines(
  events: readonly MachineEvent[],
  room: number,
  { paint, columns }: { readonly paint: Output['paint']; readonly columns: number },
): readonly string[] {
  if (room <= 0) return []
  return table(
    events.slice(-room).map((event) => eventCells(event, paint)),
    { ...FIT, columns },
  )
}

/** What a table cannot fit loses its colours, and then its end. */
function cutLine(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return textWidth(plain) <= columns ? line : truncated(plain, columns)
}
