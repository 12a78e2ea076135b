import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeBinary, OTHER_VERSIONS } from '../../scripts/node-versions.mjs'
import { publishedPackages } from '../../scripts/packages.mjs'
import { installArchives, pack } from '../../scripts/packed-packages.mjs'
import { output, type Ran } from './installation.js'

const CREATOR = 'create-roamkit-backend'
const roamkit = publishedPackages().filter(({ name }) =>
  ['@roamkit/core', '@roamkit/conformance'].includes(name),
)
const creator = publishedPackages().filter(({ name }) => name === CREATOR)

const place = mkdtempSync(join(tmpdir(), 'roamkit-template-'))
const backend = join(place, 'my-backend')
let created: Ran
let ranges: Record<string, string>

beforeAll(async () => {
  const [tools, archives, tool] = ['tools', 'archives', 'tool'].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ]
  await pack(tool, creator)
  await pack(archives, roamkit)
  mkdirSync(tools)
  writeFileSync(join(tools, 'package.json'), '{ "name": "stranger", "private": true }')
  await installArchives(tool, { into: tools })
  const program = join(tools, 'node_modules/.bin', CREATOR)
  created = await output(program, ['my-backend'], { cwd: place, path: dirname(process.execPath) })
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(backend, 'package.json'), 'utf8'))
  ranges = { ...dependencies, ...devDependencies }
  await installArchives(archives, { into: backend })
}, 120_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

describe('npm create roamkit-backend my-backend', () => {
  it('creates all files', () => {
    expect(created).toMatchObject({ code: 0, stderr: '' })
    const files = [
      '.gitignore',
      'README.md',
      'package.json',
      'src',
      'test',
      'tsconfig.build.json',
      'tsconfig.json',
    ]
    expect(readdirSync(backend)).toEqual(expect.arrayContaining(files))
  })

  it.each(roamkit)('takes the version of $name that is released with it', ({ name, manifest }) => {
    expect(ranges[name]).toBe(`^${manifest.version}`)
  })

  it('can be built and packed', { timeout: 60_000 }, async () => {
    const words = ['pack', '--json', '--dry-run', '--silent']
    const { code, stdout, stderr } = await output('npm', words, {
      ...{ cwd: backend, path: dirname(process.execPath), timeout: 60_000 },
    })
    expect(code, stderr).toBe(0)
    const files = readdirSync(join(backend, 'dist'))
    expect(files.sort()).toEqual(['backend.d.ts', 'backend.js'])
    expect(stdout).toContain('dist/backend.js')
  })

  it.each([process.versions.node, ...OTHER_VERSIONS])(
    'passes its tests on Node %s',
    { timeout: 120_000 },
    async (version) => {
      const node = await nodeBinary(version)
      const { code, stdout, stderr } = await output('npm', ['test'], {
        ...{ cwd: backend, path: dirname(node), timeout: 60_000 },
      })
      expect(code, stdout + stderr).toBe(0)
      const [, passed, skipped] = /Tests +(\d+) passed \| (\d+) skipped/.exec(stdout) ?? []
      expect(Number(passed)).toBeGreaterThan(60)
      expect(Number(skipped)).toBeLessThan(55)
    },
  )
})
