import { escapeText } from '../../escape.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { type HeldLink, heldLinks } from '../reports/held-links.js'
import type { HoldersRequest } from '../request.js'
import type { Paint } from '../terminal/paint.js'
import { type Cell, table } from '../terminal/table.js'

/** Prints who holds which link, as the holders report it. Changes nothing. Resolves to the exit code. */
export async function holders(request: HoldersRequest, output: Output): Promise<number> {
  await using manager = await openManager(request)
  const held = heldLinks(manager, manager.allConfigurations())
  if (request.format === 'json') output.json(held, output.isTerminal ? 'pretty' : 'line')
  else {
    const counted = manager.diagnoseMachine().holders
    if (counted === 'uncertain')
      output.line(
        'Roamkit cannot determine whether other programs use a link: other programs may hold more links than these.',
      )
    else if (counted === 'manager')
      output.line('Each manager counts only its own sessions here: those of other programs are not shown.')
    else if (counted === 'process')
      output.line('Holders are counted per process here: those of other processes are not shown.')
    for (const line of holdersTable(held, output)) output.line(line)
    if (held.length === 0) output.line('no links are held')
  }
  return 0
}

/** Names that people chose are cut first. An identifier is never cut, so that it can be copied. */
const FIT = { cut: [3, 0], below: 5, cutLast: [4, 2, 1] } as const

/** The holders for people, line by line; empty if there are none. Escaped. */
export function holdersTable(
  held: readonly HeldLink[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): readonly string[] {
  if (held.length === 0) return []
  const heads = ['NAME', 'PID', 'USER', 'HOLDER', 'SINCE', 'IDENTIFIER'].map((text) => ({
    text,
    paint: paint.faint,
  }))
  return table([heads, ...held.map((one) => row(one, paint))], { ...FIT, columns })
}

function row({ identifier, name, holder }: HeldLink, paint: Paint): readonly Cell[] {
  return [
    { text: escapeText(name), paint: paint.strong },
    { text: holder.pid === null ? '?' : String(holder.pid) },
    { text: escapeText(holder.user ?? '?') },
    { text: escapeText(holder.name ?? '?') },
    { text: holder.since ?? '?' },
    { text: escapeText(identifier), paint: paint.faint },
  ]
}
