import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './pages.js'

const ID = /\b[CMESHRTLN]\d{1,2}a?\b/g
const CITATION = /\brules? [CMESHRTLN]\d{1,2}a?(?:(?:, | and |, and )[CMESHRTLN]\d{1,2}a?)*/g
/** Where the name of a test or of a law stands. */
const NAME = /^\s*(?:(?:it|test|describe)\b.*|says: .*|['"`][CMESHRTLN]\d.*)$/gm

const defined = [...read('docs/rules.md').matchAll(/^### (\S+)$/gm)].map(([, id = '']) => id)

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The ids in what an expression finds in files that git knows, each with the first file that has it. */
function cited(where: RegExp, ...patterns: readonly string[]): ReadonlyMap<string, string> {
  const listed = execFileSync('git', ['ls-files', '--', ...patterns], { cwd: root, encoding: 'utf8' })
  const places = new Map<string, string>()
  for (const path of listed.split('\n').filter((name) => name !== ''))
    for (const [found] of read(path).matchAll(where))
      for (const [id] of found.matchAll(ID)) if (!places.has(id)) places.set(id, path)
  return places
}

it('no rule is defined twice', () => {
  expect(defined.length).toBeGreaterThan(70)
  expect(new Set(defined).size).toBe(defined.length)
})

it('a rule that is cited is defined on the page of rules', () => {
  const inProse = cited(CITATION, 'packages', 'tests', 'docs', 'examples', 'labs', '*.md')
  const byTests = cited(NAME, 'tests/semantics')
  expect([...inProse, ...byTests].filter(([id]) => !defined.includes(id))).toEqual([])
})

it('a rule that is defined is proven by a test whose name cites it', () => {
  const proven = cited(NAME, 'tests', 'packages/*/test', 'packages/conformance/src/laws')
  expect(defined.filter((id) => !proven.has(id))).toEqual([])
})
