import { type LawGroup, lawGroups } from '@roamkit/conformance'
import type { ConformanceRecord } from '../../scripts/conformance-record.mjs'

/** A row for each group of laws, a column for each backend: how many of them are kept there. */
export function lawTable(records: readonly ConformanceRecord[]): string {
  const head = ['topic of the laws', ...records.map(({ title }) => title)]
  const rows = lawGroups.map((group) => [group.title, ...records.map((record) => kept(group, record))])
  const total = lawGroups.flatMap(({ laws }) => laws)
  const sums = ['all', ...records.map((record) => kept({ title: '', laws: total }, record))]
  return table([head, ...rows, sums])
}

/** On what each backend was tried, and each reason for which laws are waived there, with the laws. */
export function waiverList(records: readonly ConformanceRecord[]): string {
  return records.map(waiversOf).join('\n\n')
}

function waiversOf({ title, tried, waived }: ConformanceRecord): string {
  const reasons = new Map<string, string[]>()
  for (const [law, reason] of Object.entries(waived))
    reasons.set(reason, [...(reasons.get(reason) ?? []), law])
  const head = `**${title}**, tested on ${tried}`
  if (reasons.size === 0) return `${head}: all laws run.`
  const lines = [...reasons].map(
    ([reason, laws]) => `- ${laws.map((law) => `\`${law}\``).join(', ')}: ${reason}`,
  )
  return [`${head}. These laws cannot run:`, '', ...lines].join('\n')
}

/** Every law, with the sentence that it enforces. */
export function lawList(): string {
  return lawGroups
    .map(({ title, laws }) =>
      [`### ${title}`, '', ...laws.map(({ id, says }) => `- \`${id}\`: ${says}`)].join('\n'),
    )
    .join('\n\n')
}

function kept({ laws }: LawGroup, { waived }: ConformanceRecord): string {
  const count = laws.filter(({ id }) => !(id in waived)).length
  return count === laws.length ? `all ${count}` : `${count} of ${laws.length}`
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rest.map(line)].join('\n')
}
