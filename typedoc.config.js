// `npm run docs`: the API of every package and the guides, as one site, into site/.
import { readdirSync, readFileSync } from 'node:fs'
import { entryPoints, publishedPackages } from './scripts/packages.mjs'

const validation = { notExported: true, invalidLink: true, invalidPath: false, notDocumented: true }

/** The guides: those that the README names first, in its order, then the others. */
const linked = [...readFileSync('README.md', 'utf8').matchAll(/\((docs\/[\w-]+\.md)\)/g)].map(
  ([, path]) => path,
)
const guides = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'Roamkit',
  entryPointStrategy: 'packages',
  entryPoints: publishedPackages()
    .filter((one) => entryPoints(one).length > 0)
    .map(({ path }) => path),
  packageOptions: {
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias', 'Method', 'Accessor'],
    validation,
  },
  readme: 'README.md',
  projectDocuments: [
    ...new Set([...linked, ...guides]),
    'docs/recipes/*.md',
    'docs/adr/*.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
  ],
  out: 'site',
  plugin: ['./scripts/typedoc-plugin.mjs'],
  customCss: 'docs/site.css',
  sortEntryPoints: false,
  sort: ['kind', 'instance-first', 'alphabetical-ignoring-documents'],
  highlightLanguages: [
    'bash',
    'console',
    'cpp',
    'dockerfile',
    'ini',
    'javascript',
    'jsx',
    'json',
    'typescript',
    'tsx',
    'mermaid',
    'svelte',
    'vue',
  ],
  treatWarningsAsErrors: true,
  validation,
}
