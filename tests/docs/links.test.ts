import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Page, readPage, resolveLink } from './page.js'
import { allPages, root } from './pages.js'

describe.each(allPages())('$path', (page) => {
  it('links to what is there', () => {
    expect(
      page.links.map(({ target, line }) => problemOf(page, target, line)).filter((one) => one !== null),
    ).toEqual([])
  })
})

it('there are links', () => {
  expect(allPages().flatMap(({ links }) => links).length).toBeGreaterThan(10)
})

function problemOf(page: Page, target: string, line: number): string | null {
  const place = resolveLink(page, target)
  if (place === null)
    return /^(https|mailto):/.test(target) ? null : `${page.path}:${line}: ${target}: not by https`
  const { path, fragment } = place
  if (!existsSync(join(root, path))) return `${page.path}:${line}: ${target} is not there`
  if (fragment === '') return null
  const there = path.endsWith('.md') ? readPage(root, path).anchors : new Set<string>()
  return there.has(fragment) ? null : `${page.path}:${line}: ${target}: no such heading`
}
