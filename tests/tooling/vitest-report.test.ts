import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { countReport } from '../../scripts/vitest-report.mjs'

const folder = mkdtempSync(join(tmpdir(), 'report-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one, index) => ({ fullName: `test ${index}`, status: one })),
})

function count(testResults: ReturnType<typeof file>[], { ok }: { ok: boolean }) {
  const path = join(folder, 'report.json')
  writeFileSync(path, JSON.stringify({ testResults }))
  return countReport(path, { ok })
}

test('counts what passed, failed and was skipped, and names the skipped', () => {
  const files = [
    file('passed', 'passed', 'skipped', 'passed'),
    file('failed', 'failed', 'passed', 'todo', 'pending'),
  ]
  expect(count(files, { ok: false })).toEqual({
    passed: 3,
    failed: 1,
    skipped: ['test 1', 'test 2', 'test 3'],
    problem: null,
  })
})

test('tells why a test was skipped, if the test left the reason', () => {
  const skipped = { fullName: 'a test', status: 'skipped', meta: { reason: 'too slow here' } }
  const files = [{ status: 'passed', assertionResults: [skipped] }]
  expect(count(files, { ok: true }).skipped).toEqual(['a test: too slow here'])
})

test('a file that cannot be loaded has failed', () => {
  expect(count([file('failed'), file('passed', 'passed')], { ok: false })).toMatchObject({
    passed: 1,
    failed: 1,
  })
})

test('a suite without tests has failed', () => {
  expect(count([], { ok: true })).toMatchObject({ failed: 1, problem: 'it ran no tests' })
})

test('a suite without a report has failed', () => {
  expect(countReport(join(folder, 'none.json'), { ok: true })).toMatchObject({ failed: 1 })
})

test('an error outside of all tests has failed', () => {
  expect(count([file('passed', 'passed')], { ok: false })).toMatchObject({ passed: 1, failed: 1 })
})
