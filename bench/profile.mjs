// Where a benchmark's time goes: `node bench/profile.mjs NAME [--as FILE]` runs it once under V8's profiler, and writes the functions that took most
// of the time themselves to bench/profiles/NAME.json. `first-list` needs a NetworkManager: `labs/linux/run node bench/profile.mjs first-list`.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { root } from '../scripts/run-command.mjs'
import { Contest } from './dbus/contest.mjs'

/** How many functions are kept. */
const MOST = 25
/** Microseconds between two samples. */
const INTERVAL = 200
/** No part of the work. */
const IDLE = new Set(['(root)', '(program)', '(idle)'])

/** Runs once, with these flags of Node. @typedef {(flags: readonly string[]) => Promise<unknown>} Run */
/** @type {Record<string, Run>} */
const RUNS = {
  'dbus-signals': (flags) =>
    contend('listener', { command: 'signals', times: Contest.signals(300_000) }, flags),
  'dbus-mirror': (flags) => contend('mirror', { command: 'signals', times: Contest.signals(300_000) }, flags),
  'dbus-objects': (flags) => contend('mirror', { command: 'objects', times: 200 }, flags),
  'first-list': async (flags) =>
    execFileSync(process.execPath, [...flags, join(root, 'bench/linux/list-process.mjs')], {
      stdio: 'ignore',
    }),
}

/** @param {string} contestant @param {import('./dbus/contest.mjs').Task} task @param {readonly string[]} flags */
async function contend(contestant, task, flags) {
  const contest = await Contest.open('direct')
  try {
    await contest.run(contestant, [task], flags)
  } finally {
    await contest.close()
  }
}

/**
 * @typedef {object} Profile what `--cpu-prof` writes
 * @property {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }[]} nodes
 * @property {number[]} samples
 */

/** @param {Run} run @returns {Promise<Profile>} */
async function profile(run) {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-profile-'))
  try {
    await run(['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', `${INTERVAL}`])
    const [file = ''] = readdirSync(folder)
    return JSON.parse(readFileSync(join(folder, file), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {Profile} profile */
function functionsOf({ nodes, samples }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  /** @type {Map<string, number>} */
  const counts = new Map()
  let all = 0
  for (const sample of samples) {
    const name = names.get(sample) ?? ''
    if (IDLE.has(name)) continue
    all += 1
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, MOST)
  return most.map(([name, count]) => {
    const [title = '', file = ''] = name.split(' in ')
    return { function: title, file, percent: Math.round((1000 * count) / all) / 10 }
  })
}

/** @param {Profile['nodes'][number]['callFrame']} frame */
function nameOf({ functionName, url }) {
  if (url === '') return functionName
  const file = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url
  return `${functionName || '(anonymous)'} in ${file.replace(/\.bench-\w+\//, '')}`
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { as: { type: 'string' } } })
const [name = ''] = positionals
const run = RUNS[name]
if (run === undefined) throw new Error(`choose one of ${Object.keys(RUNS).join(', ')}`)
const functions = functionsOf(await profile(run))
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
const title = values.as ?? name
mkdirSync(join(root, 'bench/profiles'), { recursive: true })
const text = JSON.stringify({ name: title, commit, functions }, null, 2)
writeFileSync(join(root, `bench/profiles/${title}.json`), `${text}\n`)
for (const { function: what, file, percent } of functions.slice(0, 12))
  console.log(`${percent} % ${what} ${file}`)
