// npm run test:mutants [-- NAME...]: mutates what stryker.config.mjs names, or only the files of these names (`ranking`), and compares
// the scores with those on file in docs/mutants.json, which may not fall. With ROAMKIT_WRITE=1 it puts the new ones on file.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root, runCommand } from './run-command.mjs'

/** @typedef {{ mutants: number, unnoticed: number }} Score what was tried in one file, and what no test noticed */
/** @typedef {Record<string, Score>} Scores by the name of the file: files move */

const RECORD = join(root, 'docs/mutants.json')
const LEAST = 90
const NOTICED = new Set(['Killed', 'Timeout'])
const TRIED = new Set([...NOTICED, 'Survived', 'NoCoverage'])

/** Stryker's report. @param {{ files: Record<string, { mutants: { status: string }[] }> }} report @returns {Scores} */
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
for (const of of ['core', 'holders']) {
  const files = readdirSync(join(root, 'packages', of, 'src'), { recursive: true }).map(String)
  const only = files.filter((path) => names.includes(basename(path, '.ts')))
  if (names.length > 0 && only.length === 0) continue
  // The quick tests notice most mutants of core; what they leave is tried again with all tests, as Stryker remembers the others.
  for (const tests of of === 'core' ? ['quickly', 'core'] : ['holders']) await mutate(of, tests, only)
  const report = readFileSync(join(root, `reports/mutants/${of}.json`), 'utf8')
  Object.assign(measured, scoresOf(JSON.parse(report)))
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

if (process.env.ROAMKIT_WRITE) {
  const merged = names.length === 0 ? scores : { ...onFile, ...scores }
  const sorted = Object.fromEntries(Object.entries(merged).sort(([one], [other]) => (one < other ? -1 : 1)))
  writeFileSync(RECORD, `${JSON.stringify(sorted, null, 2)}\n`)
} else {
  const falls = fallsOf(scores, onFile)
  if (names.length === 0 && total < LEAST)
    falls.push(`all: ${total.toFixed(1)} %, and at least ${LEAST} % are wanted`)
  for (const fall of falls) console.error(`the score fell: ${fall}`)
  if (falls.length > 0) process.exitCode = 1
}
