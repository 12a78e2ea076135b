// Installs what is missing: npm packages, and, as root on Debian, what the labs need.
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import * as linux from '../labs/linux/requirements.mjs'
import * as networkd from '../labs/networkd/requirements.mjs'
import { installDebianPackages, unpackDebianPackages } from './debian-packages.mjs'
import { allLabs, labs as knownLabs } from './labs.mjs'
import { npm, root } from './run-command.mjs'

const LEAST_NODE = [20, 19]

/** @param {{ labs: readonly import('./labs.mjs').Lab[] }} options the labs whose system packages are installed too */
export async function setup({ labs }) {
  checkNode()
  await installNpmPackages()
  await installSystemPackages(labs)
  if (labs.includes('linux')) await unpackSystemPackages(linux.packagesToUnpack(), linux.UNPACKED)
  if (labs.includes('networkd')) await unpackSystemPackages(networkd.packagesToUnpack(), networkd.UNPACKED)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new Error(
    `Roamkit needs Node ${LEAST_NODE.join('.')} or later; this is ${process.versions.node} (${process.execPath})`,
  )
}

async function installNpmPackages() {
  if (npmPackagesAreInstalled()) return
  console.log('setup: npm ci')
  const { ok, output } = await npm(['ci', '--no-audit', '--no-fund'])
  if (!ok) throw new Error(`npm ci failed:\n${output}`)
}

/** npm notes what it installed in a lockfile of its own: everything there, and nothing but what the project's lockfile says. */
function npmPackagesAreInstalled() {
  const note = `${root}node_modules/.package-lock.json`
  if (!existsSync(note)) return false
  /** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, peer?: boolean }>} Packages */
  const read = (/** @type {string} */ path) =>
    /** @type {Packages} */ (JSON.parse(readFileSync(path, 'utf8')).packages)
  const wanted = read(`${root}package-lock.json`)
  const installed = read(note)
  const right = Object.entries(installed).every(([path, { version, integrity }]) => {
    return wanted[path]?.version === version && wanted[path]?.integrity === integrity
  })
  const whole = Object.entries(wanted).every(([path, { optional, devOptional }]) => {
    return path === '' || optional || devOptional || path in installed
  })
  return right && whole
}

/** @param {readonly import('./labs.mjs').Lab[]} names */
async function installSystemPackages(names) {
  const labs = names.map((name) => knownLabs[name])
  // Nothing to install helps against another obstacle: it is told where the lab's tests are skipped.
  const able = labs.filter(({ obstacle }) => obstacle()?.startsWith('not installed') ?? true)
  const packages = [...new Set(able.flatMap(({ wanted }) => wanted()))]
  if (packages.length === 0) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) return await installDebianPackages(packages)
  for (const { title, obstacle, wanted } of able.filter((lab) => lab.wanted().length > 0))
    console.log(`setup: ${title}: ${obstacle() ?? `can do more with ${wanted().join(' ')}`}`)
}

/** What a lab runs but this machine must not have installed. @param {readonly string[]} packages @param {string} folder */
async function unpackSystemPackages(packages, folder) {
  if (packages.length > 0 && existsSync('/usr/bin/apt-get')) await unpackDebianPackages(packages, folder)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await setup({ labs: allLabs })
    const unable = allLabs.filter((name) => knownLabs[name].obstacle() !== null)
    const but = unable.map((name) => knownLabs[name].title).join(' and ')
    console.log(`setup: everything is here${but === '' ? '' : ` but for ${but}`}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
