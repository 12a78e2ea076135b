// What a machine must have for the lab, told in words that say what to do about it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as linux from '../linux/requirements.mjs'

/**
 * Debian packages that are only unpacked where systemd is not installed, as in most containers: installing it would change the machine. The
 * library is of the same version as the daemon.
 */
const UNPACKED_PACKAGES = ['systemd', 'libsystemd-shared']

/** Where they are unpacked, outside of the checkout. */
export const UNPACKED = join(dirname(linux.UNPACKED), 'debian-systemd')

const LIBRARIES = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/systemd`

/** Where the daemon and its tool are: those of the machine, otherwise those that were unpacked. The tests may ask for the latter. */
function placeOf() {
  const installed = {
    daemon: '/lib/systemd/systemd-networkd',
    networkctl: '/usr/bin/networkctl',
    libraries: '',
  }
  const isWanted = process.env.ROAMKIT_LAB_NETWORKD !== 'unpacked'
  if (isWanted && existsSync(installed.daemon) && existsSync(installed.networkctl)) return installed
  return {
    daemon: join(UNPACKED, 'lib/systemd/systemd-networkd'),
    networkctl: join(UNPACKED, 'bin/networkctl'),
    libraries: join(UNPACKED, LIBRARIES),
  }
}

export const NETWORKD = placeOf()

/** A program of systemd and its environment, for a command line. @param {string} program @param {readonly string[]} args */
export const systemdCommand = (program, args = []) => [
  'env',
  `LD_LIBRARY_PATH=${NETWORKD.libraries}`,
  program,
  ...args,
]

/** Debian packages that are missing here, each once. */
export const missingPackages = () => linux.missingPackages().filter((name) => name !== 'network-manager')

/** Debian packages that are to be unpacked, and are not. */
export function packagesToUnpack() {
  return existsSync(NETWORKD.daemon) && existsSync(NETWORKD.networkctl) ? [] : UNPACKED_PACKAGES
}

/** Why no lab can run here, or null. */
export function obstacle() {
  const missing = missingPackages()
  if (missing.length > 0)
    return `not installed: apt-get install --no-install-recommends ${missing.join(' ')} (as root: npm run setup)`
  const other = linux.obstacle()
  if (other !== null && !other.startsWith('not installed')) return other
  if (packagesToUnpack().length > 0)
    return 'systemd-networkd is neither installed nor unpacked: npm run setup'
  const [file = '', ...args] = systemdCommand(NETWORKD.daemon, ['--version'])
  const version = spawnSync(file, args, { encoding: 'utf8' })
  return version.status === 0 ? null : `systemd-networkd does not run: ${version.stderr.trim()}`
}
