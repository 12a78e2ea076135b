import { noteSessionEvents, type RecordingDriver, recorded } from '@roamkit/backend-mock/trace'
import { allUplinks, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { elapsed } from '../elapsed.js'
import { exitCodeOf } from '../exit-codes.js'
import { findConfiguration } from '../find-configuration.js'
import { Interruption } from '../interruption.js'
import { driverOf } from '../open-manager.js'
import type { Output } from '../output.js'
import { reportSession } from '../reports/session-report.js'
import type { RecordRequest } from '../request.js'
import { secretsFromTerminal } from '../secrets-from-terminal.js'
import { TraceFile } from '../trace-file.js'

/**
 * Writes what the backend reports and what it is asked to a file, until its time is up or it is interrupted; opens a session meanwhile if
 * that is wanted. Resolves to the exit code: that of the signal if it came before anything was recorded.
 */
export async function record(request: RecordRequest, output: Output): Promise<number> {
  using file = new TraceFile(request.file)
  using interruption = new Interruption(output)
  const signal = AbortSignal.any([interruption.signal, file.failed])
  const driver = recorded(driverOf(request, { visibleNetworks: true }), (line) => file.write(line), {
    names: request.names,
  })
  try {
    await using manager = await NetworkConfigurationManager.open(driver, { signal })
    manager.defineServiceNetwork(allUplinks)
    output.note(
      `recording to '${request.file}'${request.duration === null ? '; Ctrl-C ends the recording' : ''}`,
    )
    if (request.open === null) await elapsed(request.duration, signal)
    else await recordSession(manager, driver, { ...request, open: request.open }, { output, signal })
  } catch (error) {
    if (interruption.by === null) throw error
    if (file.lines === 0) {
      output.note('nothing was recorded')
      return exitCodeOf(interruption.by)
    }
  }
  file.failed.throwIfAborted()
  output.note(`recorded ${file.lines} lines; roamkit replay plays them`)
  return 0
}

/** Opens a session, and closes it at the end, with everything in the trace. */
async function recordSession(
  manager: NetworkConfigurationManager,
  driver: RecordingDriver,
  request: RecordRequest & { readonly open: string },
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<void> {
  const configuration = findConfiguration(request.open, manager.allConfigurations())
  const { identifier } = configuration
  // `connectTimeout` stays as it is, because a replay has that of every manager.
  const secrets = secretsFromTerminal(output, () => session.isOpen)
  const session: NetworkSession = manager.createSession(configuration, { secrets })
  reportSession(session, { format: 'text' }, output)
  noteSessionEvents(session, (event) => driver.note(1, identifier, event))
  const call = (does: 'open' | 'close'): Promise<void> => {
    driver.note(1, identifier, { does })
    // The events tell why it failed.
    return session[does]().catch(() => undefined)
  }
  const opening = call('open')
  await elapsed(request.duration, signal)
  await call('close')
  await opening
}
