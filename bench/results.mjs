// What a benchmark found: printed for people, and handed to `npm run bench`, which collects it in `bench/results.json`.
import { appendFileSync } from 'node:fs'

/**
 * One figure beside what it is compared with. Both were measured in turn, in the same run.
 *
 * @typedef {object} Measure
 * @property {string} group what it belongs to: a heading of docs/performance.md
 * @property {string} name what was measured, as a phrase
 * @property {string} unit of `ours` and `reference`: ns, µs, ms, kB, count ...
 * @property {number} ours the median
 * @property {number | null} reference the median of what it is compared with; null: compared with nothing
 * @property {string | null} referenceName if `reference` is null: what should have been compared with, and why it was not
 * @property {number | null} ratio ours to reference
 * @property {number | null} goal the largest `ratio` that is wanted, or the largest `ours` if there is no reference; null: none
 */

/**
 * Puts a figure on record.
 *
 * @param {Omit<Measure, 'ratio' | 'reference' | 'referenceName' | 'goal'> & Partial<Measure>} measure
 */
export function record({ group, name, unit, ours, reference = null, referenceName = null, goal = null }) {
  const ratio = reference === null ? null : ours / reference
  /** @type {Measure} */
  const measure = { group, name, unit, ours, reference, referenceName, ratio, goal }
  const compared = ratio === null ? '' : ` ${short(reference ?? 0)}, x ${ratio.toFixed(2)}`
  const beside = referenceName === null ? '' : `, ${referenceName}${compared}`
  const wanted = goal === null ? '' : `, goal ${goal}${(ratio ?? ours) <= goal ? '' : ': missed'}`
  console.log(`${name}: ${short(ours)} ${unit}${beside}${wanted}`)
  const file = process.env.ROAMKIT_BENCH_RESULTS
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(measure)}\n`)
}

/** With three digits that say something. @param {number} value */
const short = (value) => (value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString())

/** @param {readonly number[]} values */
export function median(values) {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}

/** What is compared with, for {@link record}: nothing can be divided by nothing. @param {string} name @param {number} figure */
export const beside = (name, figure) =>
  figure > 0 ? { reference: figure, referenceName: name } : { referenceName: `${name} ${figure}` }
