import type { Verdict } from './verdict.js'

/** Verdicts as text: a line for each law and one with the counts. */
export function table(verdicts: readonly Verdict[]): string {
  const width = Math.max(0, ...verdicts.map(({ law }) => law.length))
  const lines = verdicts.map(({ law, outcome, reason }) =>
    `${law.padEnd(width)}  ${outcome.padEnd(6)}  ${reason ?? ''}`.trimEnd(),
  )
  const count = (outcome: Verdict['outcome']) => verdicts.filter((one) => one.outcome === outcome).length
  return [...lines, `${count('kept')} kept, ${count('broken')} broken, ${count('waived')} waived`].join('\n')
}
