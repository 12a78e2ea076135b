import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('../', import.meta.url))
const TEMPLATE = join(own, 'template')

/** The name of the backend in the template. */
const PLACEHOLDER = 'my-backend'

/** npm leaves out a `.gitignore` when it packs, so the template has it by another name. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' }

interface OwnManifest {
  readonly version: string
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The manifest of this package. The template is tested with its `devDependencies`, so a new backend gets the same ranges. */
function ownManifest(): OwnManifest {
  return JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as OwnManifest
}

/** The version of this package. */
export function ownVersion(): string {
  return ownManifest().version
}

/** The names of the packages that a new backend depends on. */
export function templateDependencies(): readonly string[] {
  return Object.keys(ownManifest().devDependencies)
}

/** The files of a new backend: their texts by their paths, which have the separators of this system. */
export function templateFiles(name: string): ReadonlyMap<string, string> {
  const files = readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(TEMPLATE, join(entry.parentPath, entry.name)))
    .sort()
    .map((path) => [path, readFileSync(join(TEMPLATE, path), 'utf8')] as const)
  return new Map([
    ['package.json', `${JSON.stringify(manifest(name), null, 2)}\n`],
    ...files.map(([path, text]) => [RENAMED[path] ?? path, text.replaceAll(PLACEHOLDER, name)] as const),
  ])
}

function manifest(name: string): object {
  const { '@roamkit/core': core, ...devDependencies } = ownManifest().devDependencies
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    exports: { '.': { types: './dist/backend.d.ts', default: './dist/backend.js' } },
    files: ['dist'],
    scripts: {
      build: 'tsc -p tsconfig.build.json',
      test: 'tsc && vitest run',
      prepack: 'npm run build',
    },
    dependencies: { '@roamkit/core': core },
    devDependencies,
  }
}
