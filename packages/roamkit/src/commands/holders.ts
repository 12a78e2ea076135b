import type { NetworkConfiguration } from '@roamkit/core'
import type { Holder } from '@roamkit/core/contract'
import { escapeText } from '../escape.js'
import { openHost } from '../host.js'
import type { Output } from '../output.js'
import type { Paint } from '../paint.js'
import type { HoldersRequest } from '../request.js'
import { type Cell, table } from '../table.js'

/** Prints who holds which link, as they say themselves, and nothing else happens. Resolves to the exit code. */
export async function holders(request: HoldersRequest, output: Output): Promise<number> {
  await using host = await openHost(request)
  const { manager } = host
  const held = manager
    .allConfigurations()
    .flatMap((configuration) => manager.holders(configuration).map((holder) => ({ configuration, holder })))
  if (request.format === 'json') output.json(held.map(plain), output.isTerminal ? 'pretty' : 'line')
  else {
    const counted = manager.diagnoseHost().holders
    if (counted === 'uncertain')
      output.line(
        'This program cannot tell whether other programs use a link: others may hold more links than these.',
      )
    else if (counted !== 'machine')
      output.line('Each process counts its own holders here; those of other processes cannot be shown.')
    const heads = ['NAME', 'PID', 'HOLDER', 'SINCE', 'IDENTIFIER'].map((text) => ({
      text,
      paint: output.paint.faint,
    }))
    const lines =
      held.length > 0
        ? table([heads, ...held.map((one) => row(one, output.paint))], { columns: output.columns, cut: CUT })
        : []
    for (const line of lines) output.line(line)
    if (held.length === 0) output.line('nobody holds a link')
  }
  return 0
}

/** The identifier first, then what people have called things. */
const CUT = [4, 2, 0]

interface Held {
  readonly configuration: NetworkConfiguration
  readonly holder: Holder
}

function plain({ configuration: { identifier, name }, holder }: Held) {
  const since = holder.since === null ? null : new Date(holder.since).toISOString()
  return { identifier, name, holder: { pid: holder.pid, name: holder.name, since } }
}

function row({ configuration, holder }: Held, paint: Paint): readonly Cell[] {
  return [
    { text: escapeText(configuration.name), paint: paint.strong },
    { text: holder.pid === null ? '?' : String(holder.pid) },
    { text: escapeText(holder.name ?? '?') },
    { text: holder.since === null ? '?' : new Date(holder.since).toISOString() },
    { text: escapeText(configuration.identifier), paint: paint.faint },
  ]
}
