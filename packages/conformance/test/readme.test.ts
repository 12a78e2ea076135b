import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { laws, mutants } from '../src/index.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const EXAMPLE = fileURLToPath(new URL('./readme-example.mjs', import.meta.url))

test('the README shows the example file, and states the results that node --test gives', () => {
  expect(/```js\n(.*?)```/s.exec(readme)?.[1]).toBe(readFileSync(EXAMPLE, 'utf8'))
  const { stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', EXAMPLE], {
    encoding: 'utf8',
    // Otherwise a node:test inside a node:test would report to the outer one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  })
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1])
  expect(readme).toContain(`${count('pass')} pass, and ${count('skipped')} are skipped`)
  expect(count('fail')).toBe(1)
  expect(stdout).toContain('cannot run: the adapter has no carrier')
  expect(stdout).toContain('{ law: \'carrier-followed\', reason: "the adapter has no carrier" },')
  expect(count('pass') + count('skipped') + count('fail')).toBe(laws.length + 1)
})

test('the README states the numbers of laws and mutants', () => {
  expect(readme).toContain(`${laws.length} tests, called *laws*`)
  expect(readme).toContain(`${mutants.length} backends that are wrong on purpose`)
})
