import { adviceInWords, type NetworkSession } from '@roamkit/core'
import { CommandError, runCommand } from '../child.js'
import { exitCodeOf } from '../exit-codes.js'
import { findConfiguration } from '../find-configuration.js'
import { hold, openSession } from '../held-session.js'
import { Interruption } from '../interruption.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { reportSession, type SessionReport } from '../reports/session-report.js'
import type { OpenRequest } from '../request.js'
import { canAsk, secretsFromTerminal, TYPING_TIMEOUT } from '../secrets-from-terminal.js'

/**
 * Opens a session and holds it while a command runs, for a time, or until it is interrupted; then closes it and waits for
 * the link to be as it should. Resolves to the exit code.
 */
export async function open(request: OpenRequest, output: Output): Promise<number> {
  using interruption = new Interruption(output)
  const { grace } = request
  const options = { signal: interruption.signal, ...(grace !== null && { lossGrace: grace }) }
  try {
    await using manager = await openManager(request, options, { visibleNetworks: true })
    // Say why a better backend is not used.
    for (const { name, error } of manager.backend.passedOver) output.note(`not ${name}: ${error.message}`)
    const configuration = findConfiguration(request.target, manager.allConfigurations())
    const secrets = secretsFromTerminal(output, () => session.isOpen)
    if (canAsk(process)) manager.setConnectTimeout(configuration, TYPING_TIMEOUT)
    const session: NetworkSession = manager.createSession(configuration, { secrets })
    const report = reportSession(session, request, output)
    return await use({ session, report, interruption, request, output })
  } catch (error) {
    if (interruption.by !== null) return exitCodeOf(interruption.by)
    throw error
  }
}

interface Use {
  readonly session: NetworkSession
  readonly report: SessionReport
  readonly interruption: Interruption
  readonly request: OpenRequest
  readonly output: Output
}

async function use({ session, report, interruption, request, output }: Use): Promise<number> {
  const opened = await openSession(session, interruption)
  if (interruption.by !== null) return exitCodeOf(interruption.by)
  // The reason was in the session's `error` event, which is printed.
  if (opened === 'failed') {
    if (session.error !== null) output.note(adviceInWords(session.error.reason))
    return 1
  }
  try {
    if (request.run === null) return await hold(report, interruption, request.hold)
    const lost = () => output.note('the command continues without the session')
    report.ended.addEventListener('abort', lost)
    try {
      return await runCommand(request.run, interruption, output.note)
    } finally {
      report.ended.removeEventListener('abort', lost)
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    output.note(error.message)
    return error.exitCode
  } finally {
    await session.close()
  }
}
