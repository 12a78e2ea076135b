// The packages that are published, from the workspaces: there is no list of them to keep.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-command.mjs'

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} description
 * @property {boolean} [private]
 * @property {Record<string, string | { types?: string, default: string }>} exports
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 *
 * @typedef {{ name: string, folder: string, path: string, manifest: Manifest }} Package folder: absolute; path: from the root
 */

/** The workspaces below `place` that have a package.json. @param {string} place @returns {Package[]} */
function workspacesIn(place) {
  if (!existsSync(join(root, place))) return []
  return readdirSync(join(root, place))
    .sort()
    .map((name) => `${place}/${name}`)
    .filter((path) => existsSync(join(root, path, 'package.json')))
    .map((path) => {
      const folder = join(root, path)
      /** @type {Manifest} */
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      return { name: manifest.name, folder, path, manifest }
    })
}

/** What goes to the registry, by name; a package whose source has yet to come is none. @returns {Package[]} */
export function publishedPackages() {
  return workspacesIn('packages').filter(
    ({ folder, manifest }) => manifest.private !== true && existsSync(join(folder, 'src')),
  )
}

/**
 * A package's entry points: what is imported, and where its types are. None if it is only a program.
 *
 * @param {Package} of
 * @returns {{ specifier: string, types: string }[]}
 */
export function entryPoints({ name, folder, manifest }) {
  return Object.entries(manifest.exports).flatMap(([path, target]) => {
    if (typeof target === 'string' || target.types === undefined) return []
    return [{ specifier: path === '.' ? name : `${name}${path.slice(1)}`, types: join(folder, target.types) }]
  })
}
