// Installs what is missing: npm packages, and, as root on Debian, what the Linux lab needs.
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { obstacle, optionalPackages } from '../labs/linux/requirements.mjs'
import { installDebianPackages } from './debian-packages.mjs'
import { npm, root } from './run-command.mjs'

const LEAST_NODE = [20, 19]

/** @param {{ system: 'install' | 'leave' }} options whether to install system packages too */
export async function setup({ system }) {
  checkNode()
  await installNpmPackages()
  if (system === 'install') await installSystemPackages()
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

async function installSystemPackages() {
  const reason = obstacle()
  const isComplete = reason === null && optionalPackages().length === 0
  if (isComplete || (reason !== null && !reason.startsWith('not installed'))) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return console.log(
      `setup: the Linux lab: ${reason ?? `can do more with ${optionalPackages().join(' ')}`}`,
    )
  await installDebianPackages()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await setup({ system: 'install' })
    console.log(
      obstacle() === null ? 'setup: everything is here' : 'setup: everything is here but for the Linux lab',
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
