import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './pages.js'

const END = '\n<!-- end -->'

/**
 * What stands on a page between `<!-- generated: name -->` and `<!-- end -->`, to be compared with what should;
 * with ROAMKIT_WRITE=1 that is written there first.
 */
export function generatedPart(path: string, name: string, shouldBe: string): string {
  const file = join(root, path)
  const page = readFileSync(file, 'utf8')
  const mark = `<!-- generated: ${name} -->\n`
  const begin = page.indexOf(mark) + mark.length
  const end = page.indexOf(END, begin)
  if (begin < mark.length || end < 0) throw new Error(`${path} has no part that is generated: ${name}`)
  if (process.env.ROAMKIT_WRITE === undefined) return page.slice(begin, end).trim()
  writeFileSync(file, `${page.slice(0, begin)}\n${shouldBe}\n${page.slice(end)}`)
  return shouldBe
}
