// What a machine must have for the lab, told in words that say what to do about it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** An ordinary user's PATH lacks the folders where the daemons live. */
export const PATH = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'])].join(':')

/** Debian's package polkitd, which a lab can do without. */
export const POLKITD = '/usr/lib/polkit-1/polkitd'

/**
 * Debian packages that are only unpacked, because installing them would change the machine: systemd-resolved takes /etc/resolv.conf over, and
 * dbus-broker needs systemd. The library is of the same version as the daemon.
 */
const UNPACKED_PACKAGES = ['systemd-resolved', 'libsystemd-shared', 'dbus-broker']

/** Where they are unpacked, outside of the checkout. */
export const UNPACKED = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'roamkit', 'debian')

/** The programs and libraries that a lab takes from there. */
export const RESOLVED = {
  daemon: join(UNPACKED, 'lib/systemd/systemd-resolved'),
  libraries: join(
    UNPACKED,
    'usr/lib',
    `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
    'systemd',
  ),
}

/** Where dbus-broker and its launcher are there. The launcher looks for it in /usr/bin. */
export const BROKER = join(UNPACKED, 'usr/bin')

/** Why dbus-broker cannot run here, or null. */
export function brokerObstacle() {
  return ['dbus-broker', 'dbus-broker-launch'].every((name) => existsSync(join(BROKER, name)))
    ? null
    : `dbus-broker is not in ${BROKER}: npm run setup downloads it`
}

/** The release of Debian whose NetworkManager (1.52) the lab can run, too. It comes with its own C library. */
export const LATER_RELEASE = 'trixie'

/** Where that NetworkManager and its libraries are unpacked. */
export const LATER = join(dirname(UNPACKED), `network-manager-${LATER_RELEASE}`)

/** The command that runs it: its own loader, with its own libraries. */
export function laterNetworkManager() {
  const isArm = process.arch === 'arm64'
  const libraries = join(LATER, 'usr/lib', `${isArm ? 'aarch64' : 'x86_64'}-linux-gnu`)
  const loader = join(libraries, isArm ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2')
  return [loader, '--library-path', libraries, join(LATER, 'usr/sbin/NetworkManager')]
}

/** Why the later NetworkManager cannot run here, or null. */
export function laterObstacle() {
  const program = laterNetworkManager()
  if (!program.filter((word) => word.startsWith('/')).every((path) => existsSync(path)))
    return `Debian ${LATER_RELEASE}'s network-manager is not in ${LATER}: npm run setup downloads it`
  return null
}

const commands = {
  NetworkManager: 'network-manager',
  'nm-online': 'network-manager',
  dnsmasq: 'dnsmasq-base',
  'dbus-daemon': 'dbus',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  bash: 'bash',
}

/** Debian packages that are missing here, each once. */
export function missingPackages() {
  const absent = (/** @type {string} */ command) =>
    !PATH.split(':').some((dir) => existsSync(`${dir}/${command}`))
  const packages = Object.entries(commands).flatMap(([command, name]) => (absent(command) ? [name] : []))
  return [...new Set(packages)]
}

/** Debian packages that some tests are skipped without, each once. */
export function optionalPackages() {
  return existsSync(POLKITD) ? [] : ['polkitd']
}

/** Debian packages that are to be unpacked, and are not. */
export function packagesToUnpack() {
  const isThere = [RESOLVED.daemon, RESOLVED.libraries].every((path) => existsSync(path))
  return isThere && brokerObstacle() === null ? [] : UNPACKED_PACKAGES
}

/** The flags that open a lab's namespaces; an ordinary user becomes root of a user namespace first. */
export function namespaceFlags() {
  const rootless = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return [
    ...rootless,
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ]
}

/** Why no lab can run here, or null. */
export function obstacle() {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`
  const missing = missingPackages()
  if (missing.length > 0) {
    return `not installed: apt-get install --no-install-recommends ${missing.join(' ')} (as root: npm run setup)`
  }
  const probe = spawnSync(
    'unshare',
    [...namespaceFlags(), 'mount', '-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys'],
    {
      env: { ...process.env, PATH },
      encoding: 'utf8',
    },
  )
  if (probe.status === 0) return null
  const remedy = process.getuid?.() === 0 ? 'allow CAP_SYS_ADMIN' : 'allow user namespaces, or run as root'
  return `namespaces are not available (${probe.stderr.trim()}): ${remedy}`
}
