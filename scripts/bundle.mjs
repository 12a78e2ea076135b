// A package's build, after `tsc -b` wrote its declarations: each entry point of package.json becomes one file in dist/, with a source
// map that has the sources. What several entry points share, or what is loaded only when it is needed, is in dist/shared/, once. A
// package of devDependencies that the code imports is bundled too (docs/adr/0015), with its licence. Run in the package's folder.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { build } from 'rolldown'

const LICENCES = 'dist/THIRD-PARTY-LICENSES.txt'

/**
 * Which modules go into one file of shared code, because a program that needs one of them soon needs the others. The rest stays apart, so
 * that it is loaded only when it is needed.
 *
 * @type {Record<string, Record<string, RegExp>>}
 */
const TOGETHER = {
  '@roamkit/backend-linux': { common: /src\/(?!bus\/(?!bus-address|bus-port|introduction))/ },
  // Nothing of koffi may be loaded before a backend is opened.
  '@roamkit/backend-windows': {},
  roamkit: {
    // What an application needs; what every command line needs, before it knows the command; what most commands do. A file takes along what
    // it imports, unless an earlier one has it.
    escape: /src\/escape\.ts/,
    library: /src\/(platform\/|checks\/(decide|loaded)|probe\/probe(-target)?\.)/,
    words:
      /src\/cli\/(backend-advice|command-line|completion\/(program-shape|shells)|exit-codes|help|option-values|output|request)\.ts/,
    command: /usingCtx|src\/cli\/(?!child|mock-machine|secrets|trace|commands)/,
  },
}

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

/**
 * What bundled code requires and has no need of, each with what is there instead: JSBI is for engines without BigInt, safe-buffer for Node
 * before 4, and `assert` takes some milliseconds to load.
 *
 * @type {Record<string, string>}
 */
const INSTEAD = {
  jsbi: 'module.exports = {}',
  'safe-buffer': 'module.exports = { Buffer }',
  assert: `
    module.exports = (holds) => module.exports.strictEqual(Boolean(holds), true, 'dbus-next: an assertion failed')
    module.exports.strictEqual = (value, expected, message) => {
      if (value !== expected) throw new Error(message)
    }`,
}
/** @param {string} id @param {string} [importer] */
const isReplaced = (id, importer) =>
  Object.hasOwn(INSTEAD, id) && importer?.includes('/node_modules/') === true
/** @type {import('rolldown').Plugin} */
const instead = {
  name: 'instead',
  resolveId: (id, importer) => (isReplaced(id, importer) ? `\0${id}` : null),
  load: { filter: { id: /^\0/ }, handler: (id) => INSTEAD[id.slice(1)] ?? null },
}

const groups = Object.entries(TOGETHER[manifest.name] ?? { common: /src\// }).map(([name, test], index) => ({
  ...{ name, test, priority: 10 - index },
  minShareCount: 2,
}))
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' }))
  if (/\.js(\.map)?$/.test(path)) rmSync(`dist/${path}`)
const { output } = await build({
  input: Object.fromEntries(
    [...published, ...others].map((path) => [path.slice('src/'.length, -'.ts'.length), path]),
  ),
  // That of Node: the entries for a browser import nothing of it, and have no `process` either.
  platform: 'node',
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  external: (id, importer) =>
    !isReplaced(id, importer) &&
    (isBuiltin(id) || installed.some((name) => id === name || id.startsWith(`${name}/`))),
  plugins: [instead],
  tsconfig: false,
  transform: { target: 'es2023' },
  output: {
    dir: 'dist',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
    codeSplitting: { groups },
    comments: { legal: true, annotation: true, jsdoc: false },
    sourcemap: true,
  },
})

const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []))
const bundled = new Set(modules.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
if (bundled.size === 0) rmSync(LICENCES, { force: true })
// Two packages may each have a copy of the same version of a third.
else writeFileSync(LICENCES, [...new Set([...bundled].map(licence))].sort().join('\n'))

/** What a bundled package asks to be told with it. @param {string} folder */
function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((path) => /^licen[cs]e(\.\w+)?$/i.test(path))
  return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`
}
