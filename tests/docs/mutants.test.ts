import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedPart } from './generated.js'
import { root } from './pages.js'

interface Left {
  readonly line: string
  readonly original: string
  readonly replacement: string
  readonly reason: string
}

const PAGE = 'docs/mutants.md'
const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))
const scores: Record<string, { readonly mutants: number; readonly unnoticed: number }> =
  json('docs/mutants.json')
const left: Record<string, readonly Left[]> = json('docs/mutants-left.json')

/** The reasons, the most frequent first, with the files that each is about. */
function reasonTable(): string {
  const reasons = new Map<string, Map<string, number>>()
  for (const [name, mutants] of Object.entries(left))
    for (const { reason } of mutants) {
      const files = reasons.get(reason) ?? new Map<string, number>()
      reasons.set(reason, files.set(name, (files.get(name) ?? 0) + 1))
    }
  const rows = [...reasons].map(([reason, files]) => ({
    reason: reason.replaceAll('|', '\\|'),
    files: [...files.keys()].map((name) => `\`${name}\``).join(', '),
    count: [...files.values()].reduce((sum, count) => sum + count, 0),
  }))
  rows.sort((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1))
  const lines = rows.map(({ reason, files, count }) => `| ${reason} | ${count} | ${files} |`)
  return ['| why no test can notice them | mutants | files |', '| --- | --- | --- |', ...lines].join('\n')
}

describe('the mutants that no test notices', () => {
  it('are all on file, each with a reason', () => {
    const counted = Object.entries(scores).map(([name]) => [name, left[name]?.length ?? 0])
    expect(counted).toEqual(Object.entries(scores).map(([name, { unnoticed }]) => [name, unnoticed]))
    expect(Object.keys(left).filter((name) => scores[name] === undefined)).toEqual([])
    const lacking = Object.values(left).flatMap((mutants) => mutants.filter(({ reason }) => reason === ''))
    expect(lacking).toEqual([])
  })

  it(`are on the page by their reasons (ROAMKIT_WRITE=1 writes it)`, () => {
    const table = reasonTable()
    expect(generatedPart(PAGE, 'reasons', table)).toBe(table)
  })
})
