// What is published, packed and installed as a stranger installs it.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages } from './packages.mjs'
import { npm, runCommand } from './run-command.mjs'

/**
 * Packs published packages. They must be built.
 *
 * @param {string} folder for the archives
 * @param {readonly import('./packages.mjs').Package[]} [packages] all, if it is left out
 * @returns {Promise<Map<string, readonly string[]>>} the paths in each archive, by the package's name
 */
export async function pack(folder, packages = publishedPackages()) {
  mkdirSync(folder, { recursive: true })
  const workspaces = packages.flatMap(({ path }) => ['--workspace', path])
  const { ok, output } = await npm([
    'pack',
    '--json',
    '--silent',
    '--pack-destination',
    folder,
    ...workspaces,
  ])
  if (!ok) throw new Error(`npm pack failed:\n${output}`)
  /** @type {{ name: string, files: { path: string }[] }[]} */
  const packed = JSON.parse(output)
  return new Map(packed.map(({ name, files }) => [name, files.map(({ path }) => path)]))
}

/**
 * Installs archives: ours from there, what they need from wherever npm has it. Nothing that is installed may run a script.
 *
 * @param {string} archives a folder
 * @param {{ into: string, others?: readonly string[] }} where a folder with a package.json, and what else it needs: `mqtt@^5`
 */
export async function installArchives(archives, { into, others = [] }) {
  const files = readdirSync(archives).map((name) => join(archives, name))
  const words = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...files, ...others]
  const { ok, output } = await runCommand('npm', ['install', ...words], { cwd: into })
  if (!ok) throw new Error(`npm install failed:\n${output}`)
}
