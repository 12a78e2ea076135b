// docs/performance.md, made from what the benchmarks found (results.json), from what was tried (tried.json), and from
// profiles (profiles/). `npm run bench` writes it; tests/docs/performance.test.ts holds that nothing in it is written by hand.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../scripts/run-command.mjs'

/** @typedef {import('./results.mjs').Measure & { benchmark: string }} Result */
/**
 * Something that was tried to make it faster, or to see what makes it slow; the verdict says whether it was kept.
 *
 * @typedef {{ what: string, measure: string, unit: string, before: number, after: number, verdict: string }} Tried
 */
/**
 * Where the time went: the functions that took most of it, by themselves.
 *
 * @typedef {{ name: string, commit: string, functions: { function: string, file: string, percent: number }[] }} Profile
 */

/** @param {string} path in bench/ */
const read = (path) => JSON.parse(readFileSync(join(root, 'bench', path), 'utf8'))

/** A cell of a table: nothing in it may end the cell. @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** @param {number} value */
function figure(value) {
  if (value === 0) return '0'
  return Math.abs(value) >= 100
    ? value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ' ')
    : String(Number(value.toPrecision(3)))
}

/** @param {string[]} heads @param {string[][]} rows */
function table(heads, rows) {
  return [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
}

/** @param {Result} result */
function verdict({ ours, ratio, goal }) {
  if (goal === null) return ''
  return `≤ ${figure(goal)}: ${(ratio ?? ours) <= goal ? 'met' : 'missed'}`
}

/** @param {string} group @param {Result[]} results */
function section(group, results) {
  const isCompared = results.some(({ referenceName }) => referenceName !== null)
  const heads = ['', 'Roamkit', ...(isCompared ? ['compared with', 'ratio'] : []), 'goal']
  const rows = results.map((result) => {
    const { name, ours, reference, referenceName, ratio } = result
    const unit = ['', 'count'].includes(result.unit) ? '' : ` ${result.unit}`
    // What has no figure says instead why it has none.
    const other =
      reference === null
        ? [referenceName ?? '', '']
        : [`${referenceName}: ${figure(reference)}${unit}`, figure(ratio ?? 0)]
    return [name, `${figure(ours)}${unit}`, ...(isCompared ? other : []), verdict(result)]
  })
  return `## ${group}\n\n${table(heads, rows)}\n`
}

/** @param {Profile} profile */
function profileTable({ name, commit, functions }) {
  const rows = functions.map((one) => [`${figure(one.percent)} %`, `\`${one.function}\``, basename(one.file)])
  return `### ${name}, at ${commit}\n\n${table(['time', 'function', 'file'], rows)}\n`
}

/** The page. @returns {string} */
export function performancePage() {
  const { machine, measures } =
    /** @type {{ machine: Record<string, string | number>, measures: Result[] }} */ (read('results.json'))
  const groups = [...new Set(measures.map(({ group }) => group))]
  /** @type {Tried[]} */
  const tried = read('tried.json')
  const folder = join(root, 'bench/profiles')
  /** @type {Profile[]} */
  const profiles = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((file) => read(`profiles/${file}`))
    : []
  const goals = measures.filter(({ goal }) => goal !== null)
  const missed = goals.filter(({ ours, ratio, goal }) => (ratio ?? ours) > (goal ?? 0))
  return [
    '# Performance',
    'What Roamkit costs, beside what people would use instead. `npm run bench` measures all of it and writes this page; nothing in it is written ' +
      'by hand. Each contestant runs in every round, in turn, so that whatever else the machine does meets all of them. The figures are ' +
      'medians. The ratios say more than the figures: another machine has other figures, and much the same ratios.',
    `Measured on ${machine.processors} × ${machine.processor} (${machine.architecture}), Linux ${machine.system}, Node ${machine.node}.`,
    `Of ${goals.length} goals, ${goals.length - missed.length} are met.${missed.length > 0 ? ` Missed: ${missed.map(({ name }) => name).join('; ')}.` : ''}`,
    ...groups.map((group) =>
      section(
        group,
        measures.filter((one) => one.group === group),
      ).trimEnd(),
    ),
    '## Tried',
    table(
      ['what', 'measured', 'before', 'after', 'verdict'],
      tried.map(({ what, measure, unit, before, after, verdict: why }) => [
        ...[what, measure],
        ...[`${figure(before)} ${unit}`, `${figure(after)} ${unit}`, why],
      ]),
    ),
    ...(profiles.length > 0 ? ['## Profiles'] : []),
    ...profiles.map((profile) => profileTable(profile).trimEnd()),
  ]
    .join('\n\n')
    .concat('\n')
}
