// What became of the laws on each backend: `docs/conformance/<backend>.json`, from which the table of what works where is made.
// The suite that tries the laws compares; with ROAMKIT_WRITE=1 it writes.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-command.mjs'

const FOLDER = join(root, 'docs/conformance')

/**
 * @typedef {{ law: string, outcome: 'kept' | 'broken' | 'waived' | 'cannotRun', reason: string | null }} Verdict as @roamkit/conformance gives them
 *
 * @typedef {object} ConformanceRecord
 * @property {string} backend
 * @property {string} title for the head of a column
 * @property {string} tried on what the laws were tried, in a sentence's words
 * @property {number} laws how many there were
 * @property {Record<string, string>} waived laws that cannot run there, and why
 */

/**
 * Keeps a suite's verdicts in its folder of reports: a table for people and JSON for programs.
 *
 * @param {string} folder
 * @param {string} backend
 * @param {{ verdicts: readonly Verdict[], table: string }} found
 */
export function keepVerdicts(folder, backend, { verdicts, table }) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `conformance-${backend}.txt`), `conformance of ${backend}\n${table}\n`)
  writeFileSync(
    join(folder, `conformance-${backend}.json`),
    `${JSON.stringify({ backend, verdicts }, null, 2)}\n`,
  )
}

/**
 * What the verdicts come to, and what is on file of them, to be compared by a test; with ROAMKIT_WRITE=1 the file is written first.
 *
 * @param {{ backend: string, title: string, tried: string }} what
 * @param {readonly Verdict[]} verdicts
 * @returns {{ found: ConformanceRecord, onFile: ConformanceRecord | null }}
 */
export function compareWithRecord(what, verdicts) {
  const of = (/** @type {Verdict['outcome']} */ outcome) =>
    verdicts.filter((one) => one.outcome === outcome).map(({ law }) => law)
  const [broken, idle] = [of('broken'), of('cannotRun')]
  if (broken.length > 0) throw new Error(`no record of a backend that breaks laws: ${broken.join(', ')}`)
  if (idle.length > 0)
    throw new Error(`no record with laws that cannot run and are not waived: ${idle.join(', ')}`)
  const waived = verdicts
    .filter(({ outcome }) => outcome === 'waived')
    .map(({ law, reason }) => [law, reason ?? ''])
  const found = { ...what, laws: verdicts.length, waived: Object.fromEntries(waived) }
  const path = join(FOLDER, `${what.backend}.json`)
  if (process.env.ROAMKIT_WRITE) {
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`)
  }
  return { found, onFile: existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null }
}

/** Every record, those that can do most first. @returns {ConformanceRecord[]} */
export function allRecords() {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []
  /** @type {ConformanceRecord[]} */
  const records = files.sort().map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')))
  const waivers = (/** @type {ConformanceRecord} */ { waived }) => Object.keys(waived).length
  return records.sort((one, other) => waivers(one) - waivers(other))
}
