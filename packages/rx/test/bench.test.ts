import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('the benchmark runs and prints a figure for every contestant', async () => {
  const bench = fileURLToPath(new URL('../../../bench/rx.mjs', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    bench,
    ...['--rounds', '1'],
    ...['--events', '20'],
  ])
  expect(stderr).toBe('')
  const contestants = stdout.split('\n').filter((line) => line.startsWith('  '))
  expect(contestants).toHaveLength(12)
  for (const line of contestants) expect(line).toMatch(/ \d+ \(\d+ to \d+\) +x \d+\.\d\d$/)
})
