// A package's build, after `tsc -b` wrote its declarations: each entry point of package.json becomes one file in dist/, with a source
// map that has the sources. What several entry points share, or what is loaded only when it is needed, is in dist/shared/, once. A
// package of devDependencies that the code imports is bundled too (docs/adr/0015), with its licence. Run in the package's folder.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { build } from 'esbuild'

const LICENCES = 'dist/THIRD-PARTY-LICENSES.txt'

/** @type {import('./packages.mjs').Manifest} */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const { dependencies, optionalDependencies, peerDependencies } = manifest
const installed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })

/** From what is published to its source: './dist/testing/index.js' to 'src/testing/index.ts'. @param {string} path */
const sourceOf = (path) => path.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')
const published = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [sourceOf(target.default)],
)
// The program behind `bin/roamkit.js`, and what only our own tests in a lab use, which is not published.
const others = ['src/cli.ts', 'src/internals.ts'].filter((path) => existsSync(path))

/** A module of Node that bundled CommonJS requires: there is no `require` in an ES module. @type {import('esbuild').Plugin} */
const requiredBuiltins = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined
      return kind === 'require-call' ? { path, namespace: 'builtin' } : { path, external: true }
    })
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' }))
  if (/\.js(\.map)?$/.test(path)) rmSync(`dist/${path}`)
const { metafile } = await build({
  entryPoints: [...published, ...others],
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  metafile: true,
  external: [...installed, ...installed.map((name) => `${name}/*`)],
  plugins: [requiredBuiltins],
  splitting: true,
  chunkNames: 'shared/[name]-[hash]',
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: 'es2023',
  sourcemap: true,
  sourcesContent: true,
})

const bundled = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
)
if (bundled.size === 0) rmSync(LICENCES, { force: true })
else writeFileSync(LICENCES, [...bundled].sort().map(licence).join('\n'))

/** What a bundled package asks to be told with it. @param {string} folder */
function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  return `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, 'utf8').trim()}\n`
}
