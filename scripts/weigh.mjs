// How heavy a package is for those who install it, and for those who bundle it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * @typedef {object} Weight
 * @property {number} bytes of all files of the package and of everything that it needs
 * @property {readonly string[]} packages what it needs, optional packages of this system included, itself not
 * @property {readonly string[]} installScripts which of them would run something when they are installed
 */

/**
 * Weighs an installed package with all that is installed for it.
 *
 * @param {string} folder that has it in its node_modules
 * @param {string} name
 * @returns {Weight}
 */
export function weigh(folder, name) {
  /** @type {Map<string, string>} by folder, its name */
  const found = new Map()
  collect(join(folder, 'node_modules', name), found)
  const [own = ''] = found.keys()
  const others = [...found].filter(([path]) => path !== own)
  return {
    bytes: [...found.keys()].reduce((sum, path) => sum + bytesOf(path), 0),
    packages: others.map(([, one]) => one).sort(),
    installScripts: [...found].flatMap(([path, one]) => (runsScript(path) ? [one] : [])).sort(),
  }
}

/** @param {string} path @param {Map<string, string>} found */
function collect(path, found) {
  if (found.has(path)) return
  const manifest = manifestOf(path)
  found.set(path, manifest.name)
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = manifest
  const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true)
  for (const needed of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
    const place = resolve(path, needed)
    if (place !== null) collect(place, found)
    else if (!(needed in optionalDependencies))
      throw new Error(`${manifest.name} needs ${needed}, which is not installed`)
  }
}

/** Where Node finds a package that another one needs. @param {string} from @param {string} name */
function resolve(from, name) {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
  }
  return null
}

/** @param {string} path */
const manifestOf = (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))

/** @param {string} path @returns {number} */
function bytesOf(path) {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => {
    const place = join(path, entry.name)
    // A package inside has its own entry, if it is needed.
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesOf(place)
    return sum + statSync(place).size
  }, 0)
}

/** @param {string} path */
function runsScript(path) {
  const { scripts = {} } = manifestOf(path)
  return (
    ['preinstall', 'install', 'postinstall'].some((name) => name in scripts) ||
    existsSync(join(path, 'binding.gyp'))
  )
}

/**
 * How large an entry point is in an application's bundle for the browser: with what it needs of ours, and without what the application has
 * anyway.
 *
 * @param {string} folder that has it in its node_modules
 * @param {string} specifier
 * @returns {Promise<{ bytes: number, gzipped: number }>} minified, and gzipped after that
 */
export async function bundleSize(folder, specifier) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${specifier}'`, resolveDir: folder },
    ...{ bundle: true, format: 'esm', minify: true, platform: 'browser', target: 'es2022', write: false },
    external: ['rxjs'],
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  return { bytes: contents.length, gzipped: gzipSync(contents).length }
}
