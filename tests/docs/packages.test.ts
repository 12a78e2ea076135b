import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entryPoints, publishedPackages } from '../../scripts/packages.mjs'
import { generatedPart } from './generated.js'
import { readPage } from './page.js'
import { root } from './pages.js'

/** What an application needs comes first. */
const FIRST = ['roamkit', '@roamkit/core']
const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)
const packages = publishedPackages().toSorted((one, other) => rank(one.name) - rank(other.name))

describe('the packages', () => {
  it('are in the README, all of them, in their own words (ROAMKIT_WRITE=1 writes it)', () => {
    const rows = packages.map(
      ({ name, path, manifest }) => `| [\`${name}\`](${path}) | ${manifest.description} |`,
    )
    const shouldBe = ['| package | what it is |', '| --- | --- |', ...rows].join('\n')
    expect(generatedPart('README.md', 'packages', shouldBe)).toBe(shouldBe)
  })

  it.each(packages)('$name has a README, a licence and, if it has an API, a report of it', (one) => {
    const { name, path } = one
    const report = `api/${name.replace('@roamkit/', '')}.api.md`
    const reports = entryPoints(one).length > 0 ? [report] : []
    const missing = [`${path}/README.md`, `${path}/LICENSE`, ...reports].filter(
      (file) => !existsSync(join(root, file)),
    )
    expect(missing).toEqual([])
  })

  it('are built before their API reports are compared', () => {
    const { tasks } = JSON.parse(readFileSync(join(root, 'turbo.json'), 'utf8'))
    const built = new Set<string>()
    const build = (name: string) => {
      const manifest = packages.find((one) => one.name === name)?.manifest
      if (manifest === undefined || built.has(name)) return
      built.add(name)
      const { dependencies, optionalDependencies, devDependencies } = manifest
      Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }).forEach(build)
    }
    for (const task of tasks['//#lint:api'].dependsOn) build(task.replace('#build', ''))
    const reported = packages.filter((one) => entryPoints(one).length > 0).map(({ name }) => name)
    expect(reported.filter((name) => !built.has(name))).toEqual([])
  })
})

describe.each(publishedPackages())('$path', ({ path, manifest }) => {
  it('says which repository it is from, as the root does', () => {
    const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ repository: { ...repository, directory: path } })
  })

  it('has a README whose links npm can follow: none is relative', () => {
    const { links } = readPage(root, `${path}/README.md`)
    expect(links.map(({ target }) => target).filter((target) => !/^(https:|mailto:|#)/.test(target))).toEqual(
      [],
    )
  })
})
