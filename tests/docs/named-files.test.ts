import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../packages/roamkit/src/cli/command-line.js'
import { allPages, root } from './pages.js'

const pages = allPages().map(({ path, blocks }) => ({
  path,
  blocks,
  text: readFileSync(join(root, path), 'utf8'),
}))
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts

describe.each(pages)('$path', ({ text, blocks }) => {
  it('names files that are there', () => {
    const named = [...text.matchAll(/`((?:packages|tests|labs|scripts|docs|api|examples)\/[\w./-]+\.\w+)`/g)]
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('shows command lines that make sense', () => {
    const lines = blocks
      .filter(({ language }) => /^(sh|console)/.test(language))
      .flatMap((block) => block.text.split('\n'))
    for (const line of lines) {
      const command = line.replace(/^\$ /, '').replace(/ +[#|] .*$/, '')
      const [, words] = /^(?:npx )?roamkit (.+)$/.exec(command) ?? []
      if (words !== undefined) expect(() => parseCommandLine(words.split(' ')), line).not.toThrow()
      const [, script] = /^npm run ([\w:-]+)/.exec(command) ?? []
      if (script !== undefined) expect(scripts).toHaveProperty([script])
    }
  })
})

it('how the parts fit is explained with files', () => {
  const page = pages.find(({ path }) => path === 'docs/how-the-parts-fit.md')
  expect([...(page?.text ?? '').matchAll(/`packages\/[\w./-]+\.ts`/g)].length).toBeGreaterThan(15)
})
