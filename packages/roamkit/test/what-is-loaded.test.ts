// Importing a package must cost no more than the imported part needs. Counted in sources, which are the same on every machine.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const home = new URL('..', import.meta.url)
const RELATIVE_IMPORT = /^(?:import|export)\b[^"']*["'](\.[^"']+)["']/gm

/** The sources in the files that importing a file loads, from the top of the package. */
function sourcesLoadedBy(file: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const sources = new Set<string>()
  const waiting = [new URL(file, home)]
  for (const url of waiting) {
    if (seen.has(url.href)) continue
    seen.add(url.href)
    for (const [, path = ''] of readFileSync(url, 'utf8').matchAll(RELATIVE_IMPORT))
      waiting.push(new URL(path, url))
    const map = new URL(`${url.href}.map`)
    for (const source of JSON.parse(readFileSync(map, 'utf8')).sources as string[])
      sources.add(relative(fileURLToPath(home), fileURLToPath(new URL(source, map))))
  }
  return sources
}

describe('the library', () => {
  const sources = [...sourcesLoadedBy('dist/index.js')].sort()

  it('loads nothing of the command line', () => {
    expect(sources).toContain('src/platform/platform.ts')
    expect(sources).toContain('src/escape.ts')
    expect(sources.filter((path) => path.startsWith('src/cli'))).toEqual([])
  })

  it('loads no check before the application makes it', () => {
    expect(sources.filter((path) => /probe-attempt|reaches-host|name-server/.test(path))).toEqual([])
  })
})

describe('the command line', () => {
  const sources = [...sourcesLoadedBy('dist/cli.js')].sort()

  it('loads nothing that opens or shows something before it knows which command is meant', () => {
    expect(sources).toContain('src/cli/command-line.ts')
    const opensOrShows = /src\/cli\/(commands|live|open-manager|held-session|reports|terminal\/(ask|table))/
    expect(sources.filter((path) => opensOrShows.test(path))).toEqual([])
  })
})
