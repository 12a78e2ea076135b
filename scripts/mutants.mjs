// npm run test:mutants [-- NAME...]: mutates what stryker.config.mjs names, or only the files of these names (`ranking`), and compares
// the scores with those on file in docs/mutants.json, which may not fall. Each mutant that no test notices needs a reason in
// docs/mutants-left.json. With ROAMKIT_WRITE=1 it puts the new scores and mutants on file; a new mutant has no reason yet.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root, runCommand } from './run-command.mjs'

/** @typedef {{ mutants: number, unnoticed: number }} Score what was tried in one file, and what no test noticed */
/** @typedef {Record<string, Score>} Scores by the name of the file: files move */
/** @typedef {{ line: string, mutator: string, original: string, replacement: string }} Mutant by its source text: lines move */
/** @typedef {Mutant & { reason: string }} Left no test notices it, because it makes no difference */
/** @typedef {{ line: number, column: number }} Place */
/** @typedef {{ status: string, mutatorName: string, replacement?: string, location: { start: Place, end: Place } }} Tried */
/** @typedef {{ files: Record<string, { source: string, mutants: Tried[] }> }} Report of Stryker */

const RECORD = join(root, 'docs/mutants.json')
const LEFT = join(root, 'docs/mutants-left.json')
const LEAST = 90
const NOTICED = new Set(['Killed', 'Timeout'])
const TRIED = new Set([...NOTICED, 'Survived', 'NoCoverage'])

/** @param {Report} report @returns {Scores} */
function scoresOf({ files }) {
  return Object.fromEntries(
    Object.entries(files)
      .map(([path, { mutants }]) => {
        const tried = mutants.filter(({ status }) => TRIED.has(status))
        const unnoticed = tried.filter(({ status }) => !NOTICED.has(status)).length
        return /** @type {const} */ ([basename(path, '.ts'), { mutants: tried.length, unnoticed }])
      })
      .filter(([, { mutants }]) => mutants > 0)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )
}

/** What no test noticed. @param {Report} report @returns {Record<string, Mutant[]>} by the name of the file */
function survivorsOf({ files }) {
  return Object.fromEntries(
    Object.entries(files).map(([path, { source, mutants }]) => {
      const lines = source.split('\n')
      const survivors = mutants.filter(({ status }) => TRIED.has(status) && !NOTICED.has(status))
      return [basename(path, '.ts'), survivors.map((mutant) => inWords(lines, mutant))]
    }),
  )
}

/** @param {string[]} lines @param {Tried} mutant @returns {Mutant} */
function inWords(lines, { mutatorName, replacement = '', location: { start, end } }) {
  const text = lines.slice(start.line - 1, end.line)
  text[text.length - 1] = (text.at(-1) ?? '').slice(0, end.column - 1)
  text[0] = (text[0] ?? '').slice(start.column - 1)
  return {
    line: (lines[start.line - 1] ?? '').trim(),
    mutator: mutatorName,
    original: shortened(text.join('\n')),
    replacement: shortened(replacement),
  }
}

/** One line of at most 120 characters. @param {string} text */
function shortened(text) {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}

/** The same with the reasons on file; without one: ''. @param {Mutant[]} survivors @param {Left[]} known @returns {Left[]} */
function withReasons(survivors, known) {
  const keyOf = (/** @type {Mutant} */ { line, mutator, original, replacement }) =>
    JSON.stringify([line, mutator, original, replacement])
  const reasons = new Map(known.map((left) => [keyOf(left), left.reason]))
  return survivors.map((mutant) => ({ ...mutant, reason: reasons.get(keyOf(mutant)) ?? '' }))
}

/** @template T @param {Record<string, T>} record */
const sorted = (record) =>
  Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)))

/** In percent. @param {Score[]} scores */
function percentOf(scores) {
  const mutants = scores.reduce((sum, score) => sum + score.mutants, 0)
  const unnoticed = scores.reduce((sum, score) => sum + score.unnoticed, 0)
  return mutants === 0 ? 100 : (100 * (mutants - unnoticed)) / mutants
}

/** What is worse than on file. @param {Scores} now @param {Scores} before */
function fallsOf(now, before) {
  return Object.entries(now).flatMap(([name, score]) => {
    const old = before[name]
    if (old === undefined || percentOf([score]) >= percentOf([old]) - 0.05) return []
    return [`${name}: ${percentOf([score]).toFixed(1)} %, on file ${percentOf([old]).toFixed(1)} %`]
  })
}

const names = process.argv.slice(2)
/** @type {Scores} */
const measured = {}
/** @type {Record<string, Mutant[]>} */
const survivors = {}
for (const of of ['core', 'holders']) {
  const files = readdirSync(join(root, 'packages', of, 'src'), { recursive: true }).map(String)
  const only = files.filter((path) => names.includes(basename(path, '.ts')))
  if (names.length > 0 && only.length === 0) continue
  // The quick tests notice most mutants of core; what they leave is tried again with all tests, as Stryker remembers the others.
  for (const tests of of === 'core' ? ['quickly', 'core'] : ['holders']) await mutate(of, tests, only)
  const report = JSON.parse(readFileSync(join(root, `reports/mutants/${of}.json`), 'utf8'))
  Object.assign(measured, scoresOf(report))
  Object.assign(survivors, survivorsOf(report))
}

/** @param {string} of the package @param {string} tests which ones @param {string[]} only these files; none: all that are to be */
async function mutate(of, tests, only) {
  const { ok } = await runCommand(
    process.execPath,
    [
      join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      ...(only.length > 0 ? ['--mutate', only.map((path) => `packages/${of}/src/${path}`).join(',')] : []),
    ],
    { show: true, env: { ROAMKIT_MUTANTS: tests } },
  )
  if (!ok) process.exit(1)
}

/** @type {Scores} */
const onFile = JSON.parse(readFileSync(RECORD, 'utf8'))
const scores = Object.fromEntries(
  Object.entries(measured).filter(([name]) => names.length === 0 || names.includes(name)),
)
for (const [name, score] of Object.entries(scores))
  console.log(
    `${percentOf([score]).toFixed(1).padStart(5)} %  ${name}: ${score.unnoticed} of ${score.mutants} unnoticed`,
  )
const total = percentOf(Object.values(scores))
console.log(`${total.toFixed(1).padStart(5)} %  all of these`)

/** @type {Record<string, Left[]>} */
const leftOnFile = JSON.parse(readFileSync(LEFT, 'utf8'))
/** @type {Record<string, Left[]>} */
const left = Object.fromEntries(
  Object.keys(scores).map((name) => [name, withReasons(survivors[name] ?? [], leftOnFile[name] ?? [])]),
)
for (const [name, mutants] of Object.entries(left))
  for (const { line, original, replacement, reason } of mutants) {
    if (reason !== '') continue
    console.error(
      `no test notices, and no reason is on file: ${name}: ${original} -> ${replacement} in: ${line}`,
    )
    process.exitCode = 1
  }

if (process.env.ROAMKIT_WRITE) {
  /** @template T @param {Record<string, T>} before @param {Record<string, T>} now */
  const merged = (before, now) => sorted(names.length === 0 ? now : { ...before, ...now })
  writeFileSync(RECORD, `${JSON.stringify(merged(onFile, scores), null, 2)}\n`)
  const some = Object.fromEntries(
    Object.entries(merged(leftOnFile, left)).filter(([, { length }]) => length > 0),
  )
  writeFileSync(LEFT, `${JSON.stringify(some, null, 2)}\n`)
} else {
  const falls = fallsOf(scores, onFile)
  if (names.length === 0 && total < LEAST)
    falls.push(`all: ${total.toFixed(1)} %, and at least ${LEAST} % are wanted`)
  for (const fall of falls) console.error(`the score fell: ${fall}`)
  if (falls.length > 0) process.exitCode = 1
}
