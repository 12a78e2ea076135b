import type { Verdict } from './verdict.js'

/** How outcomes are printed. */
const WORDS: Readonly<Record<Verdict['outcome'], string>> = {
  kept: 'kept',
  broken: 'broken',
  waived: 'waived',
  cannotRun: 'cannot run',
}

/** Formats verdicts as text: a line for each law, then one with the counts. */
export function table(verdicts: readonly Verdict[]): string {
  const width = Math.max(0, ...verdicts.map(({ law }) => law.length))
  const lines = verdicts.map(({ law, outcome, reason, untried }) => {
    const without = untried.length > 0 ? `without ${untried.join(', ')}` : ''
    return `${law.padEnd(width)}  ${WORDS[outcome].padEnd(10)}  ${reason ?? without}`.trimEnd()
  })
  return [...lines, counts(verdicts)].join('\n')
}

/** Formats the counts and, for each law that could not run, a waiver to fill in. */
export function summary(verdicts: readonly Verdict[]): string {
  const idle = verdicts.filter(({ outcome }) => outcome === 'cannotRun')
  if (idle.length === 0) return counts(verdicts)
  const waivers = idle.map(({ law, reason }) => `  { law: '${law}', reason: ${JSON.stringify(reason)} },`)
  return [
    counts(verdicts),
    'A law that cannot run is not a fault of the backend: the adapter has no way to try it. Add the missing control or configuration',
    'to the adapter, or waive the law and give the reason:',
    ...waivers,
  ].join('\n')
}

function counts(verdicts: readonly Verdict[]): string {
  const count = (outcome: Verdict['outcome']) => verdicts.filter((one) => one.outcome === outcome).length
  const said = `${count('kept')} kept, ${count('broken')} broken, ${count('waived')} waived`
  return count('cannotRun') > 0 ? `${said}, ${count('cannotRun')} cannot run` : said
}
