import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Example, examplesOf } from './example.js'
import { allPages, root } from './pages.js'
import { runExample } from './run-example.js'
import { typeErrors } from './type-check.js'

const pages = allPages()
  .map((page) => ({ page, examples: examplesOf(page) }))
  .filter(({ examples }) => examples.length > 0)

let told: readonly string[] = []
beforeAll(() => {
  told = typeErrors(pages)
}, 60_000)

describe.each(pages)('$page.path', ({ page, examples }) => {
  it('has code that the compiler takes', () => {
    expect(told.filter((error) => error.startsWith(`${page.path}:`))).toEqual([])
  })

  const isFile = ({ block, stage }: Example) => block.file !== null && stage === null
  const elsewhere = examples.filter(({ ranBy }) => ranBy !== null)
  const here = examples.filter((example) => !isFile(example) && example.ranBy === null)

  it.each(elsewhere)('leaves $title to a test that there is', ({ ranBy }) => {
    const path = join(root, ranBy ?? '')
    expect(existsSync(path), `${ranBy} is there`).toBe(true)
    expect(readFileSync(path, 'utf8')).toContain(page.path.split('/').pop())
  })

  for (const example of here) {
    const run = async () => {
      const promised = [...example.block.text.matchAll(/\/\/ prints: (.*)/g)].map(([, line]) => line)
      const { lines, trouble } = await runExample(page, examples, example)
      expect(trouble).toBe('')
      if (promised.length > 0) expect(lines).toEqual(promised)
    }
    if (example.idle === null) it(`runs ${example.title}`, { timeout: 30_000 }, run)
    else it.skip(`runs ${example.title}: ${example.idle}`, run)
  }
})

it('there are examples, and the compiler says nothing of other files', () => {
  expect(told.filter((error) => !pages.some(({ page }) => error.startsWith(`${page.path}:`)))).toEqual([])
  expect(pages.flatMap(({ examples }) => examples).length).toBeGreaterThan(10)
})
