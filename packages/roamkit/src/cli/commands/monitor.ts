import type { NetworkConfigurationManager } from '@roamkit/core'
import { elapsed } from '../elapsed.js'
import { Interruption } from '../interruption.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { eventLine } from '../reports/event-line.js'
import { type MachineEvent, watchMachine } from '../reports/machine-events.js'
import type { MonitorRequest } from '../request.js'
import { redrawable } from '../terminal/redrawable.js'

/**
 * Shows the configurations and each event in the order in which core emits it, until its time is up, it is interrupted, or the reader of its
 * output is gone: as a live view on a terminal, otherwise line by line. Each of these ends is a success. Resolves to the exit code.
 */
export async function monitor(request: MonitorRequest, output: Output): Promise<number> {
  using interruption = new Interruption(output)
  const { signal } = interruption
  const terminal = request.view === 'live' && request.format === 'text' ? redrawable(process) : null
  try {
    await using manager = await openManager(request, { signal })
    if (terminal === null) await printEvents(manager, request, output, signal)
    else {
      const { showEvents } = await import('../live/show-events.js')
      await showEvents(manager, request, { output, terminal, signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return 0
}

async function printEvents(
  manager: NetworkConfigurationManager,
  { format, duration }: MonitorRequest,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const report = (event: MachineEvent) =>
    format === 'json' ? output.json(event) : output.line(eventLine(event, output.paint))
  if (manager.allConfigurations().length === 0)
    output.note('no network configurations yet; waiting for changes')
  using _ = watchMachine(manager, report)
  await elapsed(duration, signal)
}
