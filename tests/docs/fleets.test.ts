import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './pages.js'

const LAB = join(root, 'tests/linux')

it('the guide for fleets has the misfortunes that the lab has, in the same order', () => {
  const files = readdirSync(LAB).filter((name) => /^misfortunes-.*\.test\.ts$/.test(name))
  const tested = files
    .sort()
    .flatMap((name) => [...readFileSync(join(LAB, name), 'utf8').matchAll(/^misfortune\(\s*'([^']+)'/gm)])
    .map(([, name]) => name)
  const page = readFileSync(join(root, 'docs/fleets.md'), 'utf8')
  const [, table = ''] = /^\| misfortune \|.*\n\| --- .*\n((?:\|.*\n)+)/m.exec(page) ?? []
  const told = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, name]) => name)
  expect(tested.length).toBeGreaterThan(9)
  expect(told).toEqual(tested)
})
