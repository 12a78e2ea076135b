import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from '@roamkit/backend-mock'
import { expect, it } from 'vitest'
import { root } from './pages.js'

const page = readFileSync(join(root, 'docs/testing-with-the-mock.md'), 'utf8')
const table = page.split('\n').filter((line) => line.startsWith('| '))

it('the guide to the mock has every control in its table, and none that does not exist', () => {
  const { world } = mock()
  const controls = Object.getOwnPropertyNames(Object.getPrototypeOf(world)).filter(
    (name) => name !== 'constructor',
  )
  const named = table.join('\n').matchAll(/`world\.(\w+)/g)
  expect([...new Set([...named].map(([, name]) => name))].sort()).toEqual(controls.sort())
})
