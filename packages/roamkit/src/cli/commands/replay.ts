import { VirtualClock } from '@roamkit/backend-mock'
import { noteSessionEvents, replay as replayed, type SessionEventLine } from '@roamkit/backend-mock/trace'
import { allUplinks, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import type { Output } from '../output.js'
import { TraceReport } from '../reports/trace-report.js'
import type { ReplayRequest } from '../request.js'
import { readTrace } from '../trace-file.js'

/**
 * Plays a trace in virtual time, prints what the library makes of it, and compares what its sessions tell with what was recorded. Resolves to
 * the exit code: 1 if they differ.
 */
export async function replay(request: ReplayRequest, output: Output): Promise<number> {
  const trace = readTrace(request.file)
  const clock = new VirtualClock()
  const report = new TraceReport(clock, request, output)
  const sessions = new Map<number, NetworkSession>()
  const told: SessionEventLine[] = []
  const undos: (() => void)[] = []

  const sessionOf = (number: number, on: string): NetworkSession => {
    const known = sessions.get(number)
    if (known !== undefined) return known
    const session = manager.createSession(on)
    sessions.set(number, session)
    undos.push(
      noteSessionEvents(session, (event) => {
        const line = { at: clock.now(), session: number, on, ...event }
        told.push(line)
        report.event(line)
      }),
    )
    return session
  }
  const driver = replayed(trace, {
    onCall: (call) => {
      report.call(call)
      // The events tell why it failed.
      sessionOf(call.session, call.on)
        [call.does]()
        .catch(() => undefined)
    },
  })
  const manager = await NetworkConfigurationManager.open(driver, { clock, reopenJitter: 0 })
  report.begin(trace)
  undos.push(report.follow(manager))
  manager.defineServiceNetwork(allUplinks)
  await clock.advance(trace.duration)
  // Nothing that the end of the replay itself causes is printed.
  for (const undo of undos) undo()
  const isSame = report.end(trace, told)
  const closing = manager.close()
  await clock.advance(60_000)
  await closing
  return isSame ? 0 : 1
}
