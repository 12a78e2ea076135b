import { adviceInWords, allUplinks } from '@roamkit/core'
import { probe } from '../../probe/probe.js'
import { exitCodeOf } from '../exit-codes.js'
import { hold, openSession } from '../held-session.js'
import { Interruption } from '../interruption.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { accepting, answerOffers, asking, type Judge, refusing, type Trier } from '../reports/roam-answers.js'
import { reportRoaming } from '../reports/roam-report.js'
import { type RoamRequest, UsageError } from '../request.js'
import { ask } from '../terminal/ask.js'

/**
 * Opens a session on all uplinks and prints how it roams, and why, until its time is up or it is interrupted; then closes
 * it and waits for the links to be as they should. Resolves to the exit code.
 */
export async function roam(request: RoamRequest, output: Output): Promise<number> {
  const judge = judgeOf(request)
  using interruption = new Interruption(output)
  try {
    await using manager = await openManager(request, { signal: interruption.signal })
    // Say why a better backend is not used.
    for (const { name, error } of manager.backend.passedOver) output.note(`not ${name}: ${error.message}`)
    await using session = manager.createSession(manager.defineServiceNetwork(allUplinks))
    const report = reportRoaming(manager, session, request, output)
    if (judge !== null) answerOffers(session, judge, trierOf(request), report)
    const opened = await openSession(session, interruption)
    if (opened === 'opened') return await hold(report, interruption, request.duration)
    // The reason was in the session's `error` event, which is printed.
    if (interruption.by === null && session.error !== null) output.note(adviceInWords(session.error.reason))
  } catch (error) {
    if (interruption.by === null) throw error
  }
  return interruption.by === null ? 1 : exitCodeOf(interruption.by)
}

/** Who answers; `null`: there are no offers, and the session roams on its own. */
function judgeOf({ answer }: RoamRequest): Judge | null {
  switch (answer) {
    case 'accept':
      return accepting
    case 'never':
      return refusing
    case 'forced':
      return null
    case 'ask': {
      const { stdin: input, stderr } = process
      if (!input.isTTY) throw new UsageError('--ask requires a terminal', { command: 'roam' })
      return asking((question, signal) => ask(`roamkit: ${question}`, { input, output: stderr }, signal))
    }
  }
}

function trierOf({ probe: target }: RoamRequest): Trier {
  return target === null ? null : (link, signal) => probe(link, target, { signal })
}
