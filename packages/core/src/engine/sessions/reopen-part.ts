import { checkArgument, expected } from '../../primitives/arguments.js'
import { reportUncaught } from '../../primitives/report-error.js'
import type { Times } from '../../primitives/time/times.js'

/** What part of a delay a session waits before it is opened again: a random part of it is left out (`reopenJitter`). */
export function reopenPart({ reopenJitter }: Pick<Times, 'reopenJitter'>): number {
  if (typeof reopenJitter === 'number') return 1 - reopenJitter * Math.random()
  try {
    const left = reopenJitter()
    checkArgument('what reopenJitter returns', left, expected.fraction)
    return 1 - left
  } catch (error) {
    reportUncaught(error)
    return 1
  }
}
