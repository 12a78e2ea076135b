import type { NetworkConfiguration, NetworkConfigurationManager, SessionState } from '@roamkit/core'
import { escapeText } from '../../escape.js'
import type { Output } from '../output.js'
import { stateCell } from '../reports/event-line.js'
import { heldLinks } from '../reports/held-links.js'
import type { MachineWatch } from '../reports/machine-events.js'
import { localTime } from '../terminal/local-time.js'
import { type Cell, table } from '../terminal/table.js'
import type { RoamingLink, Roams } from './roams.js'

/** What the sessions are found out from. */
export interface SessionSources {
  readonly manager: NetworkConfigurationManager
  readonly watch: Pick<MachineWatch, 'stateOf'>
  readonly roams: Roams
}

/** A link is in use while the session on it is in one of these. */
const IN_USE: readonly (SessionState | null)[] = ['connecting', 'connected', 'closing', 'roaming']

/** What people need least is cut first. */
const FIT = { cut: [4, 2], cutLast: [0, 3, 1] } as const

/**
 * The links that are in use, come up or go down, and the processes whose sessions hold them, as lines of at most that many columns; the heads
 * come first. Escaped.
 */
export function sessionLines(
  { manager, watch, roams }: SessionSources,
  configurations: readonly NetworkConfiguration[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): readonly string[] {
  // Only those can have holders: a lost link keeps them for a while. To find them out takes time for each link.
  const links = configurations.filter(
    ({ identifier }) => IN_USE.includes(watch.stateOf(identifier)) || roams.wasHeld(identifier),
  )
  const held = roams.look(heldLinks(manager, links))
  const unheld = manager.diagnoseMachine().holders === 'machine' ? 'the system' : 'unknown'
  const rows = links.flatMap(({ identifier, name }): (readonly Cell[])[] => {
    const state = watch.stateOf(identifier)
    const holders = held.filter((one) => one.identifier === identifier)
    const link = [{ text: escapeText(name), paint: paint.strong }, stateCell(state, paint)]
    if (holders.length > 0) return holders.map((holder) => [...link, ...holderCells(holder)])
    if (state === 'connected') return [[...link, { text: unheld }]]
    return IN_USE.includes(state) ? [link] : []
  })
  if (rows.length === 0) return ['no link is in use']
  const heads = ['LINK', 'SESSION', 'HELD BY', 'SINCE', 'ROAMING'].map((text) => ({
    text,
    paint: paint.faint,
  }))
  return table([heads, ...rows], { ...FIT, columns })
}

function holderCells({ holder: { pid, name, since }, origin, isBoth }: RoamingLink): readonly Cell[] {
  const from = origin === null ? '' : escapeText(origin.name)
  return [
    { text: `${escapeText(name ?? '?')}${pid === null ? '' : ` (${pid})`}` },
    { text: since === null ? '?' : localTime(since).slice(0, 'hh:mm:ss'.length) },
    { text: origin === null ? '' : isBoth ? `also on ${from}` : `from ${from}` },
  ]
}
