import type { Verdict } from './verdict.js'

/** For people. */
const WORDS: Readonly<Record<Verdict['outcome'], string>> = {
  kept: 'kept',
  broken: 'broken',
  waived: 'waived',
  cannotRun: 'cannot run',
}

/** Verdicts as text: a line for each law and one with the counts. */
export function table(verdicts: readonly Verdict[]): string {
  const width = Math.max(0, ...verdicts.map(({ law }) => law.length))
  const lines = verdicts.map(({ law, outcome, reason, untried }) => {
    const without = untried.length > 0 ? `without ${untried.join(', ')}` : ''
    return `${law.padEnd(width)}  ${WORDS[outcome].padEnd(10)}  ${reason ?? without}`.trimEnd()
  })
  return [...lines, counts(verdicts)].join('\n')
}

/**
 * What is to be done about them, for who sees them for the first time: the counts, and a waiver to fill in for each law that could
 * not be tried.
 */
export function summary(verdicts: readonly Verdict[]): string {
  const idle = verdicts.filter(({ outcome }) => outcome === 'cannotRun')
  if (idle.length === 0) return counts(verdicts)
  const waivers = idle.map(({ law, reason }) => `  { law: '${law}', reason: ${JSON.stringify(reason)} },`)
  return [
    counts(verdicts),
    'What cannot run is no fault of the backend: the adapter has no way to try it. Give the adapter the control or the configuration',
    'that is missing, or say in its waivers why there is none:',
    ...waivers,
  ].join('\n')
}

function counts(verdicts: readonly Verdict[]): string {
  const count = (outcome: Verdict['outcome']) => verdicts.filter((one) => one.outcome === outcome).length
  const said = `${count('kept')} kept, ${count('broken')} broken, ${count('waived')} waived`
  return count('cannotRun') > 0 ? `${said}, ${count('cannotRun')} cannot run` : said
}
