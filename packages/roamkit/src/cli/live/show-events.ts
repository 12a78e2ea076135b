import type { NetworkConfigurationManager } from '@roamkit/core'
import { elapsed } from '../elapsed.js'
import type { Output } from '../output.js'
import { eventLine } from '../reports/event-line.js'
import { type MachineEvent, watchMachine } from '../reports/machine-events.js'
import type { MonitorRequest } from '../request.js'
import { LiveScreen } from '../terminal/live-screen.js'
import type { RedrawableTerminal } from '../terminal/redrawable.js'
import { liveFrame } from './live-frame.js'
import { Roams } from './roams.js'

/** How many events are remembered: no terminal has so many rows. */
const LOG = 500

/** Where the events are shown, and until when. */
export interface Shown {
  readonly output: Output
  readonly terminal: RedrawableTerminal
  readonly signal: AbortSignal
}

/**
 * Shows configurations, sessions and events as a live view, until its time is up, the signal aborts, or a key ends it. Then prints the last
 * events as lines, which stay on the terminal.
 */
export async function showEvents(
  manager: NetworkConfigurationManager,
  { duration }: Pick<MonitorRequest, 'duration'>,
  { output, terminal, signal }: Shown,
): Promise<void> {
  const events: MachineEvent[] = []
  const roams = new Roams()
  using watch = watchMachine(manager, (event) => {
    // The list shows what was there at first.
    if (event.event === 'configuration') return
    events.push(event)
    if (events.length > LOG) events.shift()
    screen?.redraw()
  })
  let rows = 0
  let screen: LiveScreen | null = null
  {
    using shown = new LiveScreen(terminal, (size) => {
      rows = size.rows
      return liveFrame({ manager, watch, roams, events }, size, output)
    })
    screen = shown
    await elapsed(duration, AbortSignal.any([signal, shown.quit]))
  }
  for (const event of events.slice(-rows)) output.line(eventLine(event, output.paint))
}
