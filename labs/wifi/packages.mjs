// Debian packages that are unpacked into the cache. Nothing of them is installed on this machine, and it needs no root.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { updatePackageLists } from '../../scripts/debian-packages.mjs'
import { runCommand } from '../../scripts/run-command.mjs'
import { cached } from './cache.mjs'

/** @typedef {{ name: string, version: string }} Package */

/** Debian's packages cannot be had: there is no network, or apt does not know them. */
export class PackagesUnavailable extends Error {}

/** How often a download is tried: mirrors fail now and then. */
const ATTEMPTS = 3

/**
 * These packages and what they depend on, without what this machine has installed, in a folder.
 *
 * @param {string} title for the folder's name and for messages
 * @param {readonly string[]} names
 */
export async function unpackWithDependencies(title, names) {
  const output = await ask('apt-get', ['install', '--simulate', '--no-install-recommends', ...names])
  const packages = [...output.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(
    ([, name = '', version = '']) => ({ name, version }),
  )
  return await unpack(title, packages)
}

/** The version of a package that apt would download. @param {string} name @returns {Promise<Package>} */
export async function candidate(name) {
  const output = await ask('apt-cache', ['show', '--no-all-versions', name])
  const [, version] = /^Version: (\S+)$/m.exec(output) ?? []
  if (version === undefined) throw new PackagesUnavailable(`apt-cache knows no version of ${name}`)
  return { name, version }
}

/** The package that another one stands for. @param {string} name @param {RegExp} wanted */
export async function dependencyOf(name, wanted) {
  const output = await ask('apt-cache', ['depends', name])
  const [, found] = [...output.matchAll(/Depends: (\S+)/g)].find(([, one = '']) => wanted.test(one)) ?? []
  if (found === undefined) throw new Error(`${name} depends on nothing like ${wanted.source}`)
  return found
}

/** Exactly these packages in a folder. @param {string} title @param {readonly Package[]} packages */
export async function unpack(title, packages) {
  const wanted = packages.map(({ name, version }) => `${name}=${version}`).sort()
  const hash = createHash('sha256').update(wanted.join('\n')).digest('hex').slice(0, 16)
  return await cached(`${title}-${hash}`, async (folder) => {
    console.log(`wifi lab: apt-get download, for ${title}: ${wanted.join(' ')}`)
    const downloads = join(folder, 'downloads')
    mkdirSync(downloads)
    await download(wanted, downloads)
    for (const file of readdirSync(downloads))
      await must('dpkg-deb', ['--extract', join(downloads, file), folder])
    rmSync(downloads, { recursive: true })
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) moveBelowUsr(folder, name)
  })
}

/** @param {readonly string[]} packages @param {string} folder */
async function download(packages, folder) {
  if (packages.length === 0) return
  for (let attempt = 1; ; attempt += 1) {
    const { ok, output } = await runCommand('apt-get', ['--quiet', 'download', ...packages], { cwd: folder })
    if (ok) return
    if (attempt === ATTEMPTS) throw new PackagesUnavailable(`apt-get download failed:\n${output}`)
  }
}

/** Where `/bin` is a link to `/usr/bin`, a folder of that name in an overlay would hide it. @param {string} folder @param {string} name */
function moveBelowUsr(folder, name) {
  const from = join(folder, name)
  if (!existsSync(from) || lstatSync(from).isSymbolicLink()) return
  cpSync(from, join(folder, 'usr', name), { recursive: true, verbatimSymlinks: true })
  rmSync(from, { recursive: true })
}

/** What a command of apt says; as root it may need the lists of packages first. @param {string} file @param {readonly string[]} args */
async function ask(file, args) {
  const env = { LC_ALL: 'C' }
  const first = await runCommand(file, args, { env })
  if (first.ok) return first.output
  if (process.getuid?.() !== 0)
    throw new PackagesUnavailable(
      `${file} ${args.join(' ')} failed; apt-get update (as root) may help:\n${first.output}`,
    )
  await updatePackageLists()
  const second = await runCommand(file, args, { env })
  if (!second.ok) throw new PackagesUnavailable(`${file} ${args.join(' ')} failed:\n${second.output}`)
  return second.output
}

/**
 * Runs a command that has to succeed; resolves to what it printed.
 *
 * @param {string} file @param {readonly string[]} args @param {Parameters<typeof runCommand>[2]} [options]
 */
export async function must(file, args, options) {
  const { ok, output } = await runCommand(file, args, options)
  if (!ok)
    throw new Error(`${[file, ...args].join(' ')} failed:\n${output.split('\n').slice(-30).join('\n')}`)
  return output
}
