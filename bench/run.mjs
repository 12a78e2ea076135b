// npm run bench [-- NAME ...]: runs every benchmark, or only those of these names, and writes bench/results.json.
// Every benchmark runs in a process of its own, measures in alternation with what it is compared with, and says what it found
// (`record()` in results.mjs). A benchmark that cannot run here is named, with the reason, and its old figures stay.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runCommand } from '../scripts/run-command.mjs'

/** By name: the command, from the top of the repository. @type {Record<string, string[]>} */
const BENCHMARKS = {
  core: ['node', 'bench/core.mjs'],
  emission: ['node', 'bench/rx.mjs'],
  dbus: ['node', 'bench/dbus.mjs'],
  start: ['node', 'bench/start.mjs'],
  weight: ['node', 'bench/weight.mjs'],
  idle: ['labs/linux/run', 'node', 'bench/idle.mjs', 'networkmanager'],
  linux: ['labs/linux/run', 'node', 'bench/linux.mjs'],
  windows: ['node', 'bench/windows.mjs'],
}
const FILE = join(root, 'bench/results.json')

/** @typedef {import('./results.mjs').Measure & { benchmark: string }} Result */

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in BENCHMARKS))
if (unknown.length > 0)
  throw new Error(`no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`)

/** @param {string} name @returns {Promise<Result[] | null>} null: it could not run */
async function run(name) {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-bench-'))
  const file = join(folder, 'results')
  try {
    console.log(`\n— ${name}`)
    const [program = 'node', ...args] = BENCHMARKS[name] ?? []
    const { ok } = await runCommand(program === 'node' ? process.execPath : join(root, program), args, {
      show: true,
      env: { ROAMKIT_BENCH_RESULTS: file },
    })
    if (!ok) return null
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ benchmark: name, ...JSON.parse(line) }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @returns {Result[]} */
function before() {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')).measures
  } catch {
    return []
  }
}

/** @type {Map<string, Result[]>} */
const results = new Map(
  Object.keys(BENCHMARKS).map((name) => [name, before().filter((one) => one.benchmark === name)]),
)
const failed = []
for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
  const found = await run(name)
  if (found === null) failed.push(name)
  else results.set(name, found)
}
const machine = {
  processor: cpus()[0]?.model ?? '',
  processors: cpus().length,
  architecture: arch(),
  system: release(),
  node: process.version,
}
writeFileSync(FILE, `${JSON.stringify({ machine, measures: [...results.values()].flat() }, null, 2)}\n`)
if (failed.length > 0) {
  console.error(`could not run: ${failed.join(', ')}`)
  process.exitCode = 1
}
