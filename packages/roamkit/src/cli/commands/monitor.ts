import { elapsed } from '../elapsed.js'
import { Interruption } from '../interruption.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { type HostEvent, watchHost } from '../reports/host-events.js'
import type { MonitorRequest } from '../request.js'
import { escapeText } from '../terminal/escape.js'
import { localTime } from '../terminal/local-time.js'
import type { Paint } from '../terminal/paint.js'

/**
 * Prints the configurations, then each event in the order in which core emits it, until its time is up, it is interrupted, or the reader of
 * its output is gone. Each of these is a success. Resolves to the exit code.
 */
export async function monitor(request: MonitorRequest, output: Output): Promise<number> {
  using interruption = new Interruption(output)
  const { signal } = interruption
  try {
    await using manager = await openManager(request, { signal })
    const report = (event: HostEvent) =>
      request.format === 'json' ? output.json(event) : output.line(eventLine(event, output.paint))
    if (manager.allConfigurations().length === 0)
      output.note('no network configurations yet; waiting for changes')
    const undo = watchHost(manager, report)
    await elapsed(request.duration, signal)
    undo()
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return 0
}

/** The longest name of an event. */
const EVENT_WIDTH = 'defaultConfigurationChanged'.length

/** An event for people: when, what, who, how that is now. Escaped. */
export function eventLine(
  { time, event, name, identifier, state, changed }: HostEvent,
  paint: Paint,
): string {
  const subject = identifier === null ? 'this host' : paint.strong(escapeText(name || identifier))
  const words = [paint.faint(localTime(time)), event.padEnd(EVENT_WIDTH), subject, painted(state, paint)]
  if (changed !== undefined) words.push(paint.faint(`(${changed.join(', ')})`))
  return words.join('  ')
}

const GOOD: readonly (string | null)[] = ['active', 'connected', 'online', 'ready']
const BAD: readonly (string | null)[] = ['notAvailable', 'disconnected', 'invalid', 'offline', 'lost']

function painted(state: string | null, paint: Paint): string {
  const shown = escapeText(state ?? 'none')
  if (GOOD.includes(state)) return paint.good(shown)
  return BAD.includes(state) ? paint.bad(shown) : shown
}
