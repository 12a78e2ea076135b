// What a machine must have for the lab, told in words that say what to do about it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as linux from '../linux/requirements.mjs'

/**
 * Debian packages that are only unpacked: an installed ConnMan takes the network of the machine over. The other libraries of ConnMan come with
 * packages that the Linux lab needs, too.
 */
const UNPACKED_PACKAGES = ['connman', 'ethtool']

/** Where they are unpacked, outside of the checkout. */
export const UNPACKED = join(dirname(linux.UNPACKED), 'debian-connman')

/** Where a program was unpacked: newer distributions have all of them under /usr. @param {string} name */
function placeOf(name) {
  const places = ['usr/sbin', 'sbin'].map((folder) => join(UNPACKED, folder, name))
  return places.find((path) => existsSync(path)) ?? join(UNPACKED, name)
}

/** The programs that the lab takes from there. */
export const CONNMAN = { daemon: placeOf('connmand'), ethtool: placeOf('ethtool') }

/** Debian packages that are missing here, each once. */
export const missingPackages = () => linux.missingPackages().filter((name) => name !== 'network-manager')

/** Debian packages that are to be unpacked, and are not. */
export function packagesToUnpack() {
  return Object.values(CONNMAN).every((path) => existsSync(path)) ? [] : UNPACKED_PACKAGES
}

/** Why no lab can run here, or null. */
export function obstacle() {
  const missing = missingPackages()
  if (missing.length > 0)
    return `not installed: apt-get install --no-install-recommends ${missing.join(' ')} (as root: npm run setup)`
  const other = linux.obstacle()
  if (other !== null && !other.startsWith('not installed')) return other
  if (process.getuid?.() !== 0) return 'ConnMan runs only as root'
  if (packagesToUnpack().length > 0) return 'ConnMan is not unpacked: npm run setup'
  for (const program of Object.values(CONNMAN)) {
    const version = spawnSync(program, ['--version'], { encoding: 'utf8' })
    if (version.status !== 0) return `${program} does not run: ${version.stderr.trim()}`
  }
  return null
}
