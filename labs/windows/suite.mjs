// All that is tested under node.exe, in two labs for each version of Node, and what came of it.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './cache.mjs'
import { NODES } from './downloads.mjs'
import { outcomesIn } from './reporter.mjs'

const RUN = fileURLToPath(new URL('run', import.meta.url))
const FOLDER = 'tests/windows'
/** Files whose tests start processes, one after the other: half of the work. What comes to the other files is in a lab of its own. */
const OF_PROCESSES = ['cli', 'holders', 'lab', 'logon-sessions', 'rendezvous']
/**
 * What is tried on every version of Node: the backend against the contract, and its sessions. Versions differ in how koffi loads and calls DLLs,
 * which these exercise. The rest is ours, and the newest version is enough for it.
 */
const OF_EVERY_VERSION = ['conformance', 'sessions']
/** Seconds for one lab, against hangs: alone it takes some 60 on two cores, beside the other suites thrice as many. */
const LIMIT = 480
/** Milliseconds for one test, and for one file of them: against hangs as well. */
const TEST_LIMIT = 300_000

/** @typedef {{ passed: number, failed: number, skipped: string[], output: string }} Count */

/** @param {string[]} names @param {string} file */
const isOneOf = (names, file) => names.includes(basename(file, '.test.mjs'))

/** The test files for a version of Node, from the repository's root: a list for each lab. @param {import('./downloads.mjs').NodeVersion} version */
function testFiles(version) {
  const files = readdirSync(join(root, FOLDER))
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => `${FOLDER}/${name}`)
    .filter((file) => version === NODES.at(-1) || isOneOf(OF_EVERY_VERSION, file))
  return [true, false]
    .map((isOfProcesses) => files.filter((file) => isOneOf(OF_PROCESSES, file) === isOfProcesses))
    .filter((list) => list.length > 0)
}

/** @param {string[]} args */
const runLab = (args) => run(RUN, ['--limit', `${LIMIT}`, ...args])

/** @param {string} file @param {string[]} args @returns {Promise<{ code: number | null, output: string, errors: string }>} */
function run(file, args) {
  const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    errors += data
  })
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  const passOn = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, passOn)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      for (const signal of signals) process.off(signal, passOn)
      resolve({ code, output, errors })
    })
  })
}

/** A run without a single test has failed, and so has one that did not end well though no test says so. @param {string} name @param {Awaited<ReturnType<typeof runLab>>} ran @returns {Count} */
function count(name, { code, output, errors }) {
  const outcomes = outcomesIn(output)
  const failed = outcomes.filter(({ result }) => result === 'failed')
  const isUnexplained = outcomes.length === 0 || (code !== 0 && failed.length === 0)
  const told = failed.map((outcome) => `${name}: ${outcome.name}\n${outcome.reason}\n`)
  return {
    passed: outcomes.filter(({ result }) => result === 'passed').length,
    failed: failed.length + (isUnexplained ? 1 : 0),
    skipped: outcomes
      .filter(({ result }) => result === 'skipped')
      .map((outcome) => `${name}: ${outcome.name}: ${outcome.reason}`),
    output: isUnexplained ? `${name}: ended with ${code}\n${output}${errors}` : told.join('\n'),
  }
}

/** Tests on one version of Node, in one lab. @param {import('./downloads.mjs').NodeVersion} version @param {string[]} files */
async function testsOn(version, files) {
  const reporter = `file:///Z:${fileURLToPath(new URL('reporter.mjs', import.meta.url))}`
  // The processes of a lab share what they remember of links, and two files at once would be in each other's way.
  const flags = [
    '--test',
    '--test-concurrency=1',
    `--test-timeout=${TEST_LIMIT}`,
    `--test-reporter=${reporter}`,
  ]
  const ran = await runLab(['--node', version, ...flags, ...files])
  return count(`node.exe ${version}`, ran)
}

/** The lab as the machine sees it. */
async function lab() {
  const reporter = fileURLToPath(new URL('reporter.mjs', import.meta.url))
  const own = fileURLToPath(new URL('test/run.test.mjs', import.meta.url))
  return count('lab', await run(process.execPath, ['--test', `--test-reporter=${reporter}`, own]))
}

async function layouts() {
  const program = fileURLToPath(new URL('layout.mjs', import.meta.url))
  return count('layout', await runLab(['--machine', process.execPath, program]))
}

/** @returns {Promise<Count[]>} the labs of one version side by side: tests wait as long as they work */
export async function runSuite() {
  const counts = [await layouts(), await lab()] // and with them everything that is made once
  for (const version of NODES)
    counts.push(...(await Promise.all(testFiles(version).map((files) => testsOn(version, files)))))
  return counts
}
