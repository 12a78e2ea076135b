import { readdirSync, readFileSync } from 'node:fs'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { templateFiles } from '../src/template.js'

const example = new URL('../../../examples/backend-minimal/', import.meta.url)
const template = new URL('../template/', import.meta.url)
const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(new URL(folder, example))
    .filter((name) => name !== 'document.test.js')
    .map((name) => `${folder}/${name.replace('.js', '')}`),
)

/** The code without types, comments and layout. */
async function codeOf(file: URL): Promise<string> {
  const loader = file.pathname.endsWith('.ts') ? 'ts' : 'js'
  return (await transform(readFileSync(file, 'utf8'), { loader, target: 'esnext', minifyWhitespace: true }))
    .code
}

/** Its comments that explain the code. Those of types are beside them, in TypeScript only. */
const commentsOf = (file: URL) =>
  [...readFileSync(file, 'utf8').matchAll(/\/\*\*.*?\*\/|\/\/ [^\n]*/gs)].map(([comment]) => comment)

describe.each(files)('%s.ts of the template', (file) => {
  const [ours, theirs] = [new URL(`${file}.ts`, template), new URL(`${file}.js`, example)]

  it('is the code of examples/backend-minimal with types', async () => {
    expect(await codeOf(ours)).toBe(await codeOf(theirs))
  })

  it('has the comments of examples/backend-minimal', () => {
    expect(commentsOf(ours)).toEqual(expect.arrayContaining(commentsOf(theirs)))
  })
})

describe('a new backend', () => {
  const made = templateFiles('radios')
  const manifest = JSON.parse(made.get('package.json') ?? '')

  it('has its own name everywhere', () => {
    expect(manifest.name).toBe('radios')
    expect(made.get('README.md')).toMatch(/^# radios$/m)
    expect([...made].filter(([, text]) => text.includes('my-backend'))).toEqual([])
  })

  it('has the ranges of the packages that this version is tested with', () => {
    const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect({ ...manifest.dependencies, ...manifest.devDependencies }).toEqual(devDependencies)
    expect(Object.keys(manifest.dependencies)).toEqual(['@roamkit/core'])
  })

  it('declares every package that it imports', () => {
    const code = [...made].filter(([path]) => path.endsWith('.ts')).map(([, text]) => text)
    const imported = code.flatMap((text) => [...text.matchAll(/ from '((?:@\w+\/)?[\w-]+)/g)])
    const names = new Set(imported.map(([, name]) => name))
    expect([...names].sort()).toEqual(['@roamkit/conformance', '@roamkit/core', 'node', 'vitest'])
    expect(manifest.dependencies).toHaveProperty(['@roamkit/core'])
    expect(manifest.devDependencies).toHaveProperty(['@roamkit/conformance'])
    expect(manifest.devDependencies).toHaveProperty(['vitest'])
  })

  it('keeps what is installed and built out of Git', () => {
    expect(made.get('.gitignore')).toBe('node_modules/\ndist/\n*.tgz\n')
  })
})
