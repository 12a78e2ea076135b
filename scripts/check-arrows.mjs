// The arrows of the architecture: which package may import what. `node scripts/check-arrows.mjs [REPOSITORY]` fails with a list.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const CONTRACT = '@roamkit/core/contract'
const KIT = '@roamkit/core/backend-kit'
const CORE = [CONTRACT, '@roamkit/core']

/** What each place may import of the others, the most special place first; its own files it always may. */
const places = [
  { in: 'packages/core/src/contract/', may: [] },
  { in: 'packages/core/src/', may: [] },
  { in: 'packages/conformance/src/', may: [CONTRACT, KIT] },
  { in: 'packages/holders/src/', may: [CONTRACT, KIT] },
  // Those whose links all processes of a machine share count the holders in one way.
  { in: 'packages/backend-linux/src/', may: [CONTRACT, KIT, '@roamkit/holders'] },
  { in: 'packages/backend-windows/src/', may: [CONTRACT, KIT, '@roamkit/holders'] },
  { in: 'packages/backend-', may: [CONTRACT, KIT] },
  { in: 'packages/rx/src/', may: CORE },
  { in: 'packages/sockets/src/', may: CORE },
  // The doctor tries the laws of the contract on the machine at hand.
  { in: 'packages/roamkit/src/', may: [...CORE, '@roamkit/backend-', '@roamkit/conformance'] },
]

/** Places that run in a browser: nothing of Node. */
const browser = ['packages/core/src/', 'packages/backend-mock/src/', 'packages/rx/src/']
const nodeGlobals = new Set([
  'process',
  'Buffer',
  'global',
  'require',
  '__dirname',
  '__filename',
  'setImmediate',
  'clearImmediate',
])

/** Foreign packages that stop at one file, or at one package. */
const confined = [
  {
    foreign: 'dbus-next',
    to: /^packages\/backend-linux\/src\/bus\/marshaller\.ts$/,
    says: 'only packages/backend-linux/src/bus/marshaller.ts imports dbus-next',
  },
  {
    foreign: 'koffi',
    to: /^packages\/backend-windows\/src\/ffi\/[\w-]+\.ts$/,
    says: 'only packages/backend-windows/src/ffi imports koffi',
  },
  { foreign: 'rxjs', to: /^packages\/rx\/src\//, says: 'only packages/rx imports rxjs' },
]

/**
 * @typedef {{ path: string, text: string }} Source path from the repository's root, with forward slashes
 * @param {readonly Source[]} sources
 * @returns {string[]} one sentence for each arrow that points the wrong way
 */
export function wrongArrows(sources) {
  const importers = sources.filter(({ text }) => importsOf(text).some((name) => isPackage(name, 'koffi')))
  const koffi =
    importers.length > 1 ? importers.map(({ path }) => `${path}: only one file imports koffi`) : []
  return [...sources.flatMap(wrongIn), ...koffi]
}

/** @param {Source} source */
function wrongIn({ path, text }) {
  const place = places.find((one) => path.startsWith(one.in))
  if (place === undefined)
    return [`${path}: no arrow is drawn for this package; scripts/check-arrows.mjs has them`]
  const home = path.startsWith('packages/core/src/contract/')
    ? place.in
    : path.split('/').slice(0, 3).join('/')
  const inBrowser = browser.some((prefix) => path.startsWith(prefix))
  const imports = importsOf(text).flatMap((name) => {
    if (name.startsWith('.')) {
      const target = posix.join(posix.dirname(path), name)
      return target.startsWith(home.replace(/\/?$/, '/')) ? [] : [`${path}: ${name} is outside ${home}`]
    }
    const foreign = confined.find((one) => isPackage(name, one.foreign))
    if (foreign !== undefined) return foreign.to.test(path) ? [] : [`${path}: ${foreign.says}`]
    if (isBuiltin(name)) return builtin(name)
    const ours = name.startsWith('@roamkit/') || isPackage(name, 'roamkit')
    const may = place.may.some(
      (allowed) => name === allowed || (allowed.endsWith('-') && name.startsWith(allowed)),
    )
    if (ours) return may ? [] : [`${path}: may not import ${name}`]
    return inBrowser ? [`${path}: may not import ${name}: it runs in a browser and depends on nothing`] : []
  })
  const globals = inBrowser ? nodeGlobalsIn(text) : []
  return [...imports, ...globals.map((name) => `${path}: ${name} is Node's, and this runs in a browser`)]

  /** @param {string} name */
  function builtin(name) {
    if (inBrowser) return [`${path}: ${name} is Node's, and this runs in a browser`]
    const conformance = path.startsWith('packages/conformance/')
    return conformance && !/^node:assert(\/strict)?$/.test(name)
      ? [`${path}: of Node only node:assert, not ${name}`]
      : []
  }
}

/** @param {string} name @param {string} of */
const isPackage = (name, of) => name === of || name.startsWith(`${of}/`)

/** Every module a file names, also for types and in `import()`. @param {string} text */
function importsOf(text) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true)
  const types = typeReferenceDirectives.map(({ fileName }) =>
    fileName === 'node' ? 'node:process' : fileName,
  )
  return [...importedFiles.map(({ fileName }) => fileName), ...types]
}

/** Names of Node's globals that a file uses as such, not as a member's name or a declaration of its own. @param {string} text */
function nodeGlobalsIn(text) {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true)
  /** @type {Set<string>} */
  const found = new Set()
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isIdentifier(node) && nodeGlobals.has(node.text) && isGlobal(node)) found.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...found]
}

/** @param {ts.Identifier} name */
function isGlobal(name) {
  const { parent } = name
  if (ts.isPropertyAccessExpression(parent) && parent.name === name)
    return parent.expression.getText() === 'globalThis'
  if (ts.isQualifiedName(parent) && parent.right === name) return false
  return !('name' in parent && parent.name === name)
}

/** @param {string} root @returns {Source[]} */
function readSources(root) {
  const packages = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'src')),
  )
  return packages.flatMap((name) => {
    const folder = join(root, 'packages', name, 'src')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.[cm]?tsx?$/.test(file),
    )
    return files.map((file) => ({
      path: `packages/${name}/src/${file.split(sep).join('/')}`,
      text: readFileSync(join(folder, file), 'utf8'),
    }))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sources = readSources(process.argv[2] ?? fileURLToPath(new URL('../', import.meta.url)))
  const wrong = wrongArrows(sources)
  for (const sentence of wrong) console.error(sentence)
  console.log(`${sources.length} files, ${wrong.length} wrong arrows`)
  process.exitCode = wrong.length > 0 || sources.length === 0 ? 1 : 0
}
