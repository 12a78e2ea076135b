import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = (path: string) => new URL(`../${path}/`, import.meta.url)
const read = (path: string, name: string) => readFileSync(new URL(name, folder(path)), 'utf8')
const pages = readdirSync(folder('../../docs/recipes')).map((name) => read('../../docs/recipes', name))

it.each(readdirSync(folder('src')))('the pages of docs/recipes show src/%s as it is', (name) => {
  expect(pages.filter((page) => page.includes(`\n${read('src', name)}\`\`\`\n`))).toHaveLength(1)
})
