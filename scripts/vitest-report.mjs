// Counts what a vitest JSON report says.
import { existsSync, readFileSync } from 'node:fs'

/**
 * @typedef {{ passed: number, failed: number, skipped: string[], problem: string | null }} Count
 * @param {string} path
 * @param {{ ok: boolean }} run whether vitest itself ended well
 * @returns {Count} skipped: names of tests, with the reason if the test left one in its `meta.reason`; problem: what is wrong beyond the failed tests
 */
export function countReport(path, { ok }) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: [], problem: 'no report: it crashed' }
  /** @type {{ name: string, status: string, message?: string, assertionResults: { fullName: string, status: string, meta?: { reason?: string } }[] }[]} */
  const files = JSON.parse(readFileSync(path, 'utf8')).testResults
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  const withStatus = (/** @type {string} */ status) => tests.filter((test) => test.status === status)
  const passed = withStatus('passed').length
  const failed = withStatus('failed').length
  const skipped = tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName, meta }) => (meta?.reason === undefined ? fullName : `${fullName}: ${meta.reason}`))
  // A file that cannot be loaded, or a hook that fails around it, has no failed test of its own.
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const problem = problemOf({ ok, tests: tests.length, failed, broken: broken.length })
  return { passed, failed: failed + broken.length + (problem === null ? 0 : 1), skipped, problem }
}

/** @param {{ ok: boolean, tests: number, failed: number, broken: number }} run */
function problemOf({ ok, tests, failed, broken }) {
  if (tests === 0 && broken === 0) return 'it ran no tests'
  if (!ok && failed + broken === 0) return 'no test failed, but vitest did'
  return null
}
